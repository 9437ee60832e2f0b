"""Whatever the template and the state: what the browser shows is what stock Jinja2 renders."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SEEDS_A_TEST = 40


@pytest.mark.parametrize("start", range(0, 200, SEEDS_A_TEST))
def test_random_stories_show_what_stock_jinja_renders(oracle: ModuleType, start: int) -> None:
    updates = sum(oracle.tell_story(seed) for seed in range(start, start + SEEDS_A_TEST))

    assert updates > 3 * SEEDS_A_TEST


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
@given(rng=st.randoms(use_true_random=False))
def test_stories_that_hypothesis_makes_up_do_so_too(oracle: ModuleType, rng: object) -> None:
    oracle.Story(rng).tell(4)
