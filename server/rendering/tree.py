"""What a template renders to: the fixed parts once, the changing values by themselves.

A node is a tuple: its `Shape`, one value for each slot of the shape, and behind them what
the renderer remembers for the next time (nobody else looks at that). A value is

- raw: exactly a `str`, `int`, `float`, `bool`, `None`, `Decimal`, `date` or `UUID`,
  formatted and escaped only when it goes out;
- a `Markup`: everything else, formatted already;
- a node, or a `Loop`.

Trees are never written to once they are made, so two renders may share any part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from .slots import SlotPlan, plan_slots

Value = Any
Node = tuple[Any, ...]

_next_serial = count(1).__next__


class Shape:
    """The fixed text of one place in a template, and how its slots are treated.

    Two places with the same text have two shapes with one `id`: the browser knows texts,
    the renderer compares places.
    """

    __slots__ = (
        "escapes",
        "fitting",
        "id",
        "is_addressable",
        "line",
        "plan",
        "statics",
        "stride",
        "template",
        "width",
        "write",
        "write_marked",
    )

    #: What kind of place each slot is in; worked out when first asked for.
    plan: SlotPlan
    #: A browser can find the slots again, given what was seen in them so far.
    is_addressable: bool

    #: The id of every text seen; filled while templates compile, in the loop's thread.
    _ids: dict[tuple[str, ...], int] = {}  # noqa: RUF012

    def __init__(
        self,
        statics: Sequence[str],
        escapes: Sequence[bool] = (),
        remembered: int = 0,
        template: str | None = None,
        line: int = 1,
    ) -> None:
        self.statics = tuple(statics)
        self.escapes = tuple(escapes)
        #: How many slots there are.
        self.width = len(self.escapes)
        #: How many values a node or row holds: its slots, then what the renderer remembers.
        self.stride = self.width + remembered
        #: Where it stands, for warnings.
        self.template = template
        self.line = line
        self.id = self._ids.setdefault(self.statics, len(self._ids) + 1)
        #: The functions that write it as HTML, and with marks, once they are made.
        self.write: Callable[..., str] | None = None
        self.write_marked: Callable[..., str] | None = None
        #: Pairs of a slot and a shape that was found to fit there.
        self.fitting: set[tuple[int, int]] = set()

    def __repr__(self) -> str:
        return f"<Shape {self.id} {'{}'.join(self.statics)!r}>"

    def __getattr__(self, name: str) -> Any:
        # Only called for what is not there yet; later reads cost nothing.
        if name == "plan":
            self.plan = plan_slots(self.statics)
            return self.plan
        if name == "is_addressable":
            self.is_addressable = self.plan.is_addressable
            return self.is_addressable
        raise AttributeError(f"A shape has no {name!r}.")

    def note_broken(self) -> None:
        """A value with unbalanced tags was seen inside: its slots cannot be found any more."""
        self.is_addressable = False


_NO_ROWS: Mapping[int, Sequence[Value]] = {}


class Loop:
    """The rows of one `for`: all of one shape, their values in one flat list.

    `base` names the loop that this one was rendered against; then `changed` holds the
    rows that may differ, and `runs` (for keyed rows) where each stretch of rows came from
    as pairs (start in the base, count), with start -1 for new rows.
    """

    __slots__ = (
        "__weakref__", "_newer", "_undo", "_values", "base", "changed", "count", "key_record",
        "memory", "runs", "serial", "shape",
    )  # fmt: skip

    def __init__(
        self,
        shape: Shape,
        values: list[Value],
        count: int,
        keys: list[Any] | int | None = None,
        memory: Any = None,
    ) -> None:
        self.shape = shape
        self._values: list[Value] | None = values
        self._newer: Loop | None = None
        self._undo: Mapping[int, Sequence[Value]] = _NO_ROWS
        self.count = count
        #: The rows' keys, or the number of the slot that prints them: they are not held twice.
        self.key_record = keys
        #: What the renderer remembers about the rows' objects.
        self.memory = memory
        self.serial = _next_serial()
        self.base = 0
        self.changed: Sequence[int] = ()
        self.runs: list[tuple[int, int]] | None = None

    def __repr__(self) -> str:
        return f"<Loop of {self.count} {self.shape!r}>"

    @property
    def values(self) -> list[Value]:
        """All values, row after row."""
        if self._values is None:
            self._restore()
        assert self._values is not None
        return self._values

    @property
    def keys(self) -> list[Any] | None:
        """The keys of all rows, if they have keys."""
        record = self.key_record
        return self.values[record :: self.shape.stride] if isinstance(record, int) else record

    def succeed(self, edits: Sequence[tuple[int, Sequence[Value]]]) -> Loop:
        """A loop with some other rows, which takes over this one's list.

        Copying thousands of values for the sake of one row is what costs most. So this loop
        keeps only the rows that differ; should anybody ask for it again, as after a render
        that failed, it makes its list anew.
        """
        values, stride = self.values, self.shape.stride
        newer = Loop(self.shape, values, self.count, self.key_record)
        newer.base = self.serial
        newer.changed = [index for index, _ in edits]
        self._undo = {index: values[index * stride : (index + 1) * stride] for index, _ in edits}
        self._newer, self._values = newer, None
        for index, row in edits:
            values[index * stride : (index + 1) * stride] = row
        return newer

    def _restore(self) -> None:
        chain: list[Loop] = [self]
        while chain[-1]._values is None:
            newer = chain[-1]._newer
            assert newer is not None
            chain.append(newer)
        values, stride = chain.pop().values[:], self.shape.stride
        for older in reversed(chain):
            for index, row in older._undo.items():
                values[index * stride : (index + 1) * stride] = row
        self._values, self._newer, self._undo = values, None, _NO_ROWS

    def held_row(self, index: int) -> Sequence[Value]:
        """All values of one row, also those that the renderer remembers."""
        newer = self._newer
        if newer is not None:
            return self._undo[index] if index in self._undo else newer.held_row(index)
        stride = self.shape.stride
        return self.values[index * stride : (index + 1) * stride]

    def row(self, index: int) -> Sequence[Value]:
        """The values of one row, one a slot."""
        return self.held_row(index)[: self.shape.width]

    def rows(self) -> Iterator[Sequence[Value]]:
        """The rows' values in order, one sequence a row."""
        return map(self.row, range(self.count))


def node_values(node: Node) -> Sequence[Value]:
    """The values of a node, one a slot."""
    return node[1 : node[0].width + 1]
