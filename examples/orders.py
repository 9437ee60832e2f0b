"""A board of orders in PostgreSQL that follows every change, also those that are made in psql."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Protocol

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import notify_on_save

Status = Literal["pending", "packed", "sent"]
STATUSES: tuple[Status, ...] = ("pending", "packed", "sent")
GOODS = ("Teapot", "Lantern", "Atlas", "Umbrella", "Kite", "Compass")

TABLE = """
SELECT pg_advisory_xact_lock(4711);
CREATE TABLE IF NOT EXISTS orders (
    id serial PRIMARY KEY,
    item text NOT NULL,
    status text NOT NULL DEFAULT 'pending'
);
INSERT INTO orders (item) SELECT unnest(ARRAY['Teapot', 'Lantern'])
    WHERE NOT EXISTS (SELECT FROM orders);
"""


@notify_on_save(table="orders")
@dataclass(frozen=True, slots=True, weakref_slot=True)
class Order:
    """A row of the table. The server gives that a trigger, so that every writer is seen."""

    id: int
    item: str
    status: Status = "pending"


class Store(Protocol):
    """Where orders are kept. Whoever follows it hears of each change in `handle_info`."""

    sentence: str

    def follow(self, view: LiveView) -> None: ...
    async def all(self) -> Sequence[Order]: ...
    async def add(self, item: str) -> None: ...
    async def move(self, order: int, status: Status) -> None: ...
    async def remove(self, order: int) -> None: ...


class PostgresStore:
    sentence = "These orders are in PostgreSQL. Change them there, by any program."

    def __init__(self, app: LiveApp) -> None:
        self._app = app
        self._is_open = False

    def follow(self, view: LiveView) -> None:
        view.listen("orders")

    async def all(self) -> Sequence[Order]:
        if not self._is_open:
            await self._app.database.transaction(lambda connection: connection.execute(TABLE))
            self._is_open = True
        rows = await self._app.database.fetch("SELECT id, item, status FROM orders ORDER BY id")
        return [Order(**row) for row in rows]

    async def add(self, item: str) -> None:
        await self._app.database.execute("INSERT INTO orders (item) VALUES ($1)", item)

    async def move(self, order: int, status: Status) -> None:
        question = "UPDATE orders SET status = $2 WHERE id = $1"
        await self._app.database.execute(question, order, status)

    async def remove(self, order: int) -> None:
        await self._app.database.execute("DELETE FROM orders WHERE id = $1", order)


class MemoryStore:
    """Keeps orders in this process, and tells of changes as PostgreSQL does."""

    sentence = "No DATABASE_URL is set: these orders are in the memory of the server."

    def __init__(self, app: LiveApp) -> None:
        self._app = app
        self._numbers = itertools.count(3)
        self._orders = {1: Order(1, "Teapot"), 2: Order(2, "Lantern")}

    def follow(self, view: LiveView) -> None:
        view.subscribe("orders")

    async def all(self) -> Sequence[Order]:
        return list(self._orders.values())

    async def add(self, item: str) -> None:
        order = Order(next(self._numbers), item)
        self._orders[order.id] = order
        self._tell("insert", order.id)

    async def move(self, order: int, status: Status) -> None:
        if order in self._orders:
            self._orders[order] = replace(self._orders[order], status=status)
            self._tell("update", order)

    async def remove(self, order: int) -> None:
        if self._orders.pop(order, None) is not None:
            self._tell("delete", order)

    def _tell(self, event: str, order: int) -> None:
        payload = {"event": event, "table": "orders", "pk": order}
        message = {"type": "db_notify", "channel": "orders", "payload": payload}
        self._app.broadcast("orders", message)


class Orders(LiveView):
    store: ClassVar[Store]
    template = """
    <link rel="stylesheet" href="/static/orders.css">
    <section class="orders">
      <header>
        <h1>Orders</h1>
        <button dj-click="order">Order something</button>
      </header>
      <p class="orders-news" role="status">{{ news or "Nothing has changed yet." }}</p>
      <div class="orders-board">
        {% for status in statuses %}
        <section aria-label="{{ status }}">
          <h2>{{ status|capitalize }} <small>{{ counts[status] }}</small></h2>
          <ul>
            {% for order in orders if order.status == status %}
            <li id="order-{{ order.id }}">
              <span><small>#{{ order.id }}</small> {{ order.item }}</span>
              {% if status == "sent" %}
              <button class="quiet" dj-click="remove" dj-value-order="{{ order.id }}"
                      aria-label="Remove order {{ order.id }}">✕</button>
              {% else %}
              <button class="quiet" dj-click="advance" dj-value-order="{{ order.id }}"
                      aria-label="Advance order {{ order.id }}">→</button>
              {% endif %}
            </li>
            {% endfor %}
          </ul>
        </section>
        {% endfor %}
      </div>
      <footer>
        <p><small>{{ sentence }}</small></p>
        {% if is_database %}
        <pre><code>psql "$DATABASE_URL" -c "UPDATE orders SET status = 'sent'"</code></pre>
        {% endif %}
      </footer>
    </section>
    """

    async def mount(self, request: Request, **params: Any) -> None:
        self.store.follow(self)
        self.orders = await self.store.all()
        self.news = ""

    async def handle_info(self, message: Any) -> None:
        if message["type"] == "db_notify" and "event" in message["payload"]:
            payload = message["payload"]
            which = "All orders" if payload["pk"] is None else f"Order {payload['pk']}"
            self.news = f"{which}: {payload['event']}"
        # Also after a gap: nobody knows what has changed meanwhile.
        self.orders = await self.store.all()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        counts = {one: sum(order.status == one for order in self.orders) for one in STATUSES}
        return super().get_context_data(
            statuses=STATUSES,
            counts=counts,
            sentence=self.store.sentence,
            is_database=isinstance(self.store, PostgresStore),
            **kwargs,
        )

    @event_handler()
    async def order(self) -> None:
        await self.store.add(GOODS[len(self.orders) % len(GOODS)])

    @event_handler()
    async def advance(self, order: int) -> None:
        found = next((one for one in self.orders if one.id == order), None)
        if found is not None and found.status != "sent":
            await self.store.move(order, STATUSES[STATUSES.index(found.status) + 1])

    @event_handler()
    async def remove(self, order: int) -> None:
        await self.store.remove(order)


def install(app: LiveApp, rule: str, view: type[Orders] = Orders) -> None:
    """Serve the board from the database, if there is one, and from memory if not."""
    has_database = os.environ.get("DATABASE_URL") or app.config.get("DATABASE_URL")
    store: Store = PostgresStore(app) if has_database else MemoryStore(app)
    app.live(rule, type(view.__name__, (view,), {"store": store}))


app = LiveApp(__name__)
install(app, "/")
