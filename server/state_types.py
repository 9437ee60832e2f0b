"""The types of Python's library that saved state may hold besides msgpack's own."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from markupsafe import Markup

from .state_errors import TypeNotSavable


@dataclass(frozen=True, slots=True)
class StateType:
    """How values of exactly one class are saved and loaded."""

    cls: type
    name: str
    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]


def _zone_key(zone: ZoneInfo) -> str:
    if zone.key is None:
        raise TypeNotSavable(ZoneInfo, "it was read from a file and has no key")
    return zone.key


def _dump_datetime(moment: datetime) -> list[Any]:
    return [moment.replace(tzinfo=None, fold=0).isoformat(), moment.fold, moment.tzinfo]


def _load_datetime(parts: list[Any]) -> datetime:
    return datetime.fromisoformat(parts[0]).replace(fold=parts[1], tzinfo=parts[2])


def _dump_time(moment: time) -> list[Any]:
    return [moment.replace(tzinfo=None, fold=0).isoformat(), moment.fold, moment.tzinfo]


def _load_time(parts: list[Any]) -> time:
    return time.fromisoformat(parts[0]).replace(fold=parts[1], tzinfo=parts[2])


def _dump_pairs(mapping: dict[Any, Any]) -> list[Any]:
    return [part for pair in mapping.items() for part in pair]


def _load_pairs(parts: list[Any]) -> dict[Any, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _dump_timedelta(span: timedelta) -> list[int]:
    return [span.days, span.seconds, span.microseconds]


BUILT_IN = (
    StateType(int, "int", int, lambda raw: int.from_bytes(raw, signed=True)),
    StateType(str, "str", str, lambda raw: raw.decode("utf-8", "surrogatepass")),
    StateType(tuple, "tuple", list, tuple),
    StateType(set, "set", list, set),
    StateType(frozenset, "frozenset", list, frozenset),
    StateType(dict, "dict", _dump_pairs, _load_pairs),
    StateType(OrderedDict, "OrderedDict", _dump_pairs, lambda raw: OrderedDict(_load_pairs(raw))),
    StateType(Counter, "Counter", _dump_pairs, lambda raw: Counter(_load_pairs(raw))),
    StateType(deque, "deque", lambda row: [list(row), row.maxlen], lambda raw: deque(*raw)),
    StateType(bytearray, "bytearray", bytes, bytearray),
    StateType(complex, "complex", lambda one: [one.real, one.imag], lambda raw: complex(*raw)),
    StateType(range, "range", lambda one: [one.start, one.stop, one.step], lambda raw: range(*raw)),
    StateType(Decimal, "Decimal", str, Decimal),
    StateType(date, "date", date.toordinal, date.fromordinal),
    StateType(time, "time", _dump_time, _load_time),
    StateType(datetime, "datetime", _dump_datetime, _load_datetime),
    StateType(timedelta, "timedelta", _dump_timedelta, lambda raw: timedelta(*raw)),
    StateType(
        timezone,
        "timezone",
        lambda zone: [zone.utcoffset(None), zone.tzname(None)],
        lambda raw: UTC if raw == [timedelta(0), "UTC"] else timezone(*raw),
    ),
    StateType(ZoneInfo, "ZoneInfo", _zone_key, ZoneInfo),
    StateType(UUID, "UUID", lambda one: one.bytes, lambda raw: UUID(bytes=raw)),
    StateType(Markup, "Markup", str.__str__, Markup),
)
