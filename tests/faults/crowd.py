"""Users who work on while the workers behind them come and go."""

from __future__ import annotations

import math
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import trio

from limelight.client import PageError
from limelight.client.page import Page
from tests.fixtures.launching import Launched
from tests.fixtures.serving import ROOT

from .user import User

LEDGER = f"{Path(__file__).parent / 'ledger_application.py'}:app"


class WatchedUser(User):
    """A user who also notes when events were answered and when the page was away."""

    def __init__(self, page: Page, pause: float) -> None:
        super().__init__(page)
        #: Seconds between two events, and when to stop.
        self.pause = pause
        self.until = math.inf
        #: When each loss of the socket was noticed, and for how long the page was away.
        self.away: list[tuple[float, float]] = []
        self.answered_at: dict[int, float] = {}
        #: What the page says was applied, at the end.
        self.found: list[int] = []

    async def live(self) -> None:
        while trio.current_time() < self.until:
            try:
                if self.has_room:
                    await self.work()
                await self._watch(self.pause)
            except PageError:
                await self._come_back_noting_it()
        while True:
            try:
                await self.come_back()
                await self.rest()
                self.found = await self.applied()
            except PageError:
                await self._come_back_noting_it()
            else:
                return

    async def _come_back_noting_it(self) -> None:
        began = trio.current_time()
        await self.come_back()
        self.away.append((began, trio.current_time() - began))

    async def _watch(self, seconds: float) -> None:
        """Note the time of the answer, and do nothing for the rest of the time."""
        ends = trio.current_time() + seconds
        with suppress(trio.TooSlowError):
            await self.page.wait_for(lambda: not self.page.link.waiting(), timeout=seconds)
        self._note()
        await trio.sleep_until(ends)
        if not self.page.is_connected:
            raise PageError("the socket is gone")

    def _judge(self, number: int, error: Any) -> None:
        super()._judge(number, error)
        self.answered_at[number] = trio.current_time()

    def seconds_before_kill(self, number: int, kills: Sequence[float]) -> float:
        """Tell how long before the kill that cost it an event was answered."""
        answered = self.answered_at[number]
        noticed = min((began for began, _ in self.away if began >= answered), default=answered)
        return max((kill for kill in kills if kill <= noticed), default=answered) - answered

    @property
    def was_told(self) -> bool:
        return any(error.kind == "lost" for error in self.page.errors)


def launch_ledger(listener: socket.socket, log: Path, persist: str) -> Launched:
    """Serve the ledger with two workers on a socket of its own."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    command = [sys.executable, "-m", "limelight", "serve", LEDGER, "--workers", "2"]
    env = {
        "SECRET_KEY": "for tests",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
        "LEDGER_PERSIST": persist,
        "LIVE_REPEATS_BURST": "10000",
    }
    launched = Launched(command, listener, log, env)
    launched.wait_for_log("serving on")
    return launched
