"""An application whose page is written by streams: text, rows, and what must not be code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from limelight import LiveApp, LiveView, Request, event_handler

CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "a\u2028b</p>",
)


@dataclass(frozen=True, slots=True)
class Row:
    id: Any
    text: str


class Streamed(LiveView):
    template = """
    <h1>{{ turns }}</h1>
    <p id="text" dj-stream="text"></p>
    {% if turns > 1 %}<p id="late" dj-stream="late"></p>{% endif %}
    <table><tbody dj-stream="rows">
      {% for dom_id, row in streams.rows %}
      <tr id="{{ dom_id }}" dj-hook="Row"><td>{{ row.text }}</td></tr>
      {% endfor %}
    </tbody></table>
    <button dj-click="corpus">Corpus</button>
    <button dj-click="late">Late</button>
    <button dj-click="fail">Fail</button>
    <button dj-click="html">HTML</button>
    <button dj-click="insert" dj-value-at="-1">Last</button>
    <button dj-click="insert" dj-value-at="1">Second</button>
    <button dj-click="move">Move</button>
    <button dj-click="change">Change</button>
    <button dj-click="prune">Prune</button>
    <button dj-click="whole">Whole</button>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.turns = 0
        self.stream("rows", [Row(number, f"row {number}") for number in range(3)])

    @event_handler()
    async def corpus(self) -> None:
        self.turns += 1
        await self.stream_start("text")
        for text in CORPUS:
            await self.stream_text("text", text)
            self.stream_insert("rows", Row(text, text))
        await self.stream_done("text")

    @event_handler()
    async def late(self) -> None:
        self.turns += 2
        await self.stream_start("late")
        await self.stream_text("late", "there all the same")

    @event_handler()
    async def fail(self) -> None:
        await self.stream_start("text")
        await self.stream_text("text", "half")
        await self.stream_error("text", CORPUS[0])

    @event_handler()
    async def html(self) -> None:
        await self.stream_to("text", html="<em>bold</em>")
        await self.stream_text("text", " behind")
        await self.stream_text("text", "before ", mode="prepend")

    @event_handler()
    def insert(self, at: int) -> None:
        self.turns += 1
        self.stream_insert("rows", Row(100 + self.turns, f"new {self.turns}"), at=at)

    @event_handler()
    def move(self) -> None:
        self.stream_insert("rows", Row(2, "moved"), at=0)

    @event_handler()
    def change(self) -> None:
        self.stream_insert("rows", Row(1, "changed"))
        self.stream_delete("rows", 0)

    @event_handler()
    def whole(self) -> None:
        self.turns += 10
        self._picture.rest(drop=True)

    @event_handler()
    def prune(self) -> None:
        self.stream_prune("rows", 1, edge="top")


app = LiveApp(__name__)
app.live("/", Streamed)
