"""Regions that are hidden while what they show changes: once shown, they are as if made anew."""

from __future__ import annotations

import random
from typing import Any

import pytest

from limelight.mixins.activity_regions import ActivityTag, Region, Rendering
from limelight.server.rendering.picture import Picture
from limelight.server.rendering.templates import LiveTemplates

BODIES = (
    "{% if word == 'b' %}<b>{{ word|upper }}</b>{% else %}{{ word }}{% endif %}",
    "{% for row in rows %}<i>{{ row }}{{ word }}</i>{% else %}none{% endfor %}",
    "{% for row in rows %}{% key row %}<i>{{ loop.index }}{{ row|string|upper }}</i>{% endfor %}",
    "{% for row in things %}<i>{{ row.name }}{% if row.name == word %}!{% endif %}</i>{% endfor %}",
    "{% set double = word ~ word %}{{ double }}{% with n = rows|length %}{{ n }}{% endwith %}",
    "{% macro m(x) %}{{ x }}{{ word }}{% endmacro %}{{ m(word) }}{{ m(rows|length) }}",
    "{% for row in rows %}{% if word == 'a' %}{{ word }}{% endif %}{{ outer }}{% endfor %}",
    "{% if outer == 'b' %}B{% endif %}{% for row in rows %}{{ outer }}{% endfor %}",
    "{% block part %}{% if word == 'b' %}{{ word }}{% endif %}{% endblock %}",
)
AROUND = (
    "{% set outer = word %}{}",
    "{% if word %}{% set outer = 1 %}{}{% endif %}{{ word }}",
    "{% for outer in [word] %}{}{% endfor %}",
)


def picture_of(source: str) -> Picture:
    templates = LiveTemplates()
    templates.extend(ActivityTag)
    return Picture(templates.from_string(source))


def new_state(dice: random.Random) -> dict[str, Any]:
    return {
        "word": dice.choice("abc"),
        "rows": tuple(dice.sample(range(5), dice.randint(0, 4))),
        "things": [{"name": dice.choice("abc")} for _ in range(dice.randint(0, 3))],
    }


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("body", BODIES)
def test_a_region_that_was_hidden_is_as_if_it_was_made_anew(around: str, body: str) -> None:
    region = '{% dj_activity "one" visible=shown %}' + body + "{% enddj_activity %}"
    source = around.replace("{}", region, 1)
    dice = random.Random(f"{around} {body}")
    picture = picture_of(source)
    known: dict[str, Region] = {}
    for step in range(60):
        shown = step == 0 or dice.random() < 0.4
        state = {**new_state(dice), "shown": shown}
        rendering = Rendering({}, (), known)
        before = picture.plain_html() if step else ""
        picture.update({**state, "live_activities": rendering})
        known = rendering.regions()
        if dice.random() < 0.2:
            picture.rest()

        if shown:
            fresh = picture_of(source)
            fresh.update({**state, "live_activities": Rendering({}, (), {})})
            assert picture.plain_html() == fresh.plain_html()
        else:
            assert inside(picture.plain_html()) == inside(before)


def inside(html: str) -> str:
    """What stands in the region."""
    return html.partition('dj-activity="one"')[2].partition(">")[2].rpartition("</div>")[0]
