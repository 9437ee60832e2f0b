"""Where views are kept beside their process, so that another one can go on with them."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Stored(NamedTuple):
    """One view in a store. `owner` is the process that serves it; empty if none does."""

    state: bytes
    owner: str


class StoreUnavailable(Exception):
    """The store cannot be reached, or did not answer in time."""


class StateStore(Protocol):
    """One process's access to a store. Each view in it belongs to at most one process.

    All methods raise StoreUnavailable. A store of the application's own has these names too.
    """

    #: Called with a view's id when another process asks for it.
    on_recall: Callable[[str], None]

    async def save(
        self, states: Mapping[str, bytes], seconds: float, *, release: bool = False
    ) -> list[str]:
        """Keep views for some time; return those that another process has taken, unsaved.

        With `release` they belong to nobody from then on.
        """
        raise NotImplementedError

    async def load(self, view_id: str) -> Stored | None:
        """Return a view, whoever owns it."""

    async def take(self, view_id: str, former: str) -> Stored | None:
        """Become the owner, if `former` is it still; return the newest state, else None."""

    async def recall(self, view_id: str, owner: str) -> None:
        """Ask a view's owner to save it for the last time and to release it."""

    async def delete(self, view_ids: Sequence[str]) -> None:
        """Forget views of this process. Views that others have taken stay."""


def ignore_recall(view_id: str) -> None:
    """Nobody listens yet."""


@dataclass(slots=True)
class _Entry:
    state: bytes
    owner: str
    until: float


class StateTable:
    """Views in memory, within a bound: the ones that were saved longest ago are dropped first.

    Touched by one event loop only.
    """

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._most_bytes = most_bytes
        self._size = 0
        self._clock = clock
        #: Whom to ask for a view, by owner.
        self.recalls: dict[str, Callable[[str], None]] = {}

    def save(self, owner: str, states: Mapping[str, bytes], seconds: float, heir: str) -> list[str]:
        """Keep an owner's views, which belong to `heir` afterwards; return those refused."""
        refused = []
        until = self._clock() + seconds
        for view_id, state in states.items():
            former = self._find(view_id)
            if former is not None and former.owner not in ("", owner):
                refused.append(view_id)
                continue
            self._drop(view_id)
            self._entries[view_id] = _Entry(state, heir, until)
            self._size += len(state)
        self._make_room()
        return refused

    def load(self, view_id: str) -> Stored | None:
        found = self._find(view_id)
        return None if found is None else Stored(found.state, found.owner)

    def take(self, owner: str, view_id: str, former: str) -> Stored | None:
        found = self._find(view_id)
        if found is None or found.owner != former:
            return None
        found.owner = owner
        return Stored(found.state, owner)

    def recall(self, view_id: str, owner: str) -> None:
        ask = self.recalls.get(owner)
        if ask is not None:
            ask(view_id)

    def delete(self, owner: str, view_ids: Sequence[str]) -> None:
        for view_id in view_ids:
            found = self._find(view_id)
            if found is not None and found.owner == owner:
                self._drop(view_id)

    def disown(self, owner: str) -> None:
        """A process has ended: its views belong to whoever comes for them."""
        self.recalls.pop(owner, None)
        for entry in self._entries.values():
            if entry.owner == owner:
                entry.owner = ""

    def _find(self, view_id: str) -> _Entry | None:
        found = self._entries.get(view_id)
        if found is not None and found.until < self._clock():
            self._drop(view_id)
            return None
        return found

    def _drop(self, view_id: str) -> None:
        dropped = self._entries.pop(view_id, None)
        if dropped is not None:
            self._size -= len(dropped.state)

    def _make_room(self) -> None:
        """Drop the oldest while there are too many, or while they are over anyway."""
        now = self._clock()
        while self._entries:
            view_id, oldest = next(iter(self._entries.items()))
            if self._size <= self._most_bytes and oldest.until >= now:
                return
            self._drop(view_id)


class MemoryStore:
    """A store within one process: for tests, and for several applications in one."""

    def __init__(self, table: StateTable) -> None:
        self.on_recall: Callable[[str], None] = ignore_recall
        self._table = table
        self._owner = secrets.token_hex(8)
        table.recalls[self._owner] = lambda view_id: self.on_recall(view_id)

    async def save(
        self, states: Mapping[str, bytes], seconds: float, *, release: bool = False
    ) -> list[str]:
        return self._table.save(self._owner, states, seconds, "" if release else self._owner)

    async def load(self, view_id: str) -> Stored | None:
        return self._table.load(view_id)

    async def take(self, view_id: str, former: str) -> Stored | None:
        return self._table.take(self._owner, view_id, former)

    async def recall(self, view_id: str, owner: str) -> None:
        self._table.recall(view_id, owner)

    async def delete(self, view_ids: Sequence[str]) -> None:
        self._table.delete(self._owner, view_ids)
