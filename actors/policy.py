"""When to restart which children: plain data, apart from the supervisor that obeys it."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from .mailbox import DEFAULT_CAPACITY

if TYPE_CHECKING:
    from .actor import Actor

ActorT_co = TypeVar("ActorT_co", bound="Actor", covariant=True)


class Restart(enum.StrEnum):
    """After which exits a child is started again. A child that was told to stop never is."""

    #: After every exit, a normal one included.
    PERMANENT = "permanent"
    #: After a crash only.
    TRANSIENT = "transient"
    #: Never.
    TEMPORARY = "temporary"


class Strategy(enum.StrEnum):
    """Which children are restarted when one of them fails."""

    #: The failed one.
    ONE_FOR_ONE = "one for one"
    #: All: for children that make no sense without each other.
    ONE_FOR_ALL = "one for all"
    #: The failed one and those started after it: for children that build on earlier ones.
    REST_FOR_ONE = "rest for one"


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a restart: seconds, longer for each failure in a row."""

    first: float = 0.1
    factor: float = 2.0
    limit: float = 30.0
    #: Spread as a part of the delay: 0.2 means between 80 and 120 percent of it.
    jitter: float = 0.2

    def __post_init__(self) -> None:
        if self.first < 0 or self.limit < 0:
            raise ValueError(
                f"Delays must not be negative: first={self.first}, limit={self.limit}."
            )
        if self.factor < 1:
            raise ValueError(f"A back-off must not shrink: factor={self.factor} is below 1.")
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter is a part of the delay, 0 to 1, not {self.jitter}.")

    def delay(self, failures: int) -> float:
        """Return the seconds to wait after this many failures in a row, counted from 1."""
        if self.first == 0:
            return 0.0
        # Beyond 64 doublings the limit has long been reached, and floats would overflow.
        grown = self.first * self.factor ** min(failures - 1, 64)
        delay = min(grown, self.limit)
        if self.jitter:
            delay *= 1 + self.jitter * (2 * random.random() - 1)
        return delay


@dataclass(frozen=True, slots=True)
class Policy:
    """What a supervisor does about failures.

    More than `max_restarts` within `within_seconds` and the supervisor gives up: it stops
    its children and fails itself, so that its own supervisor decides. With `per_child` each
    child has a count of its own, and only the child that exceeds it is given up.
    """

    strategy: Strategy = Strategy.ONE_FOR_ONE
    max_restarts: int = 3
    within_seconds: float = 5.0
    backoff: Backoff = field(default_factory=Backoff)
    per_child: bool = False
    max_children: int | None = None

    def __post_init__(self) -> None:
        if self.max_restarts < 0:
            raise ValueError(f"max_restarts must not be negative, not {self.max_restarts}.")
        if self.within_seconds <= 0:
            raise ValueError(f"within_seconds must be positive, not {self.within_seconds}.")
        if self.per_child and self.strategy is not Strategy.ONE_FOR_ONE:
            raise ValueError(
                f"per_child counts each child alone, but {self.strategy.name} restarts several "
                "together. Use it with ONE_FOR_ONE."
            )


@dataclass(frozen=True, slots=True)
class ChildSpec(Generic[ActorT_co]):
    """How to start one child, and when to start it again. Timeouts are in seconds.

    `start` is called for each incarnation, so that a restart begins with a new object.
    """

    start: Callable[[], ActorT_co]
    name: str
    restart: Restart = Restart.PERMANENT
    start_timeout: float = 10.0
    #: For the turn in work to finish, and then once more for the hook `stopped`.
    stop_timeout: float = 5.0
    mailbox_capacity: int = DEFAULT_CAPACITY


class Budget:
    """Counts restarts within the window of a policy."""

    __slots__ = ("_times", "allowed", "within_seconds")

    def __init__(self, policy: Policy) -> None:
        self.allowed = policy.max_restarts
        self.within_seconds = policy.within_seconds
        self._times: tuple[float, ...] = ()

    def used(self, now: float) -> int:
        """Return how many restarts lie within the window."""
        return sum(now - time <= self.within_seconds for time in self._times)

    def spend(self, now: float) -> bool:
        """Count one restart; say whether it is still allowed."""
        recent = (time for time in self._times if now - time <= self.within_seconds)
        self._times = (*recent, now)
        return len(self._times) <= self.allowed
