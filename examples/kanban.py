"""A board of cards that several people move at once: pointers, drafts, and who edits what."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from examples.document import name_for
from examples.kanban_store import COLUMNS, Card, MemoryStore, PostgresStore, Store, place_at
from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import DraftModeMixin, LiveCursorMixin, color_of

MOST_CHARACTERS = 200
MOST_CARDS = 200
STEPS = {"ArrowUp": (0, -1), "ArrowDown": (0, 1), "ArrowLeft": (-1, 0), "ArrowRight": (1, 0)}


class Kanban(DraftModeMixin, LiveCursorMixin, LiveView):
    store: ClassVar[Store]
    presence_key = "kanban"
    draft_enabled = True
    draft_key = "kanban-card"
    template = """
    {% macro grip(card, held, draws_focus) %}
    <button class="board-grip quiet" dj-click="pick_up" dj-value-card="{{ card.id }}"
            aria-label="Move: {{ card.text }}" title="Move" {% if draws_focus %}autofocus{% endif %}
            aria-pressed="{{ 'true' if card.id == held else 'false' }}"
            ><span aria-hidden="true">⠿</span></button>
    {% endmacro %}
    <link rel="stylesheet" href="/static/readers.css">
    <link rel="stylesheet" href="/static/kanban.css">
    <section class="board">
      <header>
        <h1>Kanban</h1>
        <ul aria-label="People at this board">
          {% for one in people %}
          <li dj-key="{{ one.id }}" class="reader-{{ color(one.id)[1:] }}{{ ' own' if one.id == own }}">
            <span class="reader-face" aria-hidden="true">{{ one.meta.name[0] }}</span>
            <span class="board-name">{{ one.meta.name }}{{ " (you)" if one.id == own }}</span></li>
          {% endfor %}
        </ul>
      </header>
      <form class="board-add" dj-submit="add" data-draft-enabled data-draft-key="{{ draft_key }}">
        <label class="board-new">New card
          <input name="new_text" dj-model="new_text" required maxlength="{{ most }}" autocomplete="off"
                 placeholder="What is to be done?"></label>
        <label>Column <select name="new_stage" dj-model="new_stage">
          {% for stage, title in columns.items() %}<option value="{{ stage }}">{{ title }}</option>{% endfor %}
        </select></label>
        <button>Add card</button>
      </form>
      <p class="board-news"><span role="status">{{ news }}</span>
        {% if removed %}<button class="quiet" dj-click="put_back">Put it back</button>{% endif %}</p>
      <div class="board-columns" dj-cursors>
        {% for stage, title in columns.items() %}
        {% set stage_cards = cards|selectattr("stage", "equalto", stage)|list %}
        <section aria-labelledby="stage-{{ stage }}">
          <h2 id="stage-{{ stage }}">{{ title }} <small>{{ stage_cards|length }}</small></h2>
          <ol>
            {% for card in stage_cards %}
            <li dj-key="{{ card.id }}" class="{{ 'held' if card.id == held }}">
              {% if held is not none and card.id != held and (loop.first or loop.previtem.id != held) %}
              <button class="board-slot" dj-click="put" dj-value-stage="{{ stage }}"
                      dj-value-before="{{ card.id }}" aria-label="Put it here, before {{ card.text }}"
                      >Put it here</button>
              {% endif %}
              <article id="card-{{ card.id }}">
                {% if card.id == editing %}
                <form dj-submit="save" dj-value-card="{{ card.id }}">
                  <textarea name="text" maxlength="{{ most }}" autofocus aria-label="Text of the card"
                            dj-input="rewrite" dj-debounce="0" dj-keydown.escape="leave">{{ edited }}</textarea>
                  <button>Save</button>
                  <button type="button" class="quiet" dj-click="leave">Leave as it was</button>
                </form>
                {% else %}
                {# Two branches: what has come anew can draw the focus. #}
                {% if (card.id, card.stage) == let_go %}{{ grip(card, held, true) }}
                {% else %}{{ grip(card, held, false) }}{% endif %}
                <button class="board-text quiet" dj-click="edit" dj-value-card="{{ card.id }}"
                        title="Edit">{{ card.text }}</button>
                <button class="board-remove quiet" dj-click="remove" dj-value-card="{{ card.id }}"
                        aria-label="Remove: {{ card.text }}" title="Remove"><span aria-hidden="true">✕</span></button>
                {% endif %}
                {% for one in people if one.meta.card == card.id and one.id != own %}
                <small class="board-by reader-{{ color(one.id)[1:] }}">{{ one.meta.name }} {{ one.meta.doing }} this</small>
                {% endfor %}
              </article>
            </li>
            {% endfor %}
          </ol>
          {% if held is not none and not (stage_cards and stage_cards[-1].id == held) %}
          <button class="board-slot" dj-click="put" dj-value-stage="{{ stage }}"
                  aria-label="Put it here, at the end of {{ title }}">Put it here</button>
          {% elif not stage_cards %}
          <p class="board-empty">No cards.</p>
          {% endif %}
        </section>
        {% endfor %}
      </div>
      {% if held_card %}
      <div class="board-tools" role="toolbar" aria-label="Move the card" tabindex="0" autofocus
           dj-keydown.up="step" dj-keydown.down="step" dj-keydown.left="step" dj-keydown.right="step"
           dj-keydown.escape="cancel">
        <p><strong>{{ held_card.text }}</strong>
          <small>Arrow keys move it, Escape puts it back.</small></p>
        <div>
          <button class="quiet" dj-click="step" dj-value-key="ArrowLeft" aria-label="To the left">←</button>
          <button class="quiet" dj-click="step" dj-value-key="ArrowUp" aria-label="Up">↑</button>
          <button class="quiet" dj-click="step" dj-value-key="ArrowDown" aria-label="Down">↓</button>
          <button class="quiet" dj-click="step" dj-value-key="ArrowRight" aria-label="To the right">→</button>
          <button dj-click="drop">Done</button>
        </div>
      </div>
      {% endif %}
      <footer><small>{{ sentence }}</small></footer>
    </section>
    """

    async def mount(self, request: Request, **params: Any) -> None:
        self.store.follow(self)
        self.cards = tuple(await self.store.all())
        self.news = "Open this board in a second browser."
        self.new_text, self.new_stage = "", "todo"
        #: The card that is edited, and its text so far: another may move it to another column.
        self.editing: int | None = None
        self.edited = ""
        #: The card that is picked up, and where it was before.
        self.held: int | None = None
        self.held_from: Card | None = None
        #: The card that was left last, and its column: the keyboard goes on there.
        self.let_go: tuple[int, str] | None = None
        self.removed: Card | None = None
        self.track_presence({"name": name_for(request.session_id), "card": None, "doing": ""})

    async def handle_info(self, message: Any) -> None:
        # Also after a gap: nobody knows what has changed meanwhile.
        await self._look_again()

    async def _look_again(self) -> None:
        before = {card.id: card for card in self.cards}
        self.cards = tuple(await self.store.all())
        self.news = news_of(before, self.cards) or self.news
        there = {card.id for card in self.cards}
        if self.let_go not in {(card.id, card.stage) for card in self.cards}:
            # Where others put it must not draw the focus there.
            self.let_go = None
        if self.held not in there:
            self.held = self.held_from = None
        if self.editing not in there:
            self.editing = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            columns=COLUMNS,
            people=self.list_presences(),
            own=self.presence_id,
            color=color_of,
            held_card=self._card(self.held),
            most=MOST_CHARACTERS,
            sentence=self.store.sentence,
            **kwargs,
        )

    # --- cards come, change and go ----------------------------------------------------------

    @event_handler()
    async def add(self, new_text: str, new_stage: str) -> None:
        text = new_text.strip()[:MOST_CHARACTERS]
        if not text or new_stage not in COLUMNS:
            return
        if len(self.cards) >= MOST_CARDS:
            self.news = f"{MOST_CARDS} cards are on the board, and no more fit. Remove one first."
            return
        cards = self._cards_in(new_stage)
        await self.store.add(new_stage, place_at(cards, len(cards)) or 0, text)
        self.new_text = ""
        self.clear_draft()

    @event_handler()
    def edit(self, card: int) -> None:
        known = self._card(card)
        if known is not None:
            self.editing, self.edited, self.held = card, known.text, None
            self._show_what_i_do(card, "edits")

    @event_handler()
    def rewrite(self, text: str) -> None:
        self.edited = text[:MOST_CHARACTERS]

    @event_handler()
    async def save(self, card: int, text: str) -> None:
        self.leave()
        known, text = self._card(card), text.strip()[:MOST_CHARACTERS]
        if known is not None and text not in ("", known.text):
            await self.store.write(card, text)

    @event_handler()
    def leave(self, **kwargs: Any) -> None:
        self._go_on_at(self.editing)
        self.editing = None
        self._show_what_i_do()

    @event_handler()
    async def remove(self, card: int) -> None:
        self.removed = self._card(card)
        await self.store.remove(card)

    @event_handler()
    async def put_back(self) -> None:
        card, self.removed = self.removed, None
        if card is not None:
            await self.store.put_back(card)

    # --- cards move -----------------------------------------------------------------------

    @event_handler()
    def pick_up(self, card: int) -> None:
        if self.held == card:
            self.drop()
            return
        self.held, self.held_from = card, self._card(card)
        self.editing = self.let_go = None
        self._show_what_i_do(card, "moves")

    @event_handler()
    async def step(self, key: str, **kwargs: Any) -> None:
        """Move the card by one place, or to the next column."""
        card = self._card(self.held)
        if card is None or key not in STEPS:
            return
        across, down = STEPS[key]
        stages = list(COLUMNS)
        stage = stages[min(max(stages.index(card.stage) + across, 0), len(stages) - 1)]
        own = [one.id for one in self._cards_in(card.stage)].index(card.id)
        has_moved = stage != card.stage
        if has_moved or (down and 0 <= own + down < len(self._cards_in(stage))):
            await self._move(card, stage, own + down)

    @event_handler()
    async def put(self, stage: str, before: int | None = None) -> None:
        """Put the card before another one, or at the end of a column."""
        card = self._card(self.held)
        if card is None or stage not in COLUMNS:
            return
        others = [one.id for one in self._cards_in(stage) if one.id != card.id]
        await self._move(card, stage, others.index(before) if before in others else len(others))
        self.drop()

    @event_handler()
    async def cancel(self, **kwargs: Any) -> None:
        card, before = self._card(self.held), self.held_from
        if card is not None and before is not None and before != card:
            await self.store.move(card.id, before.stage, before.place)
            await self._look_again()
        self.drop()

    @event_handler()
    def drop(self) -> None:
        self._go_on_at(self.held)
        self.held = self.held_from = None
        self._show_what_i_do()

    async def _move(self, card: Card, stage: str, index: int) -> None:
        others = [one for one in self._cards_in(stage) if one.id != card.id]
        place = place_at(others, index)
        if place is None:
            await self.store.spread(stage)
            self.cards = tuple(await self.store.all())
            others = [one for one in self._cards_in(stage) if one.id != card.id]
            place = place_at(others, index)
        await self.store.move(card.id, stage, place or 0)
        await self._look_again()

    def _go_on_at(self, card: int | None) -> None:
        left = self._card(card)
        self.let_go = (left.id, left.stage) if left is not None else None

    # --- small things ---------------------------------------------------------------------

    def _card(self, card: int | None) -> Card | None:
        return next((one for one in self.cards if one.id == card), None)

    def _cards_in(self, stage: str) -> list[Card]:
        return [card for card in self.cards if card.stage == stage]

    def _show_what_i_do(self, card: int | None = None, doing: str = "") -> None:
        self.update_presence({"card": card, "doing": doing})


def news_of(before: Mapping[int, Card], cards: Sequence[Card]) -> str:
    """Return a sentence about the last card that has changed."""
    news = ""
    for card in cards:
        former = before.get(card.id)
        if former is None:
            news = f"“{card.text}” is new in {COLUMNS[card.stage]}."
        elif former.stage != card.stage:
            news = f"“{card.text}” has moved to {COLUMNS[card.stage]}."
        elif former.text != card.text:
            news = f"“{former.text}” reads now: “{card.text}”."
    there = {card.id for card in cards}
    gone = [card.text for card in before.values() if card.id not in there]
    return f"“{gone[-1]}” was removed." if gone else news


def install(app: LiveApp, rule: str, view: type[Kanban] = Kanban) -> None:
    """Serve the board from the database, if there is one, and from memory if not."""
    has_database = os.environ.get("DATABASE_URL") or app.config.get("DATABASE_URL")
    store: Store = PostgresStore(app) if has_database else MemoryStore(app)
    app.live(rule, type(view.__name__, (view,), {"store": store}))


app = LiveApp(__name__)
install(app, "/")
