"""Wizards: one step after the other, none skipped, and what was entered arrives once."""

from __future__ import annotations

import datetime
import logging
from typing import Any, ClassVar

import pytest
from wtforms import BooleanField, DateField, Form, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from limelight import LiveView, Request, event_handler
from limelight.mixins import WizardMixin
from limelight.mixins.wizard_steps import plan_steps
from limelight.testing import EventFailed, ViewPage, open_view

KINDS: Any = ["car", "home"]


class PersonalForm(Form):
    name = StringField("Name", [InputRequired("Enter a name.")])
    born = DateField("Born", [InputRequired()])
    news = BooleanField("News")


class KindForm(Form):
    kind = RadioField("Kind", choices=KINDS, default="home")


class CarForm(Form):
    wheels = IntegerField("Wheels", [NumberRange(3, 4, "Three or four.")], default=4)


class Claim(WizardMixin, LiveView):
    wizard_steps = (
        {"name": "personal", "form_class": PersonalForm},
        {"name": "kind", "title": "What is it?", "form_class": KindForm},
        {
            "name": "car",
            "form_class": CarForm,
            "when": lambda data: data["kind"].get("kind") == "car",
        },
        {"name": "review"},
    )
    template = """
    <h1 dj-step-title>{{ current_step.title }}</h1>
    <b>{{ current_step.number }}/{{ total_steps }} {{ progress_percent }}</b>
    <nav>{% for step in steps %}<a dj-patch href="{{ step.url }}">{{ step.name }}
      {{ "done" if step.is_complete }} {{ "open" if step.can_open }}</a>{% endfor %}</nav>
    {% if current_step.name == "review" %}<button id="send" dj-click="submit_wizard">Send</button>
    {% else %}{{ live_form() }}{% endif %}
    {% if can_go_back %}<button id="back" dj-click="prev_step">Back</button>{% endif %}
    <i>{{ result }}</i>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.result: list[Any] = []

    def on_wizard_complete(self, step_data: dict[str, dict[str, Any]]) -> None:
        self.result = [*self.result, step_data]

    @event_handler()
    def again(self) -> None:
        self.reset_wizard()


PERSON = {"name": "Ann", "born": "2000-02-29"}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")


async def to_review(page: ViewPage, kind: str = "home") -> None:
    await page.submit("form", **PERSON)
    await page.submit("form", kind=kind)
    if kind == "car":
        await page.submit("form")


def states(page: ViewPage) -> list[str]:
    return page.texts("nav a")


async def test_the_example_of_the_reference_page() -> None:
    created: list[Any] = []

    class ClaimWizard(WizardMixin, LiveView):
        wizard_steps = [  # noqa: RUF012
            {"name": "personal", "form_class": PersonalForm},
            {"name": "review"},
        ]
        template = "{{ live_form() if not is_last_step }}<b>{{ current_step.name }}</b>"

        def on_wizard_complete(self, step_data: dict[str, dict[str, Any]]) -> None:
            created.append({**step_data["personal"]})

    async with open_view(ClaimWizard) as page:
        await page.call("next_step", **PERSON)
        assert page.text("b") == "review"
        await page.call("submit_wizard")

        born = datetime.date(2000, 2, 29)
        assert created == [{"name": "Ann", "born": born, "news": False}]


async def test_each_step_is_checked_before_the_next() -> None:
    async with open_view(Claim) as page:
        assert page.text("b") == "1/3 0"
        await page.submit("form", name="Ann")
        assert page.text("h1") == "Personal"
        assert page.attribute("#field-born", "aria-invalid") == "true"
        assert ("focus", ["born"]) in page.link.effects
        await page.submit("form", born="2000-02-29")
        assert page.text("h1") == "What is it?"
        assert page.text("b") == "2/3 33"


async def test_a_conditional_step_is_there_when_what_was_entered_asks_for_it() -> None:
    async with open_view(Claim) as page:
        await page.submit("form", **PERSON)
        await page.submit("form", kind="car")
        assert page.text("h1") == "Car"
        assert page.text("b") == "3/4 50"
        await page.submit("form")
        await page.click("#send")
        assert "'car': {'wheels': 4}" in page.text("i")
        assert page.text("b") == "4/4 100"


async def test_what_is_sent_along_with_back_is_kept() -> None:
    async with open_view(Claim) as page:
        await page.submit("form", **PERSON)
        await page.call("prev_step", kind="car")
        assert page.text("h1") == "Personal"
        assert page.value("#field-name") == "Ann"
        await page.submit("form")
        assert page.fields("form")["kind"] == "car"


# --- the address -----------------------------------------------------------------------------


async def test_the_step_is_in_the_address_and_the_back_button_works() -> None:
    async with open_view(Claim, params={"from": "ad"}) as page:
        await page.submit("form", **PERSON)
        assert page.path == "/?from=ad&step=kind"
        await page.submit("form", kind="home")
        await page.back()
        assert page.text("h1") == "What is it?"
        await page.back()
        assert page.text("h1") == "Personal"
        assert page.value("#field-name") == "Ann"
        await page.forward()
        assert page.text("h1") == "What is it?"


@pytest.mark.parametrize("step", ["review", "car", "nowhere", "__class__"])
async def test_an_address_skips_no_step(step: str) -> None:
    async with open_view(Claim, params={"step": step}) as page:
        assert page.text("h1") == "Personal"
        assert page.path == "/?step=personal"
        await page.patch(f"/?step={step}")
        assert page.text("h1") == "Personal"
        assert page.path == "/?step=personal"


# --- tampering -------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [1, 2, 3, -1, 99])
async def test_a_step_that_is_not_done_cannot_be_skipped(index: int) -> None:
    async with open_view(Claim) as page:
        with pytest.raises(EventFailed, match="cannot be opened"):
            await page.call("go_to_step", i=index)
        assert page.text("h1") == "Personal"


async def test_only_the_last_step_submits_and_the_first_has_none_before_it() -> None:
    async with open_view(Claim) as page:
        with pytest.raises(EventFailed, match="not the last step"):
            await page.call("submit_wizard", **PERSON)
        with pytest.raises(EventFailed, match="first step"):
            await page.call("prev_step")
        await to_review(page)
        with pytest.raises(EventFailed, match="last step"):
            await page.call("next_step")
        assert page.text("i") == "[]"


async def test_fields_of_other_steps_and_of_none_are_not_taken() -> None:
    async with open_view(Claim) as page:
        await page.call("next_step", **PERSON, kind="car", is_admin="1", wheels="3")
        assert page.fields("form")["kind"] == "home"
        await page.submit("form")
        await page.click("#send")
        assert "admin" not in page.text("i")
        assert "'kind': {'kind': 'home'}" in page.text("i")


async def test_a_wizard_is_submitted_once() -> None:
    async with open_view(Claim) as page:
        await to_review(page)
        for _ in range(3):
            await page.call("submit_wizard")
        assert page.text("i").count("Ann") == 1


async def test_a_step_that_is_sent_twice_does_not_touch_the_next() -> None:
    async with open_view(Claim) as page:
        stamp = page.attribute("form", "dj-value-form-stamp")
        for _ in range(2):
            await page.call("next_step", **PERSON, form_stamp=stamp)
        assert page.text("h1") == "What is it?"
        assert page.count(".dj-field-invalid") == 0


async def test_what_fails_at_the_end_can_be_submitted_again() -> None:
    class Failing(Claim):
        tries = 0

        def on_wizard_complete(self, step_data: dict[str, dict[str, Any]]) -> None:
            Failing.tries += 1
            if Failing.tries == 1:
                raise ConnectionError("The database is away.")
            super().on_wizard_complete(step_data)

    async with open_view(Failing) as page:
        await to_review(page)
        with pytest.raises(EventFailed):
            await page.click("#send")
        await page.click("#send")
        assert page.text("i").count("Ann") == 1


# --- changes of mind ---------------------------------------------------------------------------


async def test_steps_that_are_done_can_be_jumped_to_and_back() -> None:
    async with open_view(Claim) as page:
        await to_review(page)
        assert states(page) == ["personal done open", "kind done open", "review open"]
        await page.call("go_to_step", i=0)
        await page.call("go_to_step", i=2)
        await page.click("#send")
        assert page.text("i").count("Ann") == 1


async def test_a_change_in_an_earlier_step_revokes_what_depended_on_it() -> None:
    async with open_view(Claim) as page:
        await to_review(page, "car")
        await page.call("go_to_step", i=1)
        await page.submit("form", kind="home")
        assert states(page) == ["personal done open", "kind done open", "review open"]
        await page.click("#send")
        assert "wheels" not in page.text("i")


async def test_an_edit_that_was_not_checked_leaves_no_later_step_done() -> None:
    async with open_view(Claim) as page:
        await to_review(page, "car")
        await page.call("go_to_step", i=0)
        await page.fill("#field-name", "Bob")
        with pytest.raises(EventFailed, match="cannot be opened"):
            await page.call("go_to_step", i=3)
        await page.submit("form")
        assert states(page) == ["personal done open", "kind open", "review"]


async def test_a_step_says_on_which_others_it_depends() -> None:
    class Independent(Claim):
        wizard_steps: ClassVar[Any] = (
            {"name": "personal", "form_class": PersonalForm},
            {"name": "kind", "form_class": KindForm, "depends_on": []},
            {"name": "review", "depends_on": ["personal"]},
        )

    async with open_view(Independent) as page:
        await to_review(page)
        await page.call("go_to_step", i=0)
        await page.submit("form", name="Bob")
        assert states(page) == ["personal done open", "kind done open", "review open"]


async def test_the_end_checks_all_steps_and_shows_the_first_that_does_not_fit() -> None:
    banned: set[str] = set()

    class Watching(Claim):
        def prepare_form(self, form: Any) -> None:
            if "name" in form and form.data["name"] in banned:
                form.name.validators = [_refusing]

    async with open_view(Watching) as page:
        await to_review(page)
        banned.add("Ann")
        await page.click("#send")
        assert page.text("h1") == "Personal"
        assert page.texts("#field-name-errors p") == ["Not any more."]
        assert page.text("i") == "[]"


def _refusing(form: Any, field: Any) -> None:
    raise ValidationError("Not any more.")


async def test_a_wizard_begins_anew() -> None:
    async with open_view(Claim) as page:
        await to_review(page)
        await page.click("#send")
        await page.call("again")
        assert page.text("h1") == "Personal"
        assert page.value("#field-name") == ""
        assert states(page) == ["personal open", "kind", "review"]


@pytest.mark.parametrize(
    "steps",
    [[], [{"title": "x"}], [{"name": "a"}, {"name": "a"}], [{"name": "a", "form": PersonalForm}]],
)
def test_steps_that_cannot_be_are_named(steps: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"Broken\.wizard_steps"):
        plan_steps("Broken", steps)


async def test_a_wizard_survives_a_crash() -> None:
    async with open_view(Claim) as page:
        await to_review(page)
        await page.crash()
        assert page.text("h1") == "Review"
        await page.click("#send")
        assert page.text("i").count("Ann") == 1
