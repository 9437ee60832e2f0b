"""A view whose page changes all the time, while somebody writes into it."""

from __future__ import annotations

from typing import Any

from wtforms import Form, PasswordField, StringField
from wtforms.validators import Regexp

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import FormMixin


class Words(Form):
    word = StringField("Word", [Regexp(r"\S*$")])
    secret = PasswordField("Secret")


class Writing(FormMixin, LiveView):
    form_class = Words
    template = """
    <p>{{ ticks }}</p>
    <label>Bound <input dj-model.debounce-0="bound"></label>
    <label>Pausing <textarea dj-model.debounce-80="pausing"></textarea></label>
    <label>Loud <input dj-model.debounce-0="loud"></label>
    <label>Told <input name="told" value="{{ told }}" dj-input="tell" dj-debounce="0"></label>
    <label>Twin <input dj-model.lazy="bound"></label>
    <label>Count <input dj-model.lazy="count"></label>
    <label><input type="checkbox" value="a" dj-model="letters"> a</label>
    <label><input type="checkbox" value="b" dj-model="letters"> b</label>
    <label><input type="radio" name="size" value="s" dj-model="size"> small</label>
    <label><input type="radio" name="size" value="l" dj-model="size"> large</label>
    <label>Many <select multiple dj-model="many"><option>x</option><option>y</option></select></label>
    {% if more %}<label>Late <input dj-model="late"></label>{% endif %}
    {{ live_form() }}
    <button type="button" dj-click="change">Change</button>
    <dl>{% for name, value in shown %}<dt>{{ name }}</dt><dd id="{{ name }}">{{ value }}</dd>{% endfor %}</dl>
    """
    tick_interval = 40

    def mount(self, request: Request, **params: Any) -> None:
        self.ticks = self.count = 0
        self.bound = self.pausing = self.loud = self.told = "hello world"
        self.letters, self.size, self.many, self.late = ["b"], "l", ["y"], "came later"
        self.more = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        names = ("bound", "pausing", "loud", "told", "count", "letters", "size", "many", "late")
        shown = [(name, getattr(self, name)) for name in names]
        shown.append(("word", self.form_data["word"]))
        shown.append(("secret", self._secret_length))
        return super().get_context_data(shown=shown, **kwargs)

    def prepare_form(self, form: Any) -> None:
        self._secret_length = len(form.secret.data or "")

    def handle_tick(self) -> None:
        self.ticks += 1

    def on_loud_change(self, value: str) -> None:
        self.loud = value.upper()

    @event_handler()
    def tell(self, told: str) -> None:
        self.told = told

    @event_handler()
    def change(self) -> None:
        self.letters, self.size, self.many = ["a"], "s", ["x", "y"]
        self.bound, self.more = "changed", True


app = LiveApp(__name__)
app.live("/", Writing)
