"""The cards of the board: in PostgreSQL, or in memory where there is none."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from limelight import LiveApp, LiveView
from limelight.mixins import notify_on_save

COLUMNS = {"todo": "To do", "doing": "Doing", "done": "Done"}
#: Below this there is no room between two cards, and a column is numbered anew.
LEAST_ROOM = 1e-6

TABLE = """
SELECT pg_advisory_xact_lock(4712);
CREATE TABLE IF NOT EXISTS kanban_cards (
    id serial PRIMARY KEY,
    stage text NOT NULL,
    place double precision NOT NULL,
    text text NOT NULL
);
INSERT INTO kanban_cards (stage, place, text)
    SELECT * FROM unnest({stages}::text[], {places}::float8[], {texts}::text[])
    WHERE NOT EXISTS (SELECT FROM kanban_cards);
"""
SPREAD = """
UPDATE kanban_cards SET place = numbered.place FROM (
    SELECT id, row_number() OVER (ORDER BY place, id) AS place FROM kanban_cards WHERE stage = $1
) AS numbered WHERE kanban_cards.id = numbered.id AND kanban_cards.place <> numbered.place
"""


@notify_on_save(table="kanban_cards")
@dataclass(frozen=True, slots=True, weakref_slot=True)
class Card:
    """A row of the table. A change makes a new one, so that only its own card is rendered."""

    id: int
    stage: str
    #: Cards of a column stand in this order; a card between two has a place between theirs.
    place: float
    text: str


FIRST_CARDS = (
    Card(1, "done", 1, "Open this board in a second browser"),
    Card(2, "doing", 1, "Move a card: pick it up, then use the arrow keys"),
    Card(3, "todo", 1, "Edit this text: press Enter, or click on it"),
    Card(4, "todo", 2, "Write half a card, close the tab, come back"),
    Card(5, "todo", 3, "Watch somebody else's pointer"),
)


class Store(Protocol):
    """Where cards are kept. Whoever follows it hears of each change in `handle_info`."""

    sentence: str

    def follow(self, view: LiveView) -> None: ...
    async def all(self) -> Sequence[Card]: ...
    async def add(self, stage: str, place: float, text: str) -> None: ...
    async def put_back(self, card: Card) -> None: ...
    async def write(self, card: int, text: str) -> None: ...
    async def move(self, card: int, stage: str, place: float) -> None: ...
    async def remove(self, card: int) -> None: ...
    async def spread(self, stage: str) -> None: ...


class PostgresStore:
    sentence = "These cards are in PostgreSQL: whatever program changes them, the board follows."

    def __init__(self, app: LiveApp) -> None:
        self._app = app
        self._is_open = False

    def follow(self, view: LiveView) -> None:
        view.listen("kanban_cards")

    async def all(self) -> Sequence[Card]:
        if not self._is_open:
            await self._app.database.transaction(lambda one: one.execute(first_table()))
            self._is_open = True
        question = "SELECT id, stage, place, text FROM kanban_cards ORDER BY place, id"
        return [Card(**row) for row in await self._app.database.fetch(question)]

    async def add(self, stage: str, place: float, text: str) -> None:
        question = "INSERT INTO kanban_cards (stage, place, text) VALUES ($1, $2, $3)"
        await self._app.database.execute(question, stage, place, text)

    async def put_back(self, card: Card) -> None:
        question = (
            "INSERT INTO kanban_cards (id, stage, place, text) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT DO NOTHING"
        )
        await self._app.database.execute(question, card.id, card.stage, card.place, card.text)

    async def write(self, card: int, text: str) -> None:
        await self._app.database.execute(
            "UPDATE kanban_cards SET text = $2 WHERE id = $1", card, text
        )

    async def move(self, card: int, stage: str, place: float) -> None:
        question = "UPDATE kanban_cards SET stage = $2, place = $3 WHERE id = $1"
        await self._app.database.execute(question, card, stage, place)

    async def remove(self, card: int) -> None:
        await self._app.database.execute("DELETE FROM kanban_cards WHERE id = $1", card)

    async def spread(self, stage: str) -> None:
        await self._app.database.execute(SPREAD, stage)


class MemoryStore:
    """Keeps cards in this process, and tells of changes as PostgreSQL does."""

    sentence = "No DATABASE_URL is set: these cards are in the memory of the server."

    def __init__(self, app: LiveApp) -> None:
        self._app = app
        self._cards = {card.id: card for card in FIRST_CARDS}
        self._numbers = itertools.count(len(FIRST_CARDS) + 1)

    def follow(self, view: LiveView) -> None:
        view.subscribe("kanban_cards")

    async def all(self) -> Sequence[Card]:
        return sorted(self._cards.values(), key=lambda card: (card.place, card.id))

    async def add(self, stage: str, place: float, text: str) -> None:
        self._keep("insert", Card(next(self._numbers), stage, place, text))

    async def put_back(self, card: Card) -> None:
        if card.id not in self._cards:
            self._keep("insert", card)

    async def write(self, card: int, text: str) -> None:
        if card in self._cards:
            self._keep("update", replace(self._cards[card], text=text))

    async def move(self, card: int, stage: str, place: float) -> None:
        if card in self._cards:
            self._keep("update", replace(self._cards[card], stage=stage, place=place))

    async def remove(self, card: int) -> None:
        if self._cards.pop(card, None) is not None:
            self._tell("delete", card)

    async def spread(self, stage: str) -> None:
        cards = [card for card in await self.all() if card.stage == stage]
        for place, card in enumerate(cards, 1):
            self._keep("update", replace(card, place=float(place)))

    def _keep(self, event: str, card: Card) -> None:
        self._cards[card.id] = card
        self._tell(event, card.id)

    def _tell(self, event: str, card: int) -> None:
        payload = {"event": event, "table": "kanban_cards", "pk": card}
        message = {"type": "db_notify", "channel": "kanban_cards", "payload": payload}
        self._app.broadcast("kanban_cards", message)


def first_table() -> str:
    """Return the statements that make the table, with the first cards if it has none."""
    texts = ", ".join("'" + card.text.replace("'", "''") + "'" for card in FIRST_CARDS)
    return TABLE.format(
        stages=f"ARRAY[{', '.join(repr(card.stage) for card in FIRST_CARDS)}]",
        places=f"ARRAY[{', '.join(str(card.place) for card in FIRST_CARDS)}]",
        texts=f"ARRAY[{texts}]",
    )


def place_at(cards: Sequence[Card], index: int) -> float | None:
    """Return a place before the card at this index, or behind the last; None if there is no room."""
    if not cards:
        return 1.0
    if index <= 0:
        return cards[0].place - 1
    if index >= len(cards):
        return cards[-1].place + 1
    before, after = cards[index - 1].place, cards[index].place
    return (before + after) / 2 if after - before > LEAST_ROOM else None
