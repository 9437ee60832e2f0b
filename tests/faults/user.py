"""A user without a screen who works on while the network fails, and writes down what happens."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import trio

from limelight.client.document import PageError
from limelight.client.link import MOST_WAITING_EVENTS, Pending
from limelight.client.page import Page

from .history import History

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.5
PATIENCE_SECONDS = 2.0


class User:
    """Uses a `Ledger`: numbers go in, and must be found there at the end, once and in order."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.history = History()
        self._pending: dict[int, Pending] = {}

    @property
    def has_room(self) -> bool:
        """A browser keeps a bounded number of events."""
        return len(self.page.link.waiting()) < MOST_WAITING_EVENTS - 10

    async def work(self, operations: int = 1) -> None:
        """Ask for some operations. A lost socket raises; `come_back` sends them again."""
        for _ in range(operations):
            number = self.history.invoke()
            pending = self.page.link.call("apply", {"number": number})
            self._pending[number] = pending
            await self.page.send(pending.next_message())

    async def rest(self) -> None:
        """Wait until all that was asked for is answered."""
        await self.page.wait_for(lambda: not self.page.link.waiting(), timeout=20)
        self._note()

    async def come_back(self) -> int:
        """Try to return, again and again; return how often it took."""
        pause = FIRST_PAUSE
        tries = 1
        while not await self.try_to_return():
            await trio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            tries += 1
        return tries

    async def try_to_return(self) -> bool:
        """Return once, and repeat what was not answered; tell whether the page is live again."""
        with suppress(PageError, OSError, trio.BrokenResourceError, trio.TooSlowError):
            await self._reconnect()
        self._note()
        return self.page.is_connected

    async def _reconnect(self) -> None:
        """Give a connection up that does not come about: a cut upgrade is never answered."""
        with trio.move_on_after(PATIENCE_SECONDS):
            await self.page.reconnect()

    async def applied(self) -> list[int]:
        """Return what the page says was applied."""
        await self.page.call("reveal")
        found = [int(number) for number in self.page.text("#applied").split()]
        await self.page.call("reveal", is_revealed=False)
        return found

    async def whole_page(self) -> str:
        """Return the page as the server renders it now, without any patch."""
        self.page.link.epoch = ""
        await self.page.reconnect()
        assert self.page.link.how == "mounted"
        return self.page.html

    def _note(self) -> None:
        """Write down what has been answered since."""
        for number, pending in list(self._pending.items()):
            if pending.is_done:
                del self._pending[number]
                self._judge(number, pending.error)

    def _judge(self, number: int, error: Any) -> None:
        if error is None:
            self.history.acknowledged.add(number)
        elif error.kind != "lost":
            self.history.refused.add(number)
