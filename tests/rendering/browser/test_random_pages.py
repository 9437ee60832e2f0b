"""Random pages through random states: the page is always the one that a fresh load would give."""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.rendering.browser.picture_page import PicturePage
from tests.rendering.browser.random_pages import RandomState, TemplateWriter

#: How many templates each test takes, and how often each changes; a soak run sets more.
TEMPLATES = int(os.environ.get("LIMELIGHT_RANDOM_PAGES", "100"))
STEPS = 5


def tell(page: PicturePage, seed: int, leak_rate: float) -> None:
    rng = Random(seed)
    template, state = TemplateWriter(rng, leak_rate).page(), RandomState(rng)
    try:
        page.show_again(template, state.context)
        page.check()
        for _ in range(STEPS):
            state.change()
            page.update(state.context)
            page.check()
    except Exception as error:
        error.add_note(
            f"seed {seed}, leak rate {leak_rate}, template:\n{template}\n{state.context}"
        )
        raise


@pytest.mark.parametrize("leak_rate", [0.0, 0.15])
def test_a_page_stays_equal_to_a_fresh_one(live_page: PicturePage, leak_rate: float) -> None:
    live_page.show("first")
    for seed in range(TEMPLATES):
        tell(live_page, seed, leak_rate)
    assert live_page.told_steps == TEMPLATES * STEPS
