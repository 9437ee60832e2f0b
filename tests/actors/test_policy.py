"""Policies are plain data that refuse what makes no sense."""

from __future__ import annotations

import pytest

from limelight.actors import Backoff, Policy, Strategy


def test_back_off_grows_by_its_factor_up_to_its_limit() -> None:
    backoff = Backoff(first=0.5, factor=2, limit=3, jitter=0)
    assert [backoff.delay(failures) for failures in (1, 2, 3, 4, 5000)] == [0.5, 1, 2, 3, 3]


def test_jitter_spreads_the_delay_around_its_middle() -> None:
    delays = [Backoff(first=10, jitter=0.2).delay(1) for _ in range(200)]
    assert 8 <= min(delays) < 9
    assert 11 < max(delays) <= 12


def test_no_first_delay_means_no_delay_at_all() -> None:
    assert Backoff(first=0).delay(9) == 0


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"first": -1.0}, "must not be negative: first=-1.0"),
        ({"factor": 0.5}, "factor=0.5 is below 1"),
        ({"jitter": 2.0}, "0 to 1, not 2.0"),
    ],
)
def test_a_back_off_that_makes_no_sense_is_refused(wrong: dict[str, float], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Backoff(**wrong)


def test_a_negative_number_of_restarts_is_refused() -> None:
    with pytest.raises(ValueError, match="max_restarts must not be negative, not -1"):
        Policy(max_restarts=-1)


def test_a_window_needs_a_length() -> None:
    with pytest.raises(ValueError, match="within_seconds must be positive, not 0"):
        Policy(within_seconds=0)


def test_budgets_per_child_need_children_that_restart_alone() -> None:
    with pytest.raises(ValueError, match="ONE_FOR_ALL restarts several together"):
        Policy(Strategy.ONE_FOR_ALL, per_child=True)
