"""An inbox: the tab's title and the badge on its icon say how much is unread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler

SENDERS = (
    ("Ada Byron", "The engine", "Note G is done. It computes what you asked for, in theory."),
    ("Grace Murray", "Found a bug", "It is a moth. I have taped it into the log book."),
    ("Alan M. T.", "Dinner?", "I can be reached at seven, or it cannot be decided whether."),
    ("Hedy K.", "Frequencies", "They change all the time. That is the idea."),
    ("Karl G.", "Numbers", "I had this result long ago and did not write it down."),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. A change makes a new one, so that only its own row is rendered."""

    id: int
    sender: str
    subject: str
    text: str
    is_read: bool = False


class Inbox(LiveView):
    template = """
    <link rel="stylesheet" href="/static/inbox.css">
    <section class="inbox">
      <header>
        <h1>Inbox</h1>
        <span role="status">{{ unread }} unread</span>
      </header>
      <p>
        <button dj-click="fetch">Fetch mail</button>
        {% if unread %}<button class="quiet" dj-click="read_all">Mark all as read</button>{% endif %}
      </p>
      <ul>
        {% for letter in letters %}
        <li dj-key="{{ letter.id }}" class="{{ 'read' if letter.is_read else 'unread' }}">
          <button class="quiet" dj-click="open" dj-value-letter="{{ letter.id }}"
                  aria-expanded="{{ 'true' if letter.id == opened else 'false' }}">
            <strong>{{ letter.sender }}</strong><span>{{ letter.subject }}</span>
          </button>
          {% if letter.id == opened %}<p>{{ letter.text }}</p>{% endif %}
        </li>
        {% else %}
        <li class="empty">Nothing here.</li>
        {% endfor %}
      </ul>
      <p><small>Look at the tab of this page: its title counts, and so does its icon.</small></p>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.letters: tuple[Letter, ...] = ()
        self.opened: int | None = None
        self.page_meta = {"description": "Letters from people who knew."}
        self.fetch()
        self.fetch()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(unread=self._count_unread(), **kwargs)

    @event_handler()
    def fetch(self) -> None:
        number = len(self.letters)
        self._keep((Letter(number, *SENDERS[number % len(SENDERS)]), *self.letters))

    @event_handler()
    def open(self, letter: int) -> None:
        self.opened = None if self.opened == letter else letter
        read = [replace(one, is_read=True) if one.id == letter else one for one in self.letters]
        self._keep(tuple(read))

    @event_handler()
    def read_all(self) -> None:
        self._keep(tuple(replace(one, is_read=True) for one in self.letters))

    def _keep(self, letters: tuple[Letter, ...]) -> None:
        self.letters = letters
        unread = self._count_unread()
        self.page_title = f"Inbox ({unread})" if unread else "Inbox"
        self.page_meta["badge"] = unread or None

    def _count_unread(self) -> int:
        return sum(not one.is_read for one in self.letters)


app = LiveApp(__name__)
app.live("/", Inbox)
