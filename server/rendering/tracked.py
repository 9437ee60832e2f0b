"""Lists and rows that tell which of them changed, so that a change in place costs little.

    class Task(TrackedRow):
        id: int
        title: str
        is_done: bool = False

    self.tasks = TrackedList([Task(id=1, title="Write")])
    self.tasks[0].is_done = True        # only this row is rendered again

Everything else behaves as a list and as a plain object. A row whose attributes hold
something mutable, such as a list, is looked at in every render, as any other object is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, dataclass_transform
from weakref import ref

from .frozen import Reads, all_frozen, computed_names

Method = TypeVar("Method", bound=Callable[..., Any])

#: How many changes a list remembers; a view that missed more looks at all rows.
_LONGEST_LOG = 1024

#: A state of a tracked list: which order of rows, and how many changes of rows so far.
Moment = tuple[int, int]


@dataclass_transform(kw_only_default=True)
class TrackedRow:
    """A row whose annotated attributes tell its lists when they are set."""

    _row_fields: tuple[str, ...] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = tuple(name for name in vars(cls).get("__annotations__", {}) if name[0] != "_")
        cls._row_fields = tuple(dict.fromkeys(cls._row_fields + own))

    def __init__(self, **values: Any) -> None:
        for name in self._row_fields:
            if name in values:
                vars(self)[name] = values.pop(name)
            elif hasattr(type(self), name):
                vars(self)[name] = getattr(type(self), name)
            else:
                raise TypeError(f"{type(self).__name__} needs a value for {name!r}.")
        if values:
            surplus = ", ".join(sorted(values))
            known = ", ".join(self._row_fields)
            raise TypeError(f"{type(self).__name__} has no field {surplus}. It has: {known}.")

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        _tell_watchers(self)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        _tell_watchers(self)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({values})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _make_row, (type(self), dict(vars(self)))


def _make_row(kind: type[TrackedRow], values: dict[str, Any]) -> TrackedRow:
    row = kind.__new__(kind)
    vars(row).update(values)
    return row


def _tell_watchers(row: TrackedRow) -> None:
    entry = _watchers.get(id(row))
    if entry is not None and entry[0]() is row:
        for watcher in entry[1:]:
            tracked = watcher()
            if tracked is not None:
                tracked.note_touched(row)


def _watch(rows: Iterable[Any], watcher: TrackedList) -> None:
    """Let these rows tell a list when they are set."""
    known = watcher.reference
    for row in rows:
        if not isinstance(row, TrackedRow):
            continue
        number = id(row)
        entry = _watchers.get(number)
        if entry is None or entry[0]() is not row:
            gone = ref(row, lambda _, number=number: _watchers.pop(number, None))  # type: ignore[misc]
            _watchers[number] = (gone, known)
        elif not any(known is other for other in entry):
            # By identity: weak references compare what they refer to.
            # Lists that are gone are left out on this occasion.
            alive = [other for other in entry[1:] if other() is not None]
            _watchers[number] = (entry[0], *alive, known)


#: By a row's id the row itself and the lists that hold it, or held it once, all weakly. It
#: stands beside the rows, so that these hold their own values only.
_watchers: dict[int, tuple[ref[Any], ...]] = {}


def _changes_order(name: str) -> Any:
    original = getattr(list, name)

    def method(self: TrackedList, *args: Any, **named: Any) -> Any:
        try:
            return original(self, *args, **named)
        finally:
            self.note_reordered()

    method.__name__ = name
    method.__doc__ = original.__doc__
    return method


class TrackedList(list[Any]):
    """A list that knows which of its rows were set since a view looked."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__(items)
        self._order = 0
        self._count = 0
        self._log: list[TrackedRow] = []
        self._places: dict[int, int] | None = None
        self.reference = ref(self)
        _watch(self, self)

    # Lists compare by their items; a watcher is one certain list.
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self),)

    def note_touched(self, row: TrackedRow) -> None:
        """One of the rows was set. Called by the row."""
        self._count += 1
        self._log.append(row)
        if len(self._log) > 2 * _LONGEST_LOG:
            del self._log[:_LONGEST_LOG]

    def note_reordered(self) -> None:
        """Rows came, went or moved."""
        self._order += 1
        self._places = None
        _watch(self, self)

    @property
    def moment(self) -> Moment:
        return self._order, self._count

    def touched_since(self, moment: Moment) -> list[int] | None:
        """The places of the rows set since then; `None` if that is not known."""
        order, count = moment
        missed = self._count - count
        if order != self._order or missed > len(self._log):
            return None
        if not missed:
            return []
        if self._places is None:
            self._places = {id(row): place for place, row in enumerate(self)}
        if len(self._places) != len(self):
            return None  # The same row stands in two places.
        places = self._places
        if missed == 1:
            place = places.get(id(self._log[-1]), -1)
            return [place] if place >= 0 else []
        return sorted({places[id(row)] for row in self._log[-missed:] if id(row) in places})

    for _name in (
        "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort",
        "__setitem__", "__delitem__", "__iadd__", "__imul__",
    ):  # fmt: skip
        locals()[_name] = _changes_order(_name)
    del _name


def is_settled(rows: Sequence[Any], reads: Reads) -> bool:
    """None of these rows can change without telling."""
    values: list[Any] = []
    for kind in set(map(type, rows)):
        same = [row for row in rows if type(row) is kind]
        if not issubclass(kind, TrackedRow):
            values += same
            continue
        computed = _computed(kind)
        if computed if reads is None else not computed.isdisjoint(reads):
            return False
        for row in same:
            values += vars(row).values()
    return all_frozen(values, reads)


def _computed(kind: type[TrackedRow]) -> frozenset[str]:
    """The attributes of a row's class that are not simply stored."""
    names = _computed_names.get(kind)
    if names is None:
        names = _computed_names[kind] = _find_computed(kind)
    return names


_computed_names: dict[type, frozenset[str]] = {}


def _find_computed(kind: type[TrackedRow]) -> frozenset[str]:
    if hasattr(kind, "__getattr__") or kind.__getattribute__ is not object.__getattribute__:
        return frozenset(dir(kind))
    return computed_names(kind, kind._row_fields) - {"_row_fields"}


__all__ = ["TrackedList", "TrackedRow"]
