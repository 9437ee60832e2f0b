"""A document that several people read at once: who is there, where they point, what they marked."""

from __future__ import annotations

import hashlib
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import LiveCursorMixin, color_of

BIRDS = ("Heron", "Plover", "Avocet", "Curlew", "Dunlin", "Egret", "Godwit", "Knot", "Tern", "Wren")
MOODS = ("Quiet", "Early", "Patient", "Bright", "Lucky", "Gentle", "Swift", "Merry")

PARAGRAPHS = (
    (
        "The flats are walked at low water. Set out two hours before it and turn round when it comes, "
        "whatever the sky looks like: the way back is as long as the way there."
    ),
    (
        "Follow the withies. They are birch rods, pushed into the sand by whoever went first in "
        "spring, and the sea takes some of them each night. Two in sight are a path, one is a guess."
    ),
    (
        "The deep channel is crossed at the third sandbank. Water to the knee is right. If it runs "
        "to the left the tide still falls; when it stands still you have half an hour."
    ),
    (
        "Fog is the only thing to be afraid of. Stop where you are, look at the compass, and listen "
        "for the bell of the lighthouse: it strikes every forty seconds, and stands to the north."
    ),
    (
        "On the island there is tea. The ferry takes you back at five, unless the wind is against it, "
        "and then there is more tea."
    ),
)


class Document(LiveCursorMixin, LiveView):
    presence_key = "document:tidelands"
    template = """
    <link rel="stylesheet" href="/static/document.css">
    <article class="document" dj-cursors>
      <header>
        <h1>Across the flats</h1>
        <ul aria-label="Readers">
          {% for reader in readers %}
          <li dj-key="{{ reader.id }}" class="reader-{{ color(reader.id)[1:] }}
              {%- if reader.id == own %} own{% endif %}">{{ reader.meta.name }}
            {%- if reader.id == own %} <small>(you)</small>{% endif %}</li>
          {% endfor %}
        </ul>
        <p role="status">{{ readers | length }} reading
          {%- if last %}. {{ last }}{% endif %}</p>
      </header>
      <ol>
        {% for text in paragraphs %}
        <li>
          <p>{{ text }}</p>
          <p class="marks">
            <button class="quiet" dj-click="mark" dj-value-paragraph="{{ loop.index0 }}"
                    aria-pressed="{{ 'true' if own_mark == loop.index0 else 'false' }}"
                    aria-label="I am here, paragraph {{ loop.index }}">I am here</button>
            {% for reader in readers if reader.meta.mark == loop.index0 %}
            <span class="reader-{{ color(reader.id)[1:] }}" title="{{ reader.meta.name }}"
              >{{ reader.meta.name[0] }}</span>
            {% endfor %}
          </p>
        </li>
        {% endfor %}
      </ol>
      <form dj-submit="rename">
        <label>Others see you as <input name="name" maxlength="24" required value="{{ name }}"></label>
        <button>Change</button>
      </form>
      <p><small>Open this page in a second browser, and move the pointer over the text.</small></p>
    </article>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.own_mark: int | None = None
        self.last = ""
        self.name = name_for(request.session_id)
        self.track_presence({"name": self.name, "mark": None})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            paragraphs=PARAGRAPHS,
            readers=self.list_presences(),
            own=self.presence_id,
            color=color_of,
            **kwargs,
        )

    def handle_presence_join(self, presence: dict[str, Any]) -> None:
        self.last = f"{presence['meta']['name']} has come."

    def handle_presence_leave(self, presence: dict[str, Any]) -> None:
        self.last = f"{presence['meta']['name']} has gone."

    @event_handler()
    def mark(self, paragraph: int) -> None:
        self.own_mark = None if paragraph == self.own_mark else paragraph
        self.update_presence({"mark": self.own_mark})

    @event_handler()
    def rename(self, name: str) -> None:
        self.name = name.strip()[:24] or self.name
        self.update_presence({"name": self.name})


def name_for(session_id: str) -> str:
    """Return a name for somebody who has given none; the same for the same session."""
    number = int.from_bytes(hashlib.blake2b(session_id.encode(), digest_size=4).digest())
    return f"{MOODS[number % len(MOODS)]} {BIRDS[number // 8 % len(BIRDS)]}"


app = LiveApp(__name__)
app.live("/", Document)
