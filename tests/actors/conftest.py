"""A troupe: small actors that do what they are told, and a log of what happened to them."""

from __future__ import annotations

import pytest
import trio

from limelight.actors import Actor, ChildSpec, Reason, Restart, handles


class Troupe:
    """Makes children by name, and logs their starts and stops."""

    def __init__(self) -> None:
        self.log: list[str] = []
        #: How long starts and stops take, and how many of the next starts fail.
        self.start_seconds: dict[str, float] = {}
        self.stop_seconds: dict[str, float] = {}
        self.failing_starts: dict[str, int] = {}

    def spec(self, name: str, restart: Restart = Restart.PERMANENT) -> ChildSpec[Player]:
        return ChildSpec(lambda: Player(self, name), name, restart)

    def specs(self, names: str, restart: Restart = Restart.PERMANENT) -> list[ChildSpec[Player]]:
        return [self.spec(name, restart) for name in names.split()]

    def take_log(self) -> list[str]:
        log, self.log = self.log, []
        return log


class Player(Actor):
    """Raises the exceptions that it is told, ends at "end", notes all else."""

    def __init__(self, troupe: Troupe, name: str) -> None:
        self.troupe = troupe
        self.name = name

    async def started(self) -> None:
        await trio.sleep(self.troupe.start_seconds.get(self.name, 0))
        if self.troupe.failing_starts.get(self.name, 0) > 0:
            self.troupe.failing_starts[self.name] -= 1
            self.troupe.log.append(f"{self.name} fails to start")
            raise ValueError("stage fright")
        self.troupe.log.append(f"{self.name} starts")

    async def stopped(self, reason: Reason) -> None:
        await trio.sleep(self.troupe.stop_seconds.get(self.name, 0))
        self.troupe.log.append(f"{self.name} {reason}")

    @handles(Exception)
    def fail(self, error: Exception) -> None:
        raise error

    @handles(str)
    def note(self, text: str) -> None:
        if text == "end":
            self._end()
        else:
            self.troupe.log.append(f"{self.name}: {text}")


@pytest.fixture
def troupe() -> Troupe:
    return Troupe()
