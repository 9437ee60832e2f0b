"""Browsers that come to their views, those that never do, and those that leave."""

from __future__ import annotations

import logging
from collections import OrderedDict
from functools import partial
from typing import Any

from ..actors import Address
from ..client.messages import Join
from .log_facts import fact
from .seat import Channel, Seat
from .settings import Settings
from .timekeeper import Alarms
from .view_messages import Expired, Left, Rest, Tick

log = logging.getLogger("limelight.runtime")


class Attendance:
    """The views of this process, and how long each may be without a browser.

    Touched by the event loop's thread only, and never across an `await`.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        #: All views of this process by their id.
        self.seats: dict[str, Seat] = {}
        self._alarms = Alarms()
        #: Rendered views that no browser has claimed yet, the oldest first.
        self._waiting: OrderedDict[str, Seat] = OrderedDict()

    def await_browser(self, seat: Seat) -> None:
        """Give the browser of a page that was just sent some time to join."""
        self._waiting[seat.id] = seat
        if len(self._waiting) > self.settings.claims:
            _, oldest = self._waiting.popitem(last=False)
            log.warning("a view was let go", extra=fact("limit_reached", oldest, limit="claims"))
            self.let_go(oldest)
        self.expire_later(seat, self.settings.claim_seconds)

    def claimed(self, seat: Seat) -> None:
        """A browser has come."""
        self._waiting.pop(seat.id, None)

    def let_go(self, seat: Seat) -> None:
        """End a view that nobody will look at."""
        if seat.address.is_alive:
            seat.address.request_stop()

    def has_left(self, seat: Seat, channel: Channel) -> None:
        """End a view that its reader has left, soon and even if it is in mid-turn."""
        if seat.address.is_alive:
            seat.address.tell(Left(channel))
            overdue = partial(self._end_overdue, seat, channel, seat.visit)
            self._alarms.call_later(self.settings.leave_seconds, overdue)

    def _end_overdue(self, seat: Seat, channel: Channel, visit: int) -> None:
        has_returned = seat.channel not in (channel, None) or seat.visit > visit + 1
        if not has_returned:
            self.let_go(seat)

    def let_go_of(self, view_id: str, join: Join) -> None:
        """End the view of a page that may not come back to it."""
        seat = self.seats.get(view_id)
        if seat is not None and seat.may_be_taken_by(join):
            self.let_go(seat)

    def expire_later(self, seat: Seat, seconds: float) -> None:
        """End a view after some time, unless its browser has come by then."""
        self._alarms.tell_later(seconds, seat.address, Expired(seat.visit))

    def tick_later(self, address: Address[Any], seconds: float) -> None:
        self._alarms.tell_later(seconds, address, Tick())

    def rest_later(self, address: Address[Any], seconds: float) -> None:
        self._alarms.tell_later(seconds, address, Rest())
