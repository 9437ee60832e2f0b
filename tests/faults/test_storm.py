"""Five thousand browsers come at once, and stay."""

from __future__ import annotations

import statistics

import pytest
import trio

from limelight.client import connect
from limelight.client.messages import Event, Frame, Join, Joined
from tests.fixtures.memory import resident_bytes
from tests.fixtures.serving import Serve

from .reliability import Findings

CONNECTIONS = 5_000
AT_ONCE = 100
MOST_KIB = 60


@pytest.mark.chaos
def test_five_thousand_views_connect_and_stay(serve: Serve, findings: Findings) -> None:
    server = serve("examples.counter:app", "--backlog", "2048")
    trio.run(one_visit, server.url)
    before = resident_bytes(server.process.pid)

    storm = Storm(server.url)
    trio.run(storm.run, server.process.pid)

    kib = (storm.resident - before) / CONNECTIONS / 1024
    findings.note(
        f"R11 storm of {CONNECTIONS} connections",
        f"0 failures, at most {MOST_KIB} KiB a connected idle view",
        f"{storm.failures} failures, {kib:.0f} KiB a view, join p99 {storm.join_p99:.1f} s, "
        f"{CONNECTIONS / storm.seconds:.0f} joins/s (client on the same cores)",
    )
    assert storm.failures == 0
    assert kib <= MOST_KIB
    assert storm.answered == CONNECTIONS


async def one_visit(url: str) -> None:
    async with connect(url) as page:
        await page.click("button")


class Storm:
    """Opens all pages, waits until each is joined, measures, and clicks once on each."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._limiter = trio.CapacityLimiter(AT_ONCE)
        self._all_joined = trio.Event()
        self._may_click = trio.Event()
        self._join_seconds: list[float] = []
        self.failures = self.answered = self.resident = 0
        self.seconds = 0.0

    @property
    def join_p99(self) -> float:
        return statistics.quantiles(self._join_seconds, n=100)[98]

    async def run(self, pid: int) -> None:
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            for _ in range(CONNECTIONS):
                nursery.start_soon(self._visit)
            await self._all_joined.wait()
            self.seconds = trio.current_time() - began
            self.resident = resident_bytes(pid)
            self._may_click.set()

    async def _visit(self) -> None:
        await self._limiter.acquire()
        began = trio.current_time()
        async with connect(self._url, follow=False) as page:
            await page.send(Join(page.link.token, "/", bound=True))
            answer = await page.receive()
            self._note(answer, trio.current_time() - began)
            self._limiter.release()
            await self._may_click.wait()
            await page.send(Event(1, "increment", {"by": 2}))
            answer = await page.receive()
            self.answered += isinstance(answer, Frame) and answer.acknowledged == 1

    def _note(self, answer: object, seconds: float) -> None:
        self.failures += not isinstance(answer, Joined)
        self._join_seconds.append(seconds)
        if len(self._join_seconds) == CONNECTIONS:
            self._all_joined.set()
