"""What one user did and heard, held against what the view applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Verdict:
    """What is wrong with one user's history. Nothing is wrong where all of it is empty."""

    #: Acknowledged, and not applied: in order.
    lost: tuple[int, ...]
    #: Applied more than once.
    twice: tuple[int, ...]
    #: Applied, though nobody asked for it, or the browser was told that it failed.
    invented: tuple[int, ...]
    #: Applied after a later one.
    disordered: tuple[int, ...]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.invented or self.disordered)


class History:
    """The operations of one user, numbered from one in the order in which they were asked for.

    An operation ends acknowledged or refused, or stays undecided: what a browser gave up, or
    still waits for, may have been applied once or not at all.
    """

    def __init__(self) -> None:
        self.invoked = 0
        self.acknowledged: set[int] = set()
        self.refused: set[int] = set()

    def invoke(self) -> int:
        """Number the next operation."""
        self.invoked += 1
        return self.invoked

    @property
    def undecided(self) -> set[int]:
        return set(range(1, self.invoked + 1)) - self.acknowledged - self.refused

    def check(self, applied: Sequence[int]) -> Verdict:
        """Compare with what the view applied, in its order."""
        times = Counter(applied)
        possible = set(range(1, self.invoked + 1)) - self.refused
        return Verdict(
            lost=tuple(sorted(self.acknowledged - times.keys())),
            twice=tuple(sorted(number for number, count in times.items() if count > 1)),
            invented=tuple(sorted(times.keys() - possible)),
            disordered=tuple(later for former, later in pairwise(applied) if later < former),
        )
