"""Expenses: behind a login, in three steps, with receipts that are sent while the rest is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from quart import redirect
from quart.typing import ResponseReturnValue
from wtforms import DateField, DecimalField, Form, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from examples import members
from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import DraftModeMixin, LoginRequiredMixin, UploadMixin, WizardMixin

PROJECTS: Any = ["Lighthouse", "Harbour", "Observatory"]
RECEIPTS = ".pdf,.jpg,.jpeg,.png"
MOST_SHOWN = 5


class TripForm(Form):
    """Where, when and what for."""

    purpose = StringField("Purpose", [InputRequired("Say what it was for."), Length(max=80)])
    project: Any = SelectField("Project", choices=PROJECTS)
    first_day = DateField("First day", [InputRequired("Enter the day you left.")])
    last_day = DateField("Last day", [InputRequired("Enter the day you were back.")])

    def validate_last_day(self, field: DateField) -> None:
        first = self.first_day.data
        if first and field.data and field.data < first:
            raise ValidationError("This is before the first day.")


class ReceiptsForm(Form):
    """What it has cost. The receipts themselves are no field: see `prepare_form` below."""

    total = DecimalField(
        "Total in euros",
        [InputRequired("Enter an amount."), NumberRange(Decimal("0.01"), 10_000)],
        places=2,
        description="The sum of all receipts.",
    )
    note = TextAreaField("A note for the office", [Length(max=400)])
    receipt_count = 0

    def validate_total(self, field: DecimalField) -> None:
        if not self.receipt_count:
            raise ValidationError("Add a receipt that proves it.")


@dataclass(frozen=True, slots=True)
class Claim:
    """What was handed in."""

    number: int
    purpose: str
    days: int
    total: str
    #: Their names and sizes.
    receipts: tuple[tuple[str, int], ...]


class Expenses(LiveView):
    """The front door, which everybody sees."""

    template = """
    <link rel="stylesheet" href="/static/members.css">
    <section class="members">
      <h1>Expenses</h1>
      {% if user.is_authenticated %}
      <p>You are {{ user.username }}. <a href="/expenses/claim" dj-navigate>Claim expenses</a></p>
      {% else %}
      <p>Who has been on a journey?</p>
      <form class="members-people" method="post" action="/members/login">
        <input type="hidden" name="next" value="/expenses/claim">
        {% for id, person in people.items() %}
        <button class="members-person" name="user" value="{{ id }}">
          <strong>{{ person.username }}</strong> <span>logs in without a password</span>
        </button>
        {% endfor %}
      </form>
      {% endif %}
    </section>
    """

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        people, user = members.PEOPLE, self.request.user
        return super().get_context_data(people=people, user=user, **kwargs)


class ExpenseClaim(LoginRequiredMixin, DraftModeMixin, UploadMixin, WizardMixin, LiveView):
    """Five behaviours in one page: each does its part, and none knows of the others."""

    login_url = "/expenses"
    draft_enabled = True
    draft_key = "expenses"
    wizard_steps = (
        {"name": "trip", "title": "The journey", "form_class": TripForm},
        {"name": "receipts", "title": "Receipts", "form_class": ReceiptsForm, "depends_on": ()},
        {"name": "review", "title": "Review"},
    )
    template = """
    <link rel="stylesheet" href="/static/claim_wizard.css">
    <link rel="stylesheet" href="/static/profile.css">
    <link rel="stylesheet" href="/static/expenses.css">
    {% flash %}
    <section class="claim expenses">
      <header>
        <h1>Expenses</h1>
        <form method="post" action="/members/logout">
          <input type="hidden" name="next" value="/expenses">
          <span>{{ user.username }}</span> <button class="quiet">Log out</button>
        </form>
      </header>
      {% if is_wizard_complete %}
      {% set claim = claims[0] %}
      <h2 dj-step-title tabindex="-1">Claim {{ claim.number }} is handed in</h2>
      <dl>
        <div><dt>Purpose</dt><dd>{{ claim.purpose }}</dd></div>
        <div><dt>Days</dt><dd>{{ claim.days }}</dd></div>
        <div><dt>Total</dt><dd>{{ claim.total }} €</dd></div>
        <div><dt>Receipts</dt><dd><ul>
          {% for name, size in claim.receipts %}<li>{{ name }}, {{ size|filesizeformat }}</li>{% endfor %}
        </ul></dd></div>
      </dl>
      <button dj-click="begin_anew">Claim more</button>
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
      <h2 dj-step-title>{{ current_step.title }}
        <small>Step {{ current_step.number }} of {{ total_steps }}</small></h2>
      {% if current_step.name == "trip" %}
      {{ live_form("Next") }}
      {% elif current_step.name == "receipts" %}
      <form dj-submit="submit_form" dj-value-form-stamp="{{ form_stamp }}" novalidate>
        <label class="profile-drop" dj-upload-drop="receipts">
          <strong>Drop receipts here</strong>
          <span>or choose them: up to {{ uploads.receipts.max_entries }} pictures or PDFs,
            {{ uploads.receipts.max_file_size|filesizeformat }} each</span>
          <input type="file" multiple dj-upload="receipts" accept="{{ uploads.receipts.accept }}">
        </label>
        <ul class="profile-files" aria-label="Chosen receipts">
          {% for entry in uploads.receipts.entries %}
          <li class="profile-file" dj-key="{{ entry.ref }}">
            <img dj-upload-preview="{{ entry.ref }}" alt="" hidden>
            <div>
              <span class="profile-name">{{ entry.client_name }}</span>
              {% if entry.error %}<span class="profile-error" role="alert">{{ entry.error }}</span>
              {% else %}
              <progress max="100" value="{{ entry.progress }}" dj-upload-progress="{{ entry.ref }}"
                        aria-label="{{ entry.client_name }}"></progress>
              <small>{{ entry.progress }} % of {{ entry.size|filesizeformat }}</small>
              {% endif %}
            </div>
            <button type="button" class="quiet" dj-click="cancel_upload" dj-value-name="receipts"
                    dj-value-ref="{{ entry.ref }}" aria-label="Remove {{ entry.client_name }}">&times;</button>
          </li>
          {% endfor %}
        </ul>
        {{ form_field("total") }} {{ form_field("note") }}
        <button>Next</button>
      </form>
      {% else %}
      <dl>
        <div><dt>Purpose</dt><dd>{{ step_data.trip.purpose }}</dd></div>
        <div><dt>Project</dt><dd>{{ step_data.trip.project }}</dd></div>
        <div><dt>From</dt><dd>{{ step_data.trip.first_day }}</dd></div>
        <div><dt>To</dt><dd>{{ step_data.trip.last_day }}</dd></div>
        <div><dt>Total</dt><dd>{{ step_data.receipts.total }} €</dd></div>
        <div><dt>Receipts</dt>
          <dd><ul>{% for name in received %}<li>{{ name }}</li>{% endfor %}</ul></dd></div>
        {% if step_data.receipts.note %}
        <div><dt>Note</dt><dd>{{ step_data.receipts.note }}</dd></div>
        {% endif %}
      </dl>
      <button dj-click="submit_wizard">Hand it in</button>
      {% endif %}
      {% if can_go_back %}<button type="button" class="quiet" dj-click="prev_step">Back</button>{% endif %}
      <p class="expenses-note"><small>Load the page anew whenever you like: what you typed is still there. Choose the same
        receipts again, and what was sent is not sent twice.</small></p>
      {% endif %}
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.claims: tuple[Claim, ...] = ()
        self.allow_upload("receipts", accept=RECEIPTS, max_entries=8, max_file_size=20_000_000)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, received = self.request.user, self.received()
        return super().get_context_data(user=user, received=received, **kwargs)

    def received(self) -> list[str]:
        """The names of the receipts that are here whole."""
        entries = self.upload_entries("receipts")
        return [entry.client_name for entry in entries if entry.status == "done"]

    def prepare_form(self, form: Any) -> None:
        if isinstance(form, ReceiptsForm):
            form.receipt_count = len(self.received())

    def on_wizard_complete(self, step_data: dict[str, dict[str, Any]]) -> None:
        trip, cost = step_data["trip"], step_data["receipts"]
        files = self.consume_uploaded_entries("receipts")
        claim = Claim(
            number=len(self.claims) + 1,
            purpose=trip["purpose"],
            days=(trip["last_day"] - trip["first_day"]).days + 1,
            total=f"{cost['total']:,.2f}",
            receipts=tuple((file.client_name, file.size) for file in files),
        )
        self.claims = (claim, *self.claims)[:MOST_SHOWN]
        self.clear_draft()
        self.put_flash("success", f"Thank you, {self.request.user.username}. The office has it.")

    @event_handler()
    def begin_anew(self) -> None:
        self.reset_wizard()


def install(app: LiveApp, claim: type[LiveView] = ExpenseClaim) -> None:
    """Add what is behind the door. Who may log in, and how, is the members' example."""
    app.live("/expenses/claim", claim)


app = LiveApp(__name__)
app.live("/expenses", Expenses)
app.live("/members", members.Members)
members.install(app)
install(app)


@app.get("/")
async def index() -> ResponseReturnValue:
    return redirect("/expenses")
