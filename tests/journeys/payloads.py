"""One page for each mixin, which says by its means what must never become code."""

from __future__ import annotations

from typing import Any

from wtforms import Form, SelectField, StringField
from wtforms.validators import ValidationError

from examples.react_island import STATIC, components
from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import (
    DraftModeMixin,
    FormMixin,
    LiveCursorMixin,
    LoginRequiredMixin,
    PermissionRequiredMixin,
    PresenceMixin,
    ReactMixin,
    UploadMixin,
    WizardMixin,
)

PAYLOADS = (
    "<script>window.ran = 1</script>",
    '"><img src=x onerror="window.ran = 1">',
    "'><svg onload='window.ran = 1'>",
    "</script><script>window.ran = 1</script>",
    "</textarea></title><b class=injected>",
    "javascript:window.ran = 1",
    "a\u2028b\u2029c",
    "{{ 7 * 7 }}",
)
#: Spaces at both ends keep texts apart that are put behind one another.
ALL = " ".join(PAYLOADS)


class Streaming(LiveView):
    template = "<p class='said' dj-stream='text'></p><p dj-stream='error'></p>"

    def mount(self, request: Request, **params: Any) -> None:
        self.start_async(self.write)

    async def write(self) -> None:
        await self.stream_text("text", ALL)
        await self.stream_error("error", ALL)


class Streams(LiveView):
    template = """<ul dj-stream="rows">{% for dom_id, row in streams.rows %}
    <li id="{{ dom_id }}" class="said" title="{{ row.id }}">{{ row.id }}</li>{% endfor %}</ul>"""

    def mount(self, request: Request, **params: Any) -> None:
        self.stream("rows", [{"id": ALL}])

    def handle_info(self, message: Any) -> None:
        self.stream_insert("rows", {"id": f"{ALL} again"})


class Presence(PresenceMixin, LiveView):
    presence_key = ALL
    template = """{% for one in present %}<p class="said">{{ one.meta.name }}</p>{% endfor %}"""

    def mount(self, request: Request, **params: Any) -> None:
        self.track_presence({"name": ALL})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(present=self.list_presences(), **kwargs)


class LiveCursor(LiveCursorMixin, LiveView):
    presence_key = "cursors"
    template = "<div dj-cursors style='height: 300px'><p>Point at me</p></div>"

    def mount(self, request: Request, **params: Any) -> None:
        self.track_presence({"name": ALL})


class Notification(LiveView):
    template = "<p class='said' title='{{ said }}'>{{ said }}</p>"

    def mount(self, request: Request, **params: Any) -> None:
        self.said = ""
        self.subscribe("payloads")
        self.broadcast("payloads", ALL)

    def handle_info(self, message: Any) -> None:
        self.said = message


class AsyncWork(LiveView):
    template = "<p class='said'>{{ said }}</p><p>{{ failure }}</p>"

    def mount(self, request: Request, **params: Any) -> None:
        self.said = self.failure = ""
        self.start_async(self.answer, name=ALL)
        self.start_async(self.fail, name="failing")

    async def answer(self) -> str:
        return ALL

    async def fail(self) -> None:
        raise ValueError(ALL)

    def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> None:
        if error is None:
            self.said = f"{name} {result}"
        else:
            self.failure = str(error)


class ModelBinding(LiveView):
    template = "<input dj-model='said'><p class='said' title='{{ said }}'>{{ said }}</p>"

    def mount(self, request: Request, **params: Any) -> None:
        self.said = ""


class Flash(LiveView):
    template = "{% flash auto_dismiss=0 %}<button dj-click='say'>Say</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.put_flash("info", ALL)

    @event_handler()
    def say(self) -> None:
        self.put_flash("error", ALL)


class PageMetadata(LiveView):
    template = "<p class='said'>{{ said }}</p><button dj-click='say'>Say</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.said = ALL
        self._tell("")

    @event_handler()
    def say(self) -> None:
        self._tell("again ")

    def _tell(self, before: str) -> None:
        self.page_title = before + ALL
        links = dict.fromkeys(("canonical", "favicon"), "javascript:window.ran = 1")
        self.page_meta = {"description": before + ALL, "og:title": before + ALL, **links}


class Activity(LiveView):
    template = """<button dj-click="turn">Turn</button>
    {% dj_activity "region" visible=is_shown %}<p class="said" title="{{ said }}">{{ said }}</p>
    {% enddj_activity %}"""

    def mount(self, request: Request, **params: Any) -> None:
        self.is_shown = False
        self.said = "nothing"

    @event_handler()
    def turn(self) -> None:
        self.said = ALL
        self.set_activity_visible("region", True)


class SayingForm(Form):
    """Its label, description, choices and errors all say it."""

    text = StringField(ALL, description=ALL, render_kw={"placeholder": ALL})
    choice: Any = SelectField(ALL, choices=[(ALL, ALL)])

    def validate_text(self, field: StringField) -> None:
        raise ValidationError(f"{field.data} {ALL}")


class Forms(FormMixin, LiveView):
    form_class = SayingForm
    template = "{{ live_form() }}<p class='said'>{{ form_errors.text|join }}</p>"


class Wizard(WizardMixin, LiveView):
    wizard_steps = (
        {"name": "first", "title": ALL, "form_class": SayingForm},
        {"name": "second", "title": ALL},
    )
    template = """<h1 class="said">{{ current_step.title }}</h1>
    {% for step in steps %}<i>{{ step.title }}</i>{% endfor %}{{ live_form() }}"""


class Upload(UploadMixin, LiveView):
    template = """<input type="file" dj-upload="file" multiple>
    {% for entry in uploads.file.entries %}
    <p class="said" title="{{ entry.client_name }}">{{ entry.client_name }}</p><i>{{ entry.error }}</i>
    {% endfor %}"""

    def mount(self, request: Request, **params: Any) -> None:
        self.allow_upload("file", accept=".png", max_entries=10)


class Draft(DraftModeMixin, LiveView):
    draft_enabled = True
    draft_key = ALL
    template = "<input name='said' dj-model='said'><p class='said'>{{ said }}</p>"

    def mount(self, request: Request, **params: Any) -> None:
        self.said = ""


class React(ReactMixin, LiveView):
    react_components = components
    template = "<p class='said'>{{ said }}</p>{{ react('Button', label=said) }}"

    def mount(self, request: Request, **params: Any) -> None:
        self.said = ALL


class Login(LoginRequiredMixin, LiveView):
    login_url = "/enter"
    template = "<p>for members</p>"


class Permission(PermissionRequiredMixin, LiveView):
    login_url = "/enter"
    permission_required = "nobody.has_it"
    template = "<p>for the few</p>"


class Entrance(LiveView):
    """Where visitors log in: it shows where they wanted to go."""

    template = "<p class='said'>{{ came_from }}</p>"

    def mount(self, request: Request, **params: Any) -> None:
        self.came_from = request.args.get("next", "")


app = LiveApp(__name__, static_folder=str(STATIC), static_url_path="/static")
PAGES: tuple[type[LiveView], ...] = (
    Streaming,
    Streams,
    Presence,
    LiveCursor,
    Notification,
    AsyncWork,
    ModelBinding,
    Flash,
    PageMetadata,
    Activity,
    Forms,
    Wizard,
    Upload,
    Draft,
    React,
    Login,
    Permission,
)
for view in PAGES:
    app.live(f"/{view.__name__.lower()}", view)
app.live("/enter", Entrance)
