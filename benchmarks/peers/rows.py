"""The rows of the report: what each figure is called, and what Limelight has to reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of figure."""

    name: str
    title: str
    decimals: int = 0


def event_rows(name: str, title: str) -> tuple[Row, Row]:
    return Row(f"{name} cpu", f"{title}: µs"), Row(f"{name} bytes", f"{title}: bytes")


ROWS = (
    Row("A50 cpu", "**A** counter, 50 connections: µs"),
    Row("A50 rate", "events a second"),
    Row("A1 cpu", "one connection: µs"),
    Row("A1 p50", "p50 ms", 2),
    Row("A1 p99", "p99 ms", 2),
    Row("A1 bytes", "bytes"),
    *event_rows("table", "**B** 1,000x4 rows, one cell"),
    *event_rows("keyed", "keyed rows"),
    *event_rows("tracked", "tracked rows"),
    *event_rows("elements", "one element a cell"),
    *event_rows("list", "**C** a list of 100 to 200 grows by one"),
    *event_rows("stream", "with the system's stream or append"),
    Row("D200 cpu", "**D** broadcast to 200 views: µs a patch"),
    Row("D200 last", "the last one has it after ms", 1),
    Row("D1000 cpu", "to 1,000 views: µs a patch"),
    Row("D1000 last", "the last one has it after ms", 1),
    Row("E1000", "**E** KiB an idle view, 1,000 views", 1),
    Row("E5000", "5,000 views", 1),
    Row("F counter", "**F** counter pages a CPU second"),
    Row("F table", "table pages a CPU second", 1),
    Row("G rate", "**G** streamed tokens a CPU second"),
    Row("G cpu", "µs a token", 1),
)


@dataclass(frozen=True, slots=True)
class Target:
    """Limelight's figure of a row, measured by another system's, or by another row of its own."""

    row: str
    other: str
    limit: float
    other_row: str = ""
    is_floor: bool = False

    def title(self) -> str:
        compared = f"{self.other}, {self.other_row}" if self.other_row else self.other
        return f"{self.row} of {compared}"


TARGETS = (
    Target("A50 cpu", "pyview", 0.55),
    Target("table cpu", "pyview", 0.03),
    Target("table cpu", "djust", 0.01),
    Target("table cpu", "nicegui", 1.0, other_row="elements cpu"),
    Target("tracked cpu", "limelight", 1.5, other_row="A1 cpu"),
    Target("stream cpu", "pyview", 0.6),
    Target("D200 cpu", "pyview", 0.6),
    Target("D1000 cpu", "pyview", 0.6),
    Target("E1000", "pyview", 0.95),
    Target("E1000", "djust", 0.25),
    Target("E1000", "nicegui", 0.25),
    Target("F counter", "pyview", 0.4, is_floor=True),
    Target("F table", "pyview", 6.0, is_floor=True),
    Target("G rate", "pyview", 5.0, is_floor=True),
)
