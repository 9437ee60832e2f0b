"""A form that is checked while it is filled in; whether a name is free, a slow service says."""

from __future__ import annotations

from typing import Any

import trio
from wtforms import BooleanField, EmailField, Form, PasswordField, RadioField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Regexp, ValidationError

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import FormMixin

TAKEN = frozenset({"admin", "ada", "grace", "linus", "root"})
SECONDS_TO_ASK = 0.6
PLANS: Any = ["Free", "Studio", "Company"]


async def ask_whether_taken(name: str) -> bool:
    """Stands for a question to a database or another service."""
    await trio.sleep(SECONDS_TO_ASK)
    return name.lower() in TAKEN


class SignupForm(Form):
    """What it takes to become a member."""

    name = StringField(
        "User name",
        [
            InputRequired("Choose a name."),
            Length(3, 20, "Use 3 to 20 characters."),
            Regexp(
                r"^[A-Za-z][\w-]*$", message="Begin with a letter; then letters, digits, - and _."
            ),
        ],
        description="Others see it. Try “ada”, which is taken.",
        render_kw={"autocomplete": "username", "spellcheck": "false"},
    )
    email = EmailField(
        "Email",
        [
            InputRequired("Enter an address that reaches you."),
            Regexp(
                r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message="This is no address such as ada@example.org."
            ),
        ],
        render_kw={"autocomplete": "email"},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Choose a password."), Length(min=10, message="Use 10 characters or more.")],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "Password again",
        [InputRequired("Repeat the password."), EqualTo("password", "The passwords differ.")],
        render_kw={"autocomplete": "new-password"},
    )
    plan = RadioField("Plan", choices=PLANS, default="Free")
    terms = BooleanField("I have read the terms", [InputRequired("Agree to the terms.")])

    async def validate_name(self, field: StringField) -> None:
        if await ask_whether_taken(str(field.data)):
            raise ValidationError(f"“{field.data}” is taken. Is {field.data}-1 right for you?")


class Signup(FormMixin, LiveView):
    form_class = SignupForm
    template = """
    <link rel="stylesheet" href="/static/signup.css">
    {% flash %}
    <section class="signup">
      {% if member %}
      <h1>Hello, {{ member }}</h1>
      <p>Your account is there. This is where the application would begin.</p>
      <button class="quiet" dj-click="begin_anew">Create another account</button>
      {% else %}
      <h1>Create your account</h1>
      {{ live_form("Create account") }}
      {% endif %}
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.member = ""

    def form_valid(self, form: Any) -> None:
        self.member = form.data["name"]
        self.put_flash("success", "Account created!")

    @event_handler()
    def begin_anew(self) -> None:
        self.member = ""
        self.reset_form()


app = LiveApp(__name__)
app.live("/", Signup)
