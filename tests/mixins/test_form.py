"""Forms: what is taken in, when errors show, rules that wait, and work that is done once."""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import Any

import pytest
import trio
from markupsafe import Markup
from trio.testing import MockClock
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
    fields,
)
from wtforms.validators import EqualTo, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, html_params

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import FormMixin
from limelight.server.runtime import ViewDidNotStart
from limelight.server.stores import MemoryStore, StateTable
from limelight.testing import EventFailed, ViewPage, open_browser, open_view

CORPUS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u2028b", "{{ 7 * 7 }}")


_choice: Any = fields.choices.SelectChoice  # type: ignore[attr-defined]
ONLY: Any = ["only"]
GROUPED: Any = [_choice("a", "A", optgroup="First"), _choice("b", "B", optgroup="Second")]
PLANS: Any = ["free", "paid"]
TOPICS: Any = ["a", "b", "c"]


class SignupForm(Form):
    name = StringField("Name", [InputRequired("Enter a name."), Length(max=10)])
    email = EmailField("Email", description="We send nothing.")
    age = IntegerField("Age", [Optional()])
    plan = RadioField("Plan", choices=PLANS, default="free")
    topics = SelectMultipleField("Topics", choices=TOPICS)
    password = PasswordField("Password")
    again = PasswordField("Again", [EqualTo("password", "These differ.")])
    about = TextAreaField("About")
    agree = BooleanField("I agree")


class Signup(FormMixin, LiveView):
    form_class = SignupForm
    template = "{{ live_form('Sign up') }}<output>{{ form_data }}</output><i>{{ done }}</i>"

    def mount(self, request: Request, **params: Any) -> None:
        self.done: list[Any] = []

    def form_valid(self, form: Any) -> None:
        self.done = [*self.done, form.data]

    @event_handler()
    def reset(self) -> None:
        self.reset_form()


class AskingForm(Form):
    name = StringField("Name", [InputRequired("Enter a name.")])

    async def validate_name(self, field: Any) -> None:
        await trio.sleep(2 if field.data == "slow" else 1)
        if field.data in ("taken", "slow"):
            raise ValidationError(f"{field.data} is taken.")


class Asking(FormMixin, LiveView):
    form_class = AskingForm
    template = "{{ live_form() }}<i>{{ done }}</i>"

    def mount(self, request: Request, **params: Any) -> None:
        self.done = 0

    def form_valid(self, form: Any) -> None:
        self.done += 1


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")


def errors(page: ViewPage, name: str) -> list[str]:
    return page.texts(f"#field-{name}-errors p")


def told(page: ViewPage, name: str) -> list[Any]:
    return [payload for effect, payload in page.link.effects if effect == name]


async def test_the_example_of_the_reference_page() -> None:
    created: list[dict[str, Any]] = []

    class SignupView(FormMixin, LiveView):
        form_class = SignupForm
        template = "{{ live_form() }}"

        def form_valid(self, form: Any) -> None:
            created.append({**form.cleaned_data})
            self.put_flash("success", "Account created!")

    async with open_view(SignupView) as page:
        await page.submit("form", name="Ann", age="41", topics=["a", "c"], agree=True)

        assert created[0]["name"] == "Ann"
        assert (created[0]["age"], created[0]["agree"]) == (41, True)
        assert created[0]["topics"] == ["a", "c"]
        assert [one[3] for one in told(page, "flash")] == ["Account created!"]


# --- touched fields -----------------------------------------------------------------------


async def test_a_field_shows_no_error_before_it_was_touched() -> None:
    async with open_view(Signup) as page:
        assert page.count(".dj-field-invalid") == 0
        await page.fill("#field-email", "ann@example.org")
        assert page.count(".dj-field-invalid") == 0

        await page.fill("#field-name", "x" * 11)
        assert errors(page, "name") == ["Field cannot be longer than 10 characters."]
        assert page.attribute("#field-name", "aria-invalid") == "true"


async def test_an_error_goes_while_the_field_is_being_put_right() -> None:
    async with open_view(Signup) as page:
        assert page.attribute("#field-name", "dj-input") is None
        await page.fill("#field-name", "x" * 11)
        await page.call("validate_field", name="x")
        assert errors(page, "name") == []
        assert page.attribute("#field-name", "dj-input") == "validate_field"


async def test_a_submit_touches_everything_and_puts_the_focus_on_the_first_invalid_field() -> None:
    async with open_view(Signup) as page:
        await page.submit("form", age="x", again="other")
        assert errors(page, "name") == ["Enter a name."]
        assert errors(page, "again") == ["These differ."]
        assert told(page, "focus") == [["name", "age", "again"]]
        assert page.text("i") == "[]"


