"""Saved state: any value loads equal and of its type, or is refused by its name."""

from __future__ import annotations

import math
import sys
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from limelight.server.sealing import StateSealer
from limelight.server.state import (
    StateNotLoadable,
    StateNotSavable,
    decode_state,
    encode_state,
    register_state_type,
)
from limelight.server.state_check import check_round_trip, is_same
from limelight.server.state_classes import KINDS


class Colour(Enum):
    RED = "red"
    GREEN = ("green", 2)


class Level(IntEnum):
    LOW = 1


class Word(StrEnum):
    YES = "yes"


class Right(Flag):
    READ = 1
    WRITE = 2


@dataclass
class Item:
    name: str
    tags: set[str] = field(default_factory=set)
    made: int = field(init=False, default=7)


@dataclass(frozen=True, slots=True)
class Point:
    x: Any
    y: Any

    def __post_init__(self) -> None:
        if self.x == "refuse":
            raise ValueError("__post_init__ runs for new values only")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    lines: tuple[Any, ...] = ()


class Pair(NamedTuple):
    left: Any
    right: Any


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and other.cents == self.cents

    def __hash__(self) -> int:
        return hash(self.cents)


register_state_type(Money, lambda money: money.cents, Money)

zones = st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30)), ZoneInfo("Asia/Tokyo")])
hashables = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)  # a set does not find its own NaN again
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.datetimes(timezones=zones)
    | st.timedeltas()
    | st.uuids()
    | st.complex_numbers(allow_nan=False)
    | st.sampled_from([*Colour, *Level, *Word, Right.READ, Right.READ | Right.WRITE, Right(0)])
    | st.builds(Money, st.integers())
    | st.builds(Markup, st.text()),
    lambda inner: (
        st.tuples(inner, inner)
        | st.frozensets(inner, max_size=3)
        | st.builds(Pair, inner, inner)
        | st.builds(Point, inner, inner)
    ),
    max_leaves=6,
)
values: st.SearchStrategy[object] = st.recursive(
    hashables | st.just(math.nan),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner)
        | st.sets(hashables, max_size=3)
        | st.dictionaries(hashables, inner, max_size=3)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.builds(OrderedDict, st.dictionaries(hashables, inner, max_size=2))
        | st.builds(deque, st.lists(inner, max_size=2), st.sampled_from([None, 5]))
        | st.builds(Item, st.text(), st.sets(st.text(), max_size=2))
        | st.builds(Order, id=st.integers(), lines=st.tuples(inner))
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(values)
def test_any_nested_value_loads_equal_and_of_the_same_type(value: Any) -> None:
    loaded = decode_state(encode_state({"value": value}))["value"]

    assert is_same(value, loaded), (value, loaded)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        -math.inf,
        -0.0,
        2**64,
        -(2**63) - 1,
        10**4000,
        "\ud800",
        {"\udfff": 1},
        bytearray(b"x"),
        range(1, 9, 2),
        Counter("aab"),
        datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
        time(1, 2, 3, 4, tzinfo=UTC),
        date.min,
        Decimal("-0.00"),
        UUID(int=5),
        {1: "a", "1": "b", (2, 3): "c", None: "d", Colour.RED: "e"},
        Point(1, [2]),
    ],
)
def test_awkward_values_load_as_they_were(value: Any) -> None:
    loaded = decode_state(encode_state({"value": value}))["value"]

    assert is_same(value, loaded)
    assert repr(value) == repr(loaded)


def test_an_object_is_not_made_anew_when_it_is_loaded() -> None:
    point = Point(1, 2)
    object.__setattr__(point, "x", "refuse")

    assert decode_state(encode_state({"point": point}))["point"] == point


@pytest.mark.parametrize("value", [object(), open, lambda: None, [{"deep": {object()}}], Money])
def test_what_cannot_be_saved_is_named_with_its_type(value: Any) -> None:
    with pytest.raises(StateNotSavable, match="attribute 'cart' cannot be saved") as caught:
        encode_state({"count": 1, "cart": value})

    assert caught.value.attribute == "cart"


def test_a_list_that_contains_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(StateNotSavable, match="contains itself"):
        encode_state({"endless": endless})


def test_a_class_that_nobody_could_find_again_is_refused() -> None:
    @dataclass
    class Hidden:
        x: int = 1

    with pytest.raises(StateNotSavable, match="could not be found again"):
        encode_state({"hidden": Hidden()})


@pytest.mark.parametrize("name", [f"{__name__}:Money", f"{__name__}:Nobody", "antigravity:Flier"])
def test_saved_state_names_only_classes_that_are_imported_and_of_its_kind(name: str) -> None:
    forged = msgspec.msgpack.encode(["n", name, {}])

    with pytest.raises(StateNotLoadable):
        decode_state(msgspec.msgpack.encode({"item": msgspec.msgpack.Ext(2, forged)}))

    assert "antigravity" not in sys.modules


def test_fields_that_came_since_the_save_take_their_default_and_lost_ones_are_named() -> None:
    older = encode_state({"item": {"name": "a", "tags": {"b"}}})
    fields = decode_state(older)["item"]

    assert KINDS["d"].load(Item, fields) == Item("a", {"b"})
    with pytest.raises(TypeError, match="has no field colour any more"):
        KINDS["d"].load(Item, {"colour": 1})


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"\x81\xa1a", b"\x81\xa1a\xc7\x01\x09\x01"])
def test_damaged_state_is_refused(damage: bytes) -> None:
    with pytest.raises(StateNotLoadable):
        decode_state(damage)


class Odd:
    pass


def test_the_check_in_development_names_what_would_not_load_as_it_was() -> None:
    register_state_type(Odd, lambda odd: None, lambda saved: Odd())
    attributes = {"fine": 1, "odd": Odd()}

    with pytest.raises(StateNotSavable, match="attribute 'odd'"):
        check_round_trip(attributes, encode_state(attributes))


def test_a_seal_opens_for_its_owner_only() -> None:
    sealer = StateSealer(["secret"], 60)
    sealed = sealer.seal(b"state", "view", "session", "user")

    assert sealer.open(sealed, "view", "session", "user") == b"state"
    for owner in [
        ("view", "session", ""),
        ("other", "session", "user"),
        ("views", "ession", "user"),
    ]:
        with pytest.raises(StateNotLoadable, match="not signed for this session"):
            sealer.open(sealed, *owner)


def test_a_seal_outlives_the_change_of_the_secret_but_no_forgery() -> None:
    sealed = StateSealer(["old"], 60).seal(b"state", "view")

    assert StateSealer(["new", "old"], 60).open(sealed, "view") == b"state"
    for forged in (sealed[:-1] + b"!", b"\x02" + sealed[1:], sealed[:20], b""):
        with pytest.raises(StateNotLoadable):
            StateSealer(["old"], 60).open(forged, "view")


def test_a_seal_expires() -> None:
    now = [1000.0]
    sealer = StateSealer(["secret"], 60, clock=lambda: now[0])
    sealed = sealer.seal(b"state")
    now[0] += 61

    with pytest.raises(StateNotLoadable, match="LIVE_SAVED_SECONDS"):
        sealer.open(sealed)
