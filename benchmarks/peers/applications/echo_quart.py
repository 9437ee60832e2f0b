"""The floor on Quart-Trio: its websocket sends back what it gets."""

from __future__ import annotations

from quart import websocket
from quart_trio import QuartTrio

from benchmarks.peers.applications.content import PROSE

app = QuartTrio(__name__)


@app.get("/counter")
async def counter() -> str:
    return f"<p>{PROSE}</p><b>0</b>"


@app.websocket("/echo")
async def echo() -> None:
    while True:
        await websocket.send(await websocket.receive())
