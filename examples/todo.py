"""A to-do list: rows that keep their place, editing within a row, and a filter in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler

FILTERS = {"all": "All", "open": "Open", "done": "Done"}


@dataclass(frozen=True, slots=True)
class Item:
    """Something to do. A change makes a new one, so that only its own row is rendered."""

    id: int
    text: str
    is_done: bool = False


FIRST_ITEMS = (
    Item(1, "Open this page and look around", is_done=True),
    Item(2, "Edit this row: Enter saves, Escape leaves it as it was"),
    Item(3, "Choose a filter, then reload the page"),
)


class Todo(LiveView):
    template = """
    <link rel="stylesheet" href="/static/todo.css">
    <section class="todo">
      <h1>To do</h1>
      <form class="todo-add" dj-submit="add">
        <input name="draft" value="{{ draft }}" dj-input="write" maxlength="80" autocomplete="off"
               placeholder="What needs doing?" aria-label="New item">
        <button>Add</button>
        <small>{% if draft %}{{ 80 - draft|length }} characters left{% endif %}</small>
      </form>
      <nav aria-label="Filter">
        {% for name, label in filters.items() %}
        <a href="?show={{ name }}" dj-patch {% if name == show %}aria-current="page"{% endif %}
           >{{ label }}</a>
        {% endfor %}
      </nav>
      <ul>
        {% for item in visible %}
        <li dj-key="{{ item.id }}" class="{{ 'done' if item.is_done }}">
          {% if item.id == editing %}
          <form dj-submit="save" dj-value-item="{{ item.id }}">
            <input name="text" value="{{ item.text }}" maxlength="80" autocomplete="off" autofocus
                   aria-label="New text" dj-keydown.escape="cancel" dj-blur="save"
                   dj-value-item="{{ item.id }}">
            <button>Save</button>
          </form>
          {% else %}
          <label>
            <input type="checkbox" dj-change="toggle" dj-value-item="{{ item.id }}"
                   {% if item.is_done %}checked{% endif %}>
            <span>{{ item.text }}</span>
          </label>
          <button class="quiet" dj-click="edit" dj-value-item="{{ item.id }}"
                  aria-label="Edit {{ item.text }}">Edit</button>
          <button class="quiet" dj-click="remove" dj-value-item="{{ item.id }}"
                  aria-label="Delete {{ item.text }}">Delete</button>
          {% endif %}
        </li>
        {% else %}
        <li class="empty">Nothing here.</li>
        {% endfor %}
      </ul>
      <footer>
        <span role="status">{{ left }} {{ "item" if left == 1 else "items" }} left</span>
        {% if left < total %}
        <button class="quiet" dj-click="clear_done">Clear completed</button>
        {% endif %}
      </footer>
    </section>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.items: tuple[Item, ...] = FIRST_ITEMS
        self.draft = ""
        self.editing: int | None = None
        self.show = "all"

    def handle_params(self, params: dict[str, Any], uri: str) -> None:
        show = params.get("show")
        self.show = show if show in FILTERS else "all"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted = {"all": (True, False), "open": (False,), "done": (True,)}[self.show]
        return super().get_context_data(
            filters=FILTERS,
            visible=[item for item in self.items if item.is_done in wanted],
            left=sum(not item.is_done for item in self.items),
            total=len(self.items),
            **kwargs,
        )

    @event_handler()
    def write(self, draft: str) -> None:
        self.draft = draft

    @event_handler()
    def add(self, draft: str) -> None:
        self.draft = ""
        if text := draft.strip():
            next_id = max((item.id for item in self.items), default=0) + 1
            self.items += (Item(next_id, text),)
            if self.show == "done":
                self.live_patch(params={"show": "open"})

    @event_handler()
    def toggle(self, item: int, checked: bool) -> None:
        self._change(item, is_done=checked)

    @event_handler()
    def edit(self, item: int) -> None:
        self.editing = item

    @event_handler()
    def save(self, item: int, text: str) -> None:
        # Leaving the field saves as well, also when it is left because Enter has saved.
        if self.editing == item:
            self.editing = None
            if text.strip():
                self._change(item, text=text.strip())

    @event_handler()
    def cancel(self, **kwargs: Any) -> None:
        self.editing = None

    @event_handler()
    def remove(self, item: int) -> None:
        self.items = tuple(one for one in self.items if one.id != item)

    @event_handler()
    def clear_done(self) -> None:
        self.items = tuple(one for one in self.items if not one.is_done)

    def _change(self, item: int, **changes: Any) -> None:
        self.items = tuple(replace(one, **changes) if one.id == item else one for one in self.items)


app = LiveApp(__name__)
app.live("/", Todo)
