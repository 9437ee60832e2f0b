"""`@notify_on_save`: every change of a class's table is told to a channel, whoever makes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload
from weakref import WeakKeyDictionary

ClassT = TypeVar("ClassT", bound=type[Any])

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
TABLE = re.compile(r"([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class WatchedTable:
    """A table, the channel that its changes are told to, and the column that names a row."""

    channel: str
    table: str
    pk: str


#: What classes have declared. The classes themselves are free to go, as in tests.
_declared: WeakKeyDictionary[type[Any], WatchedTable] = WeakKeyDictionary()


@overload
def notify_on_save(cls: ClassT, /) -> ClassT: ...
@overload
def notify_on_save(
    *, channel: str | None = None, table: str | None = None, pk: str = "id"
) -> Callable[[ClassT], ClassT]: ...
def notify_on_save(
    cls: type | None = None,
    /,
    *,
    channel: str | None = None,
    table: str | None = None,
    pk: str = "id",
) -> Any:
    """Declare the table of a class; its changes are then told to the channel.

    When the server starts, the table gets a trigger, so that every writer is seen. Views that
    `listen` to the channel get {"event": "insert" | "update" | "delete", "table", "pk"} as the
    payload; `pk` is None where all rows were removed at once. The table is the class's
    `__table_name__` or its name in snake case, the channel is named like the table.
    """

    def declare(declared: ClassT) -> ClassT:
        _declared[declared] = _table_of(declared, channel, table, pk)
        return declared

    return declare if cls is None else declare(cls)


def watched_tables() -> list[WatchedTable]:
    """Return what is declared by now, each table and channel once."""
    return list(dict.fromkeys(_declared.values()))


def _table_of(cls: type[Any], channel: str | None, table: str | None, pk: str) -> WatchedTable:
    if not isinstance(cls, type):
        raise TypeError(f"@notify_on_save stands on a class, not on {cls!r}.")
    own_name: str = getattr(cls, "__table_name__", "") or _snake_case(cls.__name__)
    table = table or own_name
    channel = channel or table.rpartition(".")[2]
    for what, value, form in (
        ("table", table, TABLE),
        ("channel", channel, NAME),
        ("pk", pk, NAME),
    ):
        if not form.fullmatch(value):
            raise ValueError(
                f"@notify_on_save of {cls.__name__}: {value!r} cannot be its {what}. Names have "
                "small letters, digits and underscores, and do not begin with a digit."
            )
    return WatchedTable(channel, table, pk)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