async def test_a_rule_across_fields_runs_live_once_its_fields_are_touched() -> None:
    async with open_view(Signup) as page:
        await page.fill("#field-again", "secret")
        assert errors(page, "again") == []
        await page.fill("#field-password", "other")
        assert errors(page, "again") == ["These differ."]
        await page.fill("#field-password", "secret")
        assert errors(page, "again") == []


async def test_an_error_of_the_whole_form_waits_until_all_of_it_was_touched() -> None:
    class RangeForm(Form):
        low = IntegerField()
        high = IntegerField()

        def validate(self, extra_validators: Any = None) -> bool:
            is_valid = super().validate(extra_validators)
            if is_valid and (self.low.data or 0) > (self.high.data or 0):
                self.form_errors.append("The wrong way round.")
            return is_valid and not self.form_errors

    class Range(FormMixin, LiveView):
        form_class = RangeForm
        template = "{{ live_form() }}<b>{{ form_errors }}</b>"

    async with open_view(Range) as page:
        await page.fill("#field-low", "7")
        assert page.text("b") == "{}"
        await page.fill("#field-high", "5")
        assert page.text(".dj-form-errors") == "The wrong way round."
        assert page.text("b") == "{'__all__': ['The wrong way round.']}"


# --- what is taken in -----------------------------------------------------------------------


async def test_only_declared_fields_are_taken_in() -> None:
    async with open_view(Signup) as page:
        await page.call("validate_field", is_admin="1", __class__="x", done="[1]")
        await page.call("submit_form", name="Ann", is_admin="1", done="[1]")
        assert "admin" not in page.text()
        assert page.text("i").startswith("[{'name': 'Ann'")


@pytest.mark.parametrize("sent", [{"name": {"a": 1}}, {"name": [["x"]]}, {"topics": [True]}])
async def test_what_no_form_sends_is_refused(sent: dict[str, Any]) -> None:
    async with open_view(Signup) as page:
        with pytest.raises(EventFailed):
            await page.call("validate_field", **sent)
        assert "'name': ''" in page.text("output")


async def test_choices_that_are_not_offered_are_refused() -> None:
    async with open_view(Signup) as page:
        await page.call("submit_form", name="Ann", topics=["a", "z"], plan="gold")
        assert page.text("i") == "[]"
        assert errors(page, "plan") == ["Not a valid choice."]
        assert "z" in errors(page, "topics")[0]


async def test_repeated_names_stay_lists_and_what_is_cleared_is_cleared() -> None:
    async with open_view(Signup) as page:
        await page.choose("#field-topics", "a", "c")
        await page.check("#field-agree")
        assert "'topics': ['a', 'c']" in page.text("output")
        assert "'agree': True" in page.text("output")
        await page.uncheck("#field-agree")
        await page.choose("#field-topics")
        assert "'topics': []" in page.text("output")
        assert "'agree': False" in page.text("output")


async def test_a_form_that_listens_as_a_whole_tells_what_was_cleared() -> None:
    class ByHand(FormMixin, LiveView):
        form_class = SignupForm
        form_initial = MappingProxyType({"agree": True, "name": "Ann"})
        template = """
        <form dj-change="validate_field" dj-submit="submit_form">
        <input name="name" value="{{ form_data.name }}">
        <input type="checkbox" name="agree" {% if form_data.agree %}checked{% endif %}>
        {% for error in get_field_errors("name") %}<p>{{ error }}</p>{% endfor %}
        </form><output>{{ form_data.agree }}</output>"""

    async with open_view(ByHand) as page:
        assert page.text("output") == "True"
        await page.uncheck("[name=agree]")
        assert page.text("output") == "False"
        assert page.count("p") == 0
        await page.fill("[name=name]", "")
        assert page.text("p") == "Enter a name."


async def test_passwords_are_neither_shown_nor_part_of_the_state() -> None:
    async with open_view(Signup) as page:
        await page.submit("form", name="x" * 20, password="hunter2", again="hunter2")
        assert page.count(".dj-field-invalid") == 1
        assert "hunter2" not in page.html


async def test_an_unknown_field_in_a_template_is_an_error_with_the_nearest_name() -> None:
    class Broken(FormMixin, LiveView):
        form_class = SignupForm
        template = "{{ form_field('nam') }}"

    with pytest.raises(ViewDidNotStart, match=r'no field "nam"\. Did you mean "name"'):
        async with open_view(Broken):
            pass


# --- rules that wait ------------------------------------------------------------------------


