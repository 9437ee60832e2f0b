"""A claim in four steps: each has its address, one is only there for cars, the last shows it all."""

from __future__ import annotations

from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Form,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Regexp, ValidationError

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import WizardMixin

KINDS: Any = ["Car", "Home", "Travel"]


class PersonalForm(Form):
    """Who claims."""

    name = StringField("Full name", [InputRequired("Enter your name.")])
    email = EmailField(
        "Email",
        [
            InputRequired("Enter an address."),
            Regexp(r"[^@\s]+@[^@\s]+", message="This is no address."),
        ],
        description="We write there when the claim is settled.",
    )


class IncidentForm(Form):
    """What has happened."""

    kind = RadioField("What is insured?", choices=KINDS, default="Home")
    day = DateField("When did it happen?", [InputRequired("Enter a date.")])
    story = TextAreaField(
        "What happened?", [Length(min=10, message="Tell a little more: 10 characters at least.")]
    )


class VehicleForm(Form):
    """Which car."""

    plate = StringField("Number plate", [InputRequired("Enter the number plate.")])
    year = IntegerField(
        "Built in",
        [InputRequired("Enter a year."), NumberRange(1950, 2030, "Enter a year such as 2019.")],
    )
    is_roadworthy = BooleanField("It can still be driven")

    def validate_plate(self, field: StringField) -> None:
        if not any(character.isdigit() for character in field.data or ""):
            raise ValidationError("A number plate has a digit.")


class ClaimWizard(WizardMixin, LiveView):
    wizard_steps = (
        {"name": "personal", "title": "About you", "form_class": PersonalForm},
        {"name": "incident", "title": "What happened", "form_class": IncidentForm},
        {
            "name": "vehicle",
            "title": "Your car",
            "form_class": VehicleForm,
            "when": lambda data: data["incident"].get("kind") == "Car",
        },
        {"name": "review", "title": "Review"},
    )
    template = """
    <link rel="stylesheet" href="/static/claim_wizard.css">
    <section class="claim">
      <h1>Report a claim</h1>
      {% if is_wizard_complete %}
      <p role="status" class="claim-done">Thank you. Your claim has the number {{ number }}.</p>
      <button class="quiet" dj-click="begin_anew">Report another</button>
      {% else %}
      <nav aria-label="Steps"><ol>
        {% for step in steps %}
        <li class="{{ 'done' if step.is_complete }}"{% if step.is_current %} aria-current="step"{% endif %}>
          {% if step.can_open and not step.is_current %}
          <a dj-patch href="{{ step.url }}">{{ step.title }}</a>
          {% else %}<span>{{ step.title }}</span>{% endif %}
        </li>
        {% endfor %}
      </ol></nav>
      <progress max="100" value="{{ progress_percent }}" aria-label="Progress"></progress>
      <h2 dj-step-title>{{ current_step.title }}
        <small>Step {{ current_step.number }} of {{ total_steps }}</small></h2>
      {% if current_step.name == "review" %}
        {% for step in steps if step.name != "review" %}
        <h3>{{ step.title }} <a dj-patch href="{{ step.url }}" aria-label="Change {{ step.title }}">Change</a></h3>
        <dl>{% for name, value in step_data[step.name].items() %}
          <div><dt>{{ name|replace("_", " ")|capitalize }}</dt>
            <dd>{{ "Yes" if value is true else "No" if value is false else value }}</dd></div>
        {% endfor %}</dl>
        {% endfor %}
        <button dj-click="submit_wizard">Send the claim</button>
      {% else %}
        {{ live_form("Next") }}
      {% endif %}
      {% if can_go_back %}<button type="button" class="quiet" dj-click="prev_step">Back</button>{% endif %}
      {% endif %}
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.number = ""

    def on_wizard_complete(self, step_data: dict[str, dict[str, Any]]) -> None:
        day = step_data["incident"]["day"]
        self.number = f"{day:%y%m%d}-{len(step_data['personal']['name']):03}"

    @event_handler()
    def begin_anew(self) -> None:
        self.reset_wizard()


app = LiveApp(__name__)
app.live("/", ClaimWizard)
