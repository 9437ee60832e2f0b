"""The pages in Limelight: plain state, a stream, a broadcast, and streamed text."""

from __future__ import annotations

from typing import Any

import trio

from benchmarks.peers.applications.content import (
    ITEMS,
    PROSE,
    SECONDS_A_TOKEN,
    TALKED_TOKENS,
    TOKENS,
    Row,
    changed_name,
    changed_row,
    item,
    items,
    rows,
    token,
)
from limelight import LiveApp, LiveView, Request, event_handler
from limelight.server.rendering.tracked import TrackedList, TrackedRow

CELLS = "{% for row in rows %}<tr KEY><td>{{ row.id }}</td><td>{{ row.name }}</td>" \
    "<td>{{ row.state }}</td><td>{{ row.amount }}</td></tr>{% endfor %}"  # fmt: skip
TABLE = f'<button dj-click="change">Change</button><table><tbody>{CELLS}</tbody></table>'

app = LiveApp(__name__)


@app.live("/counter")
class Counter(LiveView):
    template = f"<p>{PROSE}</p><b>{{{{ count }}}}</b><button dj-click='increment'>+1</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.count = 0

    @event_handler()
    def increment(self) -> None:
        self.count += 1


@app.live("/table")
class Table(LiveView):
    template = TABLE.replace(" KEY", "")

    def mount(self, request: Request, **params: Any) -> None:
        self.event = 0
        self.rows = self.made_rows()

    def made_rows(self) -> Any:
        return rows()

    @event_handler()
    def change(self) -> None:
        self.event += 1
        self.rows[changed_row(self.event)].name = changed_name(self.event)


@app.live("/keyed")
class KeyedTable(Table):
    template = TABLE.replace("KEY", 'dj-key="{{ row.id }}"')


class Tracked(TrackedRow):
    id: int
    name: str
    state: str
    amount: int


@app.live("/tracked")
class TrackedTable(Table):
    def made_rows(self) -> Any:
        return TrackedList([self.tracked(row) for row in rows()])

    def tracked(self, row: Row) -> Tracked:
        return Tracked(id=row.id, name=row.name, state=row.state, amount=row.amount)


@app.live("/list")
class GrowingList(LiveView):
    template = """
    <button dj-click="append">Append</button>
    <ul>{% for item in items %}<li>{{ item.text }}</li>{% endfor %}</ul>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.items = items()

    @event_handler()
    def append(self) -> None:
        self.items.append(item(len(self.items)))


@app.live("/stream")
class StreamedList(LiveView):
    template = """
    <button dj-click="append">Append</button>
    <ul dj-stream="items">
    {% for dom_id, item in streams.items %}<li id="{{ dom_id }}">{{ item.text }}</li>{% endfor %}
    </ul>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.next = ITEMS
        self.stream("items", items())

    @event_handler()
    def append(self) -> None:
        self.stream_insert("items", item(self.next))
        self.next += 1


@app.live("/shared")
class Shared(LiveView):
    template = f"<p>{PROSE}</p><b>{{{{ news }}}}</b>"

    def mount(self, request: Request, **params: Any) -> None:
        self.news = ""
        self.subscribe("news")

    def handle_info(self, message: str) -> None:
        self.news = message


@app.live("/publisher")
class Publisher(LiveView):
    template = "<b>{{ published }}</b><button dj-click='publish'>Publish</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.published = 0

    @event_handler()
    def publish(self) -> None:
        self.published += 1
        self.broadcast("news", f"news {self.published}")


@app.live("/tokens")
class Speaker(LiveView):
    template = '<p dj-stream="answer"></p><button dj-click="speak">Speak</button>'
    tokens = TOKENS
    pause_seconds = 0.0

    @event_handler()
    def speak(self) -> None:
        self.start_async(self._speak, name="answer")

    async def _speak(self) -> None:
        await self.stream_start("answer")
        for number in range(self.tokens):
            await trio.sleep(self.pause_seconds)
            await self.stream_text("answer", token(number))
        await self.stream_done("answer")


@app.live("/talk")
class Talker(Speaker):
    tokens = TALKED_TOKENS
    pause_seconds = SECONDS_A_TOKEN