async def test_a_rule_that_waits_answers_later_and_the_field_says_so(
    autojump_clock: MockClock,
) -> None:
    async with open_view(Asking) as page:
        await page.fill("#field-name", "taken")
        assert page.attribute("#field-name", "aria-busy") == "true"
        await page.wait_for("taken is taken.")
        assert page.attribute("#field-name", "aria-busy") is None


async def test_the_newest_value_wins_over_a_slower_answer(autojump_clock: MockClock) -> None:
    async with open_view(Asking) as page:
        await page.fill("#field-name", "slow")
        await page.fill("#field-name", "fine")
        await trio.sleep(5)
        await page.settle()
        assert errors(page, "name") == []
        assert page.count(".dj-field-checking") == 0


async def test_a_submit_waits_for_the_rules_that_wait(autojump_clock: MockClock) -> None:
    async with open_view(Asking) as page:
        await page.submit("form", name="taken")
        assert errors(page, "name") == ["taken is taken."]
        assert page.text("i") == "0"
        await page.submit("form", name="fine")
        assert page.text("i") == "1"


async def test_a_rule_that_fails_leaves_the_view_alive(autojump_clock: MockClock) -> None:
    class FailingForm(Form):
        name = StringField()

        async def validate_name(self, field: Any) -> None:
            await trio.sleep(1)
            raise ConnectionError("The database is away.")

    class Failing(FormMixin, LiveView):
        form_class = FailingForm
        template = "{{ live_form() }}"

    async with open_view(Failing) as page:
        await page.fill("#field-name", "x")
        await page.wait_for(lambda: page.count(".dj-field-checking") == 0)
        assert "The database is away." in page.errors[-1].message


# --- once -------------------------------------------------------------------------------------


async def test_a_double_submit_does_its_work_once() -> None:
    async with open_view(Signup) as page:
        stamp = page.attribute("form", "dj-value-form-stamp")
        for _ in range(2):
            await page.call("submit_form", name="Ann", form_stamp=stamp)
        assert page.text("i").count("'name': 'Ann'") == 1


async def test_a_double_submit_of_a_form_that_is_emptied_does_its_work_once() -> None:
    class Emptied(Signup):
        def form_valid(self, form: Any) -> None:
            super().form_valid(form)
            self.reset_form()

    async with open_view(Emptied) as page:
        stamp = page.attribute("form", "dj-value-form-stamp")
        for _ in range(2):
            await page.call("submit_form", name="Ann", form_stamp=stamp)
        assert page.text("i").count("'name': 'Ann'") == 1
        await page.submit("form", name="Ann")
        assert page.text("i").count("'name': 'Ann'") == 2


async def test_a_form_without_a_stamp_is_not_accepted_twice_unchanged() -> None:
    async with open_view(Signup) as page:
        for _ in range(2):
            await page.call("submit_form", name="Ann")
        assert page.text("i").count("'name': 'Ann'") == 1


async def test_a_submit_of_a_page_that_the_view_never_showed_is_not_carried_out() -> None:
    async with open_view(Signup) as page:
        await page.call("submit_form", name="Ann", form_stamp="of another life")
        assert page.text("i") == "[]"
        assert "Look whether it has arrived" in page.text(".dj-form-errors")
        await page.submit("form", name="Ann")
        assert page.text("i").count("'name': 'Ann'") == 1


async def test_work_that_fails_can_be_submitted_again() -> None:
    class Failing(Signup):
        def form_valid(self, form: Any) -> None:
            if form.data["name"] == "bad":
                raise ValueError("no")
            super().form_valid(form)

    async with open_view(Failing) as page:
        with pytest.raises(EventFailed):
            await page.submit("form", name="bad")
        await page.submit("form", name="good")
        assert page.text("i").count("'name': 'good'") == 1


# --- the application's word --------------------------------------------------------------------


async def test_the_application_may_object_and_start_anew() -> None:
    class Objecting(Signup):
        def form_valid(self, form: Any) -> None:
            if form.data["name"] == "Bob":
                self.add_form_error("name", "Not you.")
            else:
                self.reset_form()

    async with open_view(Objecting) as page:
        await page.submit("form", name="Bob")
        assert errors(page, "name") == ["Not you."]
        assert told(page, "focus") == [["name"]]
        await page.submit("form", name="Ann", about="text")
        assert errors(page, "name") == []
        assert "text" not in page.text("output")
        assert told(page, "reset") == [list(SignupForm()._fields)]


