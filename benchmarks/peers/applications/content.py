"""What the pages of all systems show, so that none of them has less to do than another."""

from __future__ import annotations

from dataclasses import dataclass

PROSE = "Bright lamps were once made by heating lime until it shone. " * 34
ROWS = 1_000
ITEMS = 100
TOKENS = 2_000
TALKED_TOKENS = 50
SECONDS_A_TOKEN = 0.02


@dataclass(slots=True)
class Row:
    """One row of the table; its name is the cell that changes."""

    id: int
    name: str
    state: str
    amount: int


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the growing list."""

    id: int
    text: str


def rows() -> list[Row]:
    return [Row(number, f"name {number}", "open", number * 3) for number in range(ROWS)]


def changed_row(event: int) -> int:
    """Return which row an event changes: a stride that comes by all of them."""
    return event * 37 % ROWS


def changed_name(event: int) -> str:
    return f"changed {event}"


def items() -> list[Item]:
    return [item(number) for number in range(ITEMS)]


def item(number: int) -> Item:
    return Item(number, f"item {number}")


def token(number: int) -> str:
    return f"word{number} "
