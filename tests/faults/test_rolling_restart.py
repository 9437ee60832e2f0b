"""All workers are renewed under a thousand users, and nobody loses anything."""

from __future__ import annotations

import re
import signal
import socket
import statistics
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio

from limelight.client import connect
from tests.fixtures.launching import Launched

from .crowd import WatchedUser, launch_ledger
from .reliability import Findings

PATIENCE_SECONDS = 180
SECONDS_BEFORE, SECONDS_AFTER = 3.0, 5.0
#: Of each user; together they ask for at most a hundred events a second.
LEAST_PAUSE_SECONDS = 0.5
MOST_EVENTS_PER_SECOND = 100
MOST_SECONDS_DRAINING = 15.0


class Renewal:
    """Users work, all workers are renewed, and the users work on."""

    def __init__(self, launched: Launched, count: int) -> None:
        self.users: list[WatchedUser] = []
        self._launched = launched
        self._count = count
        self._are_here = trio.Event()
        self._until = float("inf")

    async def run(self) -> None:
        self._limiter = trio.CapacityLimiter(50)
        async with trio.open_nursery() as nursery:
            for _ in range(self._count):
                nursery.start_soon(self._live)
            await self._are_here.wait()
            await trio.sleep(SECONDS_BEFORE)
            self._launched.process.send_signal(signal.SIGHUP)
            await self._renewed()
            self._end_at(trio.current_time() + SECONDS_AFTER)

    async def _renewed(self) -> None:
        with trio.fail_after(PATIENCE_SECONDS):
            while "all workers have been restarted" not in self._launched.log:
                await trio.sleep(0.1)

    def _end_at(self, time: float) -> None:
        for user in self.users:
            user.until = time

    async def _live(self) -> None:
        async with AsyncExitStack() as stack:
            async with self._limiter:
                page = await stack.enter_async_context(connect(self._launched.url))
            pause = max(LEAST_PAUSE_SECONDS, self._count / MOST_EVENTS_PER_SECOND)
            self.users.append(user := WatchedUser(page, pause))
            if len(self.users) == self._count:
                self._are_here.set()
            await user.live()


def renew(log: Path, count: int) -> tuple[list[WatchedUser], float]:
    """Return the users afterwards, and the longest time that a worker took to drain."""
    with socket.socket() as listener:
        launched = launch_ledger(listener, log, "soon")
        renewal = Renewal(launched, count)
        try:
            trio.run(renewal.run)
        finally:
            launched.kill()
    drained = re.findall(r"worker \d+ drained in ([\d.]+) s", launched.log)
    assert len(drained) == 2, launched.log
    return renewal.users, max(map(float, drained))


def nobody_lost_anything(users: list[WatchedUser]) -> None:
    for user in users:
        assert user.history.check(user.found).is_clean
        assert user.away
        assert user.page.errors == []


def test_forty_users_live_through_a_rolling_restart(tmp_path: Path) -> None:
    users, seconds = renew(tmp_path / "log", 40)

    nobody_lost_anything(users)
    assert seconds <= MOST_SECONDS_DRAINING


@pytest.mark.chaos
def test_a_thousand_users_live_through_a_rolling_restart(
    tmp_path: Path, findings: Findings
) -> None:
    users, seconds = renew(tmp_path / "log", 1000)

    away = [away for user in users for _, away in user.away]
    lost = sum(len(user.history.check(user.found).lost) for user in users)
    findings.note(
        "R17 rolling restart of two workers under 1,000 sockets",
        f"0 acknowledged lost, drained within {MOST_SECONDS_DRAINING:.0f} s",
        f"{sum(len(user.history.acknowledged) for user in users)} acknowledged, {lost} lost, "
        f"drained within {seconds:.1f} s, live again p50 {statistics.median(away):.2f} s, "
        f"p99 {statistics.quantiles(away, n=100)[98]:.2f} s",
    )
    nobody_lost_anything(users)
    assert seconds <= MOST_SECONDS_DRAINING
