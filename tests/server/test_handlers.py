"""Handlers get parameters of the right type, or do not run."""

from __future__ import annotations

import datetime
import enum
import uuid
from decimal import Decimal
from typing import Any, Literal

import pytest

from limelight import event_handler
from limelight.server.handlers import (
    ParameterError,
    UnknownEvent,
    collect_event_handlers,
    find_event_handler,
)


class Colour(enum.Enum):
    RED = "red"


class Base:
    @event_handler()
    def inherited(self) -> None: ...

    @event_handler()
    def hidden(self) -> None: ...


class Sample(Base):
    @event_handler()
    def plain(self, by: int = 1) -> None: ...

    @event_handler()
    def open_ended(self, by: int, **kwargs: Any) -> None: ...

    @event_handler()
    def asking(self, _target: str, **kwargs: Any) -> None: ...

    @event_handler()
    def typed(
        self,
        flag: bool = False,
        ratio: float = 0.0,
        price: Decimal = Decimal(0),
        id: uuid.UUID | None = None,
        day: datetime.date | None = None,
        tags: list[int] = [],  # noqa: B006
        size: Literal["s", "m"] = "s",
        level: Literal[1, 2] = 1,
        colour: Colour = Colour.RED,
        note: str | None = None,
    ) -> None: ...

    def hidden(self) -> None: ...  # overrides without the mark

    def unmarked(self) -> None: ...


HANDLERS = collect_event_handlers(Sample)


def test_marked_methods_are_collected_along_the_bases() -> None:
    assert set(HANDLERS) == {"inherited", "plain", "open_ended", "asking", "typed"}


@pytest.mark.parametrize(
    ("name", "sent", "expected"),
    [
        ("flag", "on", True),
        ("flag", "false", False),
        ("flag", True, True),
        ("ratio", "2.5", 2.5),
        ("ratio", 2, 2.0),
        ("price", "19.99", Decimal("19.99")),
        ("id", "", None),
        (
            "id",
            "12345678123456781234567812345678",
            uuid.UUID(int=0x12345678123456781234567812345678),
        ),
        ("day", "2026-11-23", datetime.date(2026, 11, 23)),
        ("tags", "7", [7]),
        ("tags", ["7", "8"], [7, 8]),
        ("size", "m", "m"),
        ("level", "2", 2),
        ("colour", "red", Colour.RED),
        ("note", "", ""),
        ("note", "null", "null"),
    ],
)
def test_what_forms_send_becomes_what_annotations_say(
    name: str, sent: object, expected: object
) -> None:
    assert HANDLERS["typed"].coerce({name: sent}) == {name: expected}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("flag", "maybe"),
        ("ratio", "nan"),
        ("ratio", "1e999"),
        ("price", "NaN"),
        ("id", "1234"),
        ("day", "yesterday"),
        ("tags", ["7", "x"]),
        ("size", "xl"),
        ("level", "3"),
        ("colour", "blue"),
        ("note", ["a"]),
    ],
)
def test_what_does_not_fit_is_refused_by_name(name: str, sent: object) -> None:
    with pytest.raises(ParameterError, match=f'parameter "{name}" does not fit'):
        HANDLERS["typed"].coerce({name: sent})


def test_an_absent_parameter_keeps_the_methods_own_default() -> None:
    assert HANDLERS["plain"].coerce({}) == {}


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(ParameterError, match='parameter "by" is missing'):
        HANDLERS["open_ended"].coerce({})


def test_a_surplus_parameter_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ParameterError, match=r'takes no parameter "bye"\. Did you mean "by"'):
        HANDLERS["plain"].coerce({"bye": 1})


def test_only_a_handler_that_asks_for_it_is_told_which_field_changed() -> None:
    sent = {"by": 2, "_target": "by"}
    assert HANDLERS["plain"].coerce(sent) == {"by": 2}
    assert HANDLERS["open_ended"].coerce(sent) == {"by": 2}
    assert HANDLERS["asking"].coerce(sent) == sent


def test_a_handler_with_kwargs_takes_surplus_parameters_as_they_came() -> None:
    assert HANDLERS["open_ended"].coerce({"by": "2", "x": "3"}) == {"by": 2, "x": "3"}


def test_an_unknown_event_names_view_and_nearest_handler() -> None:
    with pytest.raises(UnknownEvent, match=r'no event handler "plian"\. Did you mean "plain"'):
        find_event_handler(Sample, HANDLERS, "plian")


def test_a_handler_cannot_take_positional_parameters() -> None:
    with pytest.raises(TypeError, match="Browsers send parameters by name"):

        @event_handler()
        def handler(self: object, *args: object) -> None: ...


def test_a_private_handler_is_refused() -> None:
    class Wrong:
        @event_handler()
        def _secret(self) -> None: ...

    with pytest.raises(TypeError, match="name is public"):
        collect_event_handlers(Wrong)


def test_the_mark_works_without_parentheses() -> None:
    class Bare:
        @event_handler
        def press(self, by: int = 1) -> None: ...

    assert collect_event_handlers(Bare)["press"].coerce({"by": "2"}) == {"by": 2}
