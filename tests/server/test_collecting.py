"""While an application is served, Python looks for garbage less often."""

from __future__ import annotations

import gc

import trio

from limelight import LiveApp
from limelight.server.collecting import collecting_rarely
from limelight.server.settings import Settings


def test_the_collector_is_tuned_for_as_long_as_the_server_runs() -> None:
    before = gc.get_threshold()
    with collecting_rarely(Settings(gc_objects=12_345)):
        assert gc.get_threshold() == (12_345, *before[1:])
        assert gc.get_freeze_count() > 1_000
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_zero_leaves_the_collector_alone() -> None:
    before = gc.get_threshold()
    with collecting_rarely(Settings(gc_objects=0)):
        assert gc.get_threshold() == before
        assert gc.get_freeze_count() == 0


async def test_a_served_application_tunes_it_once_it_is_up() -> None:
    app = LiveApp("collected")
    app.config.update(SECRET_KEY="only for this test", LIVE_GC_OBJECTS=23_456)
    is_up, may_end = trio.Event(), trio.Event()
    before = gc.get_threshold()
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> object:
        if is_up.is_set():
            await may_end.wait()
        return next(messages)

    async def send(message: dict[str, str]) -> None:
        if message["type"] == "lifespan.startup.complete":
            is_up.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(app, {"type": "lifespan", "state": {}}, receive, send)
        await is_up.wait()
        assert gc.get_threshold()[0] == 23_456
        may_end.set()
    assert gc.get_threshold() == before
