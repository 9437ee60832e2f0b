"""Models of pydantic as forms: the same contract as WTForms."""

from __future__ import annotations

import datetime
import enum
import logging
from typing import Any, Literal

import pydantic
import pytest
import trio
from trio.testing import MockClock

from limelight import LiveView, Request
from limelight.mixins import FormMixin
from limelight.testing import ViewPage, open_view


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


class Order(pydantic.BaseModel):
    name: str = pydantic.Field(max_length=5, description="As on the card.")
    count: int = pydantic.Field(default=1, ge=1)
    day: datetime.date | None = None
    size: Size = Size.LARGE
    extras: list[Literal["milk", "sugar"]] = []
    secret: pydantic.SecretStr = pydantic.SecretStr("")
    is_gift: bool = pydantic.Field(default=False, title="A gift")
    note: str = pydantic.Field(default="", json_schema_extra={"widget": "textarea"})

    @pydantic.model_validator(mode="after")
    def _small_gifts(self) -> Order:
        if self.is_gift and self.count > 3:
            raise ValueError("A gift is small.")
        return self

    @staticmethod
    async def validate_name(value: str) -> None:
        await trio.sleep(1)
        if value == "taken":
            raise ValueError("Taken.")


class Ordering(FormMixin, LiveView):
    form_class = Order
    template = "{{ live_form() }}<i>{{ done }}</i><b>{{ form_errors }}</b>"

    def mount(self, request: Request, **params: Any) -> None:
        self.done: list[Any] = []

    def form_valid(self, form: Any) -> None:
        self.done = [*self.done, form.cleaned_data]
        self.model = form.model


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")


def errors(page: ViewPage, name: str) -> list[str]:
    return page.texts(f"#field-{name}-errors p")


async def test_a_model_is_shown_with_the_controls_of_its_types() -> None:
    async with open_view(Ordering) as page:
        assert page.attribute("#field-count", "type") == "number"
        assert page.attribute("#field-count", "min") == "1"
        assert page.attribute("#field-name", "maxlength") == "5"
        assert page.text("#field-name-help") == "As on the card."
        assert page.attribute("#field-day", "type") == "date"
        assert page.attribute("#field-secret", "type") == "password"
        assert page.value("#field-size") == "l"
        assert page.texts("#field-extras option") == ["milk", "sugar"]
        assert page.text("label:has(#field-is_gift)") == "A gift"
        assert page.count("textarea#field-note") == 1


async def test_what_is_submitted_arrives_of_its_types(autojump_clock: MockClock) -> None:
    async with open_view(Ordering) as page:
        await page.submit("form", name="Ann", count="2", day="2026-05-01", extras=["milk"])
        assert "'count': 2, 'day': datetime.date(2026, 5, 1)" in page.text("i")
        assert "'extras': ['milk']" in page.text("i")
        assert "<Size.LARGE: 'l'>" in page.text("i")


async def test_errors_show_where_a_field_was_touched(autojump_clock: MockClock) -> None:
    async with open_view(Ordering) as page:
        await page.fill("#field-count", "0")
        assert errors(page, "count") == ["Input should be greater than or equal to 1"]
        assert errors(page, "name") == []
        await page.submit("form")
        assert errors(page, "name") == ["Field required"]


async def test_a_rule_of_the_whole_model_stands_above_the_form(autojump_clock: MockClock) -> None:
    async with open_view(Ordering) as page:
        await page.submit("form", name="Ann", count="4", is_gift=True)
        assert page.text(".dj-form-errors") == "A gift is small."


async def test_a_rule_that_waits_is_asked(autojump_clock: MockClock) -> None:
    async with open_view(Ordering) as page:
        await page.fill("#field-name", "taken")
        await page.wait_for("Taken.")
        assert errors(page, "name") == ["Taken."]


async def test_fields_that_are_not_declared_are_not_taken(autojump_clock: MockClock) -> None:
    async with open_view(Ordering) as page:
        await page.call("submit_form", name="Ann", model_config="x", is_admin="1")
        assert "admin" not in page.text()
        assert page.text("i").startswith("[{'name': 'Ann'")


async def test_initial_values_are_shown() -> None:
    class Prefilled(Ordering):
        def mount(self, request: Request, **params: Any) -> None:
            super().mount(request)
            self.form_initial = {"name": "Bob", "is_gift": True, "size": Size.SMALL}

    async with open_view(Prefilled) as page:
        assert page.value("#field-name") == "Bob"
        assert page.value("#field-is_gift") is True
        assert page.value("#field-size") == "s"
