"""Sums over all views, taken in parts, so that no event waits for the whole of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

import trio

from .records import Totals
from .views import link_of

if TYPE_CHECKING:
    from ..runtime import Runtime
    from ..seat import Seat

#: So many are counted without a pause: about a tenth of a millisecond.
PART: Final = 250


def _no_links() -> dict[str, int]:
    return dict.fromkeys(("open", "slow", "dropped", "awaited"), 0)


@dataclass(slots=True)
class Count:
    """What all views have done, those that have ended included, and how they are connected."""

    totals: Totals
    links: dict[str, int] = field(default_factory=_no_links)

    def add(self, seats: Iterable[Seat]) -> None:
        totals, links = self.totals, self.links
        for seat in seats:
            totals.add(seat)
            links[link_of(seat)] += 1


class Counter:
    """Counts the views of one process: few of them when asked, many once a second."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._newest: Count | None = None

    @property
    def now(self) -> Count:
        """The newest count; of a few views one that was made just now."""
        seats = self._runtime.seats
        if self._newest is not None and len(seats) > PART:
            return self._newest
        count = self._empty()
        count.add(seats.values())
        return count

    async def count(self) -> Count:
        """Count all views, and let others run after each part of them."""
        count, seats = self._empty(), iter(tuple(self._runtime.seats.values()))
        while part := tuple(islice(seats, PART)):
            count.add(part)
            await trio.lowlevel.checkpoint()
        self._newest = count
        return count

    def _empty(self) -> Count:
        return Count(replace(self._runtime.records.ended))
