"""The history checker finds what it is there to find."""

from __future__ import annotations

import pytest

from .history import History, Verdict


@pytest.fixture
def history() -> History:
    """Of five operations the first three are acknowledged, the fourth is refused."""
    made = History()
    for _ in range(5):
        made.invoke()
    made.acknowledged |= {1, 2, 3}
    made.refused.add(4)
    return made


@pytest.mark.parametrize("applied", [[1, 2, 3], [1, 2, 3, 5]])
def test_what_is_undecided_may_have_been_applied_or_not(
    history: History, applied: list[int]
) -> None:
    assert history.undecided == {5}
    assert history.check(applied).is_clean


@pytest.mark.parametrize(
    ("applied", "verdict"),
    [
        ([1, 3], Verdict(lost=(2,), twice=(), invented=(), disordered=())),
        ([1, 2, 2, 3], Verdict(lost=(), twice=(2,), invented=(), disordered=())),
        ([1, 2, 3, 4, 9], Verdict(lost=(), twice=(), invented=(4, 9), disordered=())),
        ([1, 3, 2], Verdict(lost=(), twice=(), invented=(), disordered=(2,))),
    ],
)
def test_a_fault_is_named(history: History, applied: list[int], verdict: Verdict) -> None:
    assert history.check(applied) == verdict
    assert not verdict.is_clean