async def test_hooks_may_wait_and_choices_may_come_from_the_view() -> None:
    class Choosing(FormMixin, LiveView):
        form_class = SignupForm
        template = "{{ form_choices.topics }}{{ form_field('topics') }}<i>{{ said }}</i>"
        said = ""

        def prepare_form(self, form: Any) -> None:
            form.topics.choices = ["x", "y"]
            del form.name

        async def form_valid(self, form: Any) -> None:
            await trio.lowlevel.checkpoint()
            self.said = "valid"

        async def form_invalid(self, form: Any) -> None:
            await trio.lowlevel.checkpoint()
            self.said = "invalid"

    async with open_view(Choosing) as page:
        assert page.texts("option") == ["x", "y"]
        await page.call("submit_form", topics=["z"])
        assert page.text("i") == "invalid"
        await page.call("submit_form", topics=["y"])
        assert page.text("i") == "valid"


async def test_all_kinds_of_fields_have_their_controls() -> None:
    class Stars:
        def __call__(self, field: Any, **attributes: Any) -> Markup:
            return Markup('<input class="stars" {}>').format(html_params(**attributes))

    class Address(Form):
        city = StringField("City")

    class AllKinds(Form):
        boxes = SelectMultipleField(
            choices=ONLY, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
        )
        grouped = SelectField(choices=GROUPED)
        stars = StringField(widget=Stars())
        hidden = HiddenField(default="h")
        address = FormField(Address)
        day = DateField(render_kw={"data_kind": "day", "class_": "wide"})
        send = SubmitField()

    class Kinds(FormMixin, LiveView):
        form_class = AllKinds
        form_initial = MappingProxyType({"address": {"city": "Rome"}, "grouped": "b"})
        template = "{{ live_form() }}<i>{{ said }}</i>"
        said: Any = None

        def form_valid(self, form: Any) -> None:
            self.said = form.data

    async with open_view(Kinds) as page:
        assert page.texts("optgroup[label=Second] option") == ["B"]
        assert page.value("#field-grouped") == "b"
        assert page.attribute(".stars", "dj-change") == "validate_field"
        assert page.attribute(".stars", "aria-busy") is None
        assert page.value("#field-address-city") == "Rome"
        assert page.attribute("input.wide", "data-kind") == "day"
        await page.check("#field-boxes input")
        await page.fill("#field-address-city", "Oslo")
        await page.submit("form", day="2026-01-02")
        assert "'boxes': ['only'], 'grouped': 'b'" in page.text("i")
        assert "'address': {'city': 'Oslo'}" in page.text("i")


@pytest.mark.parametrize("evil", CORPUS)
async def test_what_was_entered_stands_in_the_page_as_text(evil: str) -> None:
    class Echo(Signup):
        def prepare_form(self, form: Any) -> None:
            form.name.description = form.about.label.text = evil

        def form_valid(self, form: Any) -> None:
            self.add_form_error("about", evil)

    async with open_view(Echo) as page:
        await page.submit("form", name="Ann", about=evil, email=evil)
        assert page.value("#field-about") == evil
        assert page.text("#field-name-help") == " ".join(evil.split())
        assert page.texts("#field-about-errors p") == [" ".join(evil.split())]
        assert page.count("img, form script") == 0


# --- accessibility -------------------------------------------------------------------------------


async def test_controls_are_labelled_and_described() -> None:
    async with open_view(Signup) as page:
        assert page.text("label[for=field-email]") == "Email"
        assert page.attribute("#field-email", "aria-describedby") == (
            "field-email-help field-email-errors"
        )
        assert page.attribute("#field-email", "aria-invalid") == "false"
        assert page.attribute("#field-name", "required") == ""
        assert page.attribute("#field-plan", "role") == "radiogroup"
        assert page.text("#field-plan legend") == "Plan"
        assert page.attribute("#field-name-errors", "aria-live") == "polite"


async def test_a_form_goes_on_in_another_process_without_its_passwords() -> None:
    table = StateTable(10_000_000, trio.current_time)
    first, second = (app_with(MemoryStore(table)) for _ in range(2))
    async with first.running(), second.running(), open_browser(first) as page:
        await page.fill("#field-name", "x" * 11)
        await page.fill("#field-password", "hunter2")
        saved = str(table.__dict__) + str(first.runtime)
        await page.disconnect()
        page.visitor.app = second
        await page.reconnect()
        await page.settle()

        assert errors(page, "name") == ["Field cannot be longer than 10 characters."]
        assert page.value("#field-name") == "x" * 11
        assert "hunter2" not in saved
        await page.call("submit_form", name="Ann")
        assert "'password': ''" in page.text("i")


def app_with(store: MemoryStore) -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="secret", LIVE_ENV="development")
    app.state_store = store
    app.live("/", Signup)
    return app
