"""When one view is saved: soon after a turn, before its acknowledgement, or never."""

from __future__ import annotations

import logging
import time
from typing import Literal

from .keeper import StateKeeper
from .saved_view import SavedView, restore_view, save_view
from .seat import Seat
from .state import StateNotSavable
from .view import View
from .view_messages import Save

log = logging.getLogger("limelight.state")

Persist = Literal["soon", "strict", "never"]

#: Classes whose views cannot be saved, so that the log says it once.
_named: set[type] = set()


class Keeping:
    """Lives on the seat and outlives crashes. Only the view's own actor touches it."""

    __slots__ = (
        "_cost_seconds", "_is_off", "_is_scheduled", "_keeper", "_last_cost_seconds",
        "is_strict", "is_touched",
    )  # fmt: skip

    def __init__(self, keeper: StateKeeper, persist: Persist) -> None:
        self._keeper = keeper
        self._cost_seconds = self._last_cost_seconds = 0.0
        self._is_off = False
        self._is_scheduled = False
        self.is_strict = persist == "strict"
        #: Something has changed since the last save.
        self.is_touched = False

    @property
    def must_store_first(self) -> bool:
        """Nothing may be shown before it is stored."""
        return self.is_strict and self.is_touched

    def touch(self, seat: Seat) -> None:
        """A turn has ended: what it changed is saved, soon or before it is shown."""
        if self._is_off:
            return
        self.is_touched = True
        if not (self.is_strict or self._is_scheduled):
            self._schedule(seat, self._delay_seconds)

    @property
    def _delay_seconds(self) -> float:
        """Never spend more than a share of the view's time on saving it."""
        settings = self._keeper.settings
        return max(settings.save_seconds, self._cost_seconds / settings.save_share)

    def _schedule(self, seat: Seat, seconds: float) -> None:
        self._is_scheduled = True
        self._keeper.alarms.tell_later(seconds, seat.address, Save())

    def save(self, view: View) -> None:
        """Hand the view over to whoever writes it, without waiting."""
        self._is_scheduled = False
        if self.is_strict:
            return  # It is time to try again, which comes before the next frame.
        encoded = self._encode(view)
        if encoded is not None:
            self._keeper.put(view._seat, encoded)

    async def store(self, view: View) -> bool:
        """Wait until the view is stored. False: it could not be, and is tried again."""
        encoded = self._encode(view)
        if encoded is None:
            return True
        writing = self._keeper.put(view._seat, encoded)
        if await writing.stored(self._keeper.settings.store_seconds):
            return True
        self.is_touched = True
        if not self._is_scheduled:
            self._schedule(view._seat, self._keeper.settings.store_seconds)
        return False

    async def depart(self, view: View) -> bool:
        """Save the view for the last time and release it; tell whether that worked."""
        encoded = self._encode(view, is_final=True)
        self._is_off, self.is_touched = True, False
        if encoded is None:
            return False
        writing = self._keeper.put(view._seat, encoded, is_release=True)
        return await writing.stored(self._keeper.settings.store_seconds)

    def stop(self) -> None:
        """The view belongs to another process."""
        self._is_off, self.is_touched = True, False

    def has_ended(self, seat: Seat) -> None:
        """The view has ended for good; one that goes on elsewhere is not forgotten."""
        if not seat.has_departed:
            self._keeper.forget(seat.id)

    @property
    def is_leaving(self) -> bool:
        return self._keeper.is_leaving

    def restore(self, view: View, saved: SavedView) -> None:
        """Give a new view what was saved. Raises what the author's `load_state` raises."""
        restore_view(view, saved)

    def _encode(self, view: View, *, is_final: bool = False) -> bytes | None:
        if self._is_off:
            return None
        began = time.thread_time()
        self.is_touched = False
        most_bytes = self._keeper.settings.state_bytes
        try:
            encoded = save_view(view, is_final=is_final, most_bytes=most_bytes)
        except StateNotSavable as refusal:
            self._give_up(view, refusal)
            return None
        # Time of this thread alone, and of two saves the cheaper: being interrupted, or swept up
        # after, is no property of the view, and would delay its next save.
        cost, self._last_cost_seconds = self._last_cost_seconds, time.thread_time() - began
        self._cost_seconds = min(cost or self._last_cost_seconds, self._last_cost_seconds)
        return encoded

    def _give_up(self, view: View, refusal: StateNotSavable) -> None:
        """From here on this view lives as long as its process; an older save would mislead."""
        self._is_off = True
        self._keeper.forget(view._seat.id)
        if type(view) not in _named:
            _named.add(type(view))
            log.warning("%s is not saved. %s", type(view).__qualname__, refusal)
