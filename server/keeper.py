"""Keeps the views of this process in a store, and takes up those that come from another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import trio

from ..actors import Actor, Reason
from ..client.messages import Join
from .saved_view import SavedView, read_view
from .sealing import StateSealer
from .seat import Seat
from .settings import Settings
from .stores import StateStore, Stored, StoreUnavailable
from .timekeeper import Alarms
from .tokens import PageToken
from .view_messages import Depart

log = logging.getLogger("limelight.state")

#: An owner that was asked for a view is looked at so often, until it has released it.
LOOK_SECONDS = 0.01
#: Of joins of one page on several processes, before they are taken for a loop.
MOST_LOOKS = 10
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 0.1, 2.0


class _Taken:
    """Somebody was faster."""


TAKEN = _Taken()


@dataclass(slots=True)
class Writing:
    """One view on its way into the store. A newer one takes over who waits for it."""

    sealed: bytes
    is_release: bool
    is_stored: bool = False
    waiters: list[trio.Event] = field(default_factory=list)

    async def stored(self, within_seconds: float) -> bool:
        """Wait until the view is in the store, and tell whether it is."""
        written = trio.Event()
        self.waiters.append(written)
        with trio.move_on_after(within_seconds):
            await written.wait()
        return self.is_stored

    def finish(self, *, is_stored: bool) -> None:
        self.is_stored = is_stored
        for waiter in self.waiters:
            waiter.set()


class StateKeeper:
    """One process's side of a store. Touched by the event loop's thread only.

    What waits to be written is bounded by the number of views: of each, the newest counts.
    """

    def __init__(
        self,
        settings: Settings,
        store: StateStore,
        sealer: StateSealer,
        seats: Mapping[str, Seat],
        alarms: Alarms,
    ) -> None:
        self.settings = settings
        self.store = store
        self.alarms = alarms
        #: This process is ending: no view is forgotten any more.
        self.is_leaving = False
        #: Since when the store has not answered those who look for a view.
        self._away_since: float | None = None
        self._sealer = sealer
        self._seats = seats
        self._due: dict[str, Writing] = {}
        self._forgotten: set[str] = set()
        self._wake = trio.Event()
        store.on_recall = self._on_recall

    # --- from this process to the store -------------------------------------------------

    def put(self, seat: Seat, encoded: bytes, *, is_release: bool = False) -> Writing:
        """Have a view written soon, together with all others that wait for it."""
        request = seat.request
        owner = (seat.id, request.session_id, request.user.auth_id or "")
        writing = Writing(self._sealer.seal(encoded, *owner), is_release)
        older = self._due.get(seat.id)
        if older is not None:
            writing.waiters = older.waiters
        self._due[seat.id] = writing
        self._wake.set()
        return writing

    def forget(self, view_id: str) -> None:
        """A view has ended for good."""
        if not self.is_leaving:
            self._due.pop(view_id, None)
            self._forgotten.add(view_id)
            self._wake.set()

    async def write(self) -> None:
        """Write what is due, for ever. While the store is away, the newest of each view waits."""
        retry_seconds = FIRST_RETRY_SECONDS
        while True:
            await self._wake.wait()
            try:
                await self.write_once()
            except StoreUnavailable as error:
                if retry_seconds == FIRST_RETRY_SECONDS:
                    log.warning("views are not saved at the moment: %s", error)
                await trio.sleep(retry_seconds)
                retry_seconds = min(retry_seconds * 2, LAST_RETRY_SECONDS)
            else:
                retry_seconds = FIRST_RETRY_SECONDS

    async def write_once(self) -> None:
        """Write what is due now; what could not be written is due again."""
        due, self._due = self._due, {}
        forgotten, self._forgotten = self._forgotten, set()
        self._wake = trio.Event()
        try:
            for is_release in (False, True):
                await self._save({k: v for k, v in due.items() if v.is_release is is_release})
            if forgotten:
                await self.store.delete(list(forgotten))
        except StoreUnavailable:
            self._take_back(due, forgotten)
            raise

    async def _save(self, due: dict[str, Writing]) -> None:
        if not due:
            return
        is_release = next(iter(due.values())).is_release
        states = {view_id: writing.sealed for view_id, writing in due.items()}
        refused = await self.store.save(states, self.settings.saved_seconds, release=is_release)
        for view_id, writing in due.items():
            writing.finish(is_stored=view_id not in refused)
        for view_id in refused:
            self._was_taken(view_id)

    def _take_back(self, due: dict[str, Writing], forgotten: set[str]) -> None:
        for view_id, writing in due.items():
            newer = self._due.get(view_id)
            if newer is not None:
                newer.waiters.extend(writing.waiters)
            elif not writing.is_stored:
                self._due[view_id] = writing
        self._forgotten |= forgotten
        self._wake.set()

    def _was_taken(self, view_id: str) -> None:
        """Another process goes on with this view: here it ends, without a word to its page."""
        seat = self._seats.get(view_id)
        if seat is not None:
            log.info("view %s goes on in another process", view_id)
            self._tell(seat, Depart(is_saved=False))

    # --- from the store to this process -------------------------------------------------

    async def take(
        self, token: PageToken, join: Join, is_wanted: Callable[[], bool] = lambda: True
    ) -> SavedView | None:
        """Take a view over for the page with this token; None if there is none for it.

        Whoever has it may release it, and another join of the page may take it, while this
        one looks: then it looks again, as long as the view is wanted. Raises StateNotLoadable,
        and StoreUnavailable.
        """
        for _ in range(MOST_LOOKS):
            try:
                found = await self._look(token, join, is_wanted)
            except StoreUnavailable:
                if self._away_since is None:
                    self._away_since = trio.current_time()
                raise
            self._away_since = None
            if found is None or isinstance(found, SavedView):
                return found
        raise StoreUnavailable(f"others took view {token.view_id} {MOST_LOOKS} times in a row")

    @property
    def may_answer_soon(self) -> bool:
        """The store was there a moment ago: what it keeps is not lost yet."""
        away = 0.0 if self._away_since is None else trio.current_time() - self._away_since
        return away < self.settings.store_patience_seconds

    async def _look(
        self, token: PageToken, join: Join, is_wanted: Callable[[], bool]
    ) -> SavedView | _Taken | None:
        view_id = token.view_id
        stored = None if view_id in self._forgotten else await self.store.load(view_id)
        if stored is None or not is_wanted():
            return None
        saved = self._open(token, stored)
        if not saved.may_be_taken_by(join):
            return None
        if stored.owner:
            stored = await self._recalled(view_id, stored)
            if not (is_wanted() and self._open(token, stored).may_be_taken_by(join)):
                return None
        taken = await self.store.take(view_id, stored.owner)
        return TAKEN if taken is None else self._open(token, taken)

    def _open(self, token: PageToken, stored: Stored) -> SavedView:
        owner = (token.view_id, token.session_id, token.user_id)
        return read_view(self._sealer.open(stored.state, *owner))

    async def _recalled(self, view_id: str, stored: Stored) -> Stored:
        """Ask the owner to save the view once more; one that has died does not answer."""
        await self.store.recall(view_id, stored.owner)
        with trio.move_on_after(self.settings.recall_seconds):
            while True:
                now = await self.store.load(view_id)
                if now is None or not now.owner:
                    return now or stored
                await trio.sleep(LOOK_SECONDS)
        return stored

    def _on_recall(self, view_id: str) -> None:
        seat = self._seats.get(view_id)
        if seat is not None:
            self._tell(seat, Depart())

    def _tell(self, seat: Seat, depart: Depart) -> None:
        if seat.address.is_alive:
            seat.address.tell(depart)


class KeeperActor(Actor):
    """Writes for as long as the application runs, and what is left when it ends."""

    def __init__(self, keeper: StateKeeper) -> None:
        self._keeper = keeper

    async def started(self) -> None:
        self._nursery.start_soon(self._keeper.write)

    async def stopped(self, reason: Reason) -> None:
        try:
            await self._keeper.write_once()
        except StoreUnavailable as error:
            log.warning("the last views were not saved: %s", error)
