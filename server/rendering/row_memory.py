"""What a loop remembers of its rows' objects, so as not to look at them again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import is_not
from typing import Any
from weakref import WeakValueDictionary

from .frozen import Reads, all_frozen, is_candidate, unstable
from .tracked import Moment, TrackedList, is_settled
from .tree import Loop, Shape


class RowMemory:
    """The objects of a list or tuple. They are looked through when they come a second time."""

    __slots__ = ("is_refused", "is_verified", "objects")

    def __init__(self, objects: Sequence[Any], *, is_verified: bool) -> None:
        #: Frozen objects, and `unstable` where one is not.
        self.objects = objects
        self.is_verified = is_verified
        #: Most of them may change at any time: not worth looking again.
        self.is_refused = False

    def places_to_render(self, items: Any) -> list[int] | None:
        """The places whose object is another one now; `None` if that saves nothing."""
        if not self.is_verified or type(items) not in (list, tuple):
            return None
        if items is self.objects:
            return []
        fewer = min(len(items), len(self.objects))
        places = list(compress(range(fewer), map(is_not, self.objects, items)))
        return None if 2 * len(places) > fewer else places

    def renewed(self, items: Any, places: list[int] | None, reads: Reads) -> Any:
        """The memory of the rows that were just rendered from these items."""
        if self.is_refused or items is self.objects:
            return self
        if not self.is_verified:
            return self._looked_through(items, reads)
        if places is None:
            places = self.places_to_render(items)
        if places is None:
            return RowMemory(_snapshot(items), is_verified=False)
        if not places and len(items) == len(self.objects) and type(items) is list:
            return self
        places = [*places, *range(len(self.objects), len(items))]
        return _verified(items, places, reads)

    def _looked_through(self, items: Any, reads: Reads) -> Any:
        same = len(items) - sum(map(is_not, self.objects, items))
        if 2 * same < len(items):
            return RowMemory(_snapshot(items), is_verified=False)
        return _verified(items, list(range(len(items))), reads)


class TrackedMemory:
    """A tracked list at one moment, and which of its rows may change unnoticed."""

    __slots__ = ("items", "moment", "restless")

    def __init__(self, items: TrackedList, moment: Moment, restless: list[int] | None) -> None:
        self.items = items
        self.moment = moment
        #: `None`: not looked through yet.
        self.restless = restless

    def places_to_render(self, items: Any) -> list[int] | None:
        if items is not self.items or self.restless is None:
            return None
        touched = self.items.touched_since(self.moment)
        if touched is None:
            return None
        return sorted({*touched, *self.restless}) if self.restless else touched

    def renewed(
        self, items: Any, places: list[int] | None, reads: Reads, moment: Moment
    ) -> TrackedMemory:
        if items is not self.items:
            return TrackedMemory(items, moment, None)
        if moment == self.moment and self.restless is not None:
            return self
        if places is None or self.restless is None:
            places, restless = list(range(len(items))), []
        elif self.restless:
            restless = [place for place in self.restless if place not in places]
        else:
            restless = []
        if not is_settled([items[place] for place in places], reads):
            restless += [place for place in places if not is_settled([items[place]], reads)]
        return TrackedMemory(items, moment, restless)


def remember(
    items: Any, known: Any, places: list[int] | None, reads: Reads, moment: Moment | None
) -> Any:
    """What to remember of items that were just rendered, `places` of them or all."""
    if moment is not None:
        if type(known) is TrackedMemory:
            return known.renewed(items, places, reads, moment)
        return TrackedMemory(items, moment, None)
    if type(items) not in (list, tuple) or not items or not is_candidate(items[0]):
        return None
    if type(known) is RowMemory:
        return known.renewed(items, places, reads)
    return RowMemory(_snapshot(items), is_verified=False)


def _snapshot(items: Sequence[Any]) -> Sequence[Any]:
    return items if type(items) is tuple else items[:]


def _verified(items: Sequence[Any], places: list[int], reads: Reads) -> RowMemory:
    """A memory of items of which only those at `places` are not known to be frozen."""
    if all_frozen([items[place] for place in places], reads):
        return RowMemory(_snapshot(items), is_verified=True)
    objects = list(items)
    for place in places:
        if not all_frozen((items[place],), reads):
            objects[place] = unstable
    memory = RowMemory(objects, is_verified=True)
    if 2 * objects.count(unstable) > len(objects):
        memory.is_verified, memory.is_refused = False, True
    return memory


# --- rows that many views show

#: Loops over tuples, whose bodies depend on nothing else. A loop holds its tuple, so the
#: tuple's id is its own as long as the entry lives. Touched by the loop's thread only.
_shared: WeakValueDictionary[tuple[Shape, int], Loop] = WeakValueDictionary()


def share(loop: Loop) -> None:
    """Let other views show this loop when they have the same tuple."""
    memory = loop.memory
    if may_be_shared(loop) and not memory.is_refused:
        _shared[(loop.shape, id(memory.objects))] = loop


def may_be_shared(loop: Loop) -> bool:
    """Other views may show this loop: it was rendered from a tuple."""
    return type(loop.memory) is RowMemory and type(loop.memory.objects) is tuple


def find_shared(shape: Shape, items: tuple[Any, ...], reads: Reads) -> Loop | None:
    """The loop that some view rendered from this very tuple, if all of it is frozen."""
    loop = _shared.get((shape, id(items)))
    if loop is None or loop.memory.objects is not items or loop.memory.is_refused:
        return None
    memory = loop.memory
    if not memory.is_verified:
        # A fact about the objects, not about a render: it may be noted in place.
        memory.is_verified = all_frozen(items, reads)
        memory.is_refused = not memory.is_verified
    return loop if memory.is_verified else None
