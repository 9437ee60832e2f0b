"""Rows of streams: rendered once with the page, then alone, and never held by it."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest

from limelight.server.rendering.picture import Picture
from limelight.server.rendering.regions import Region
from limelight.server.rendering.templates import LiveTemplates

ROW = '<li id="{{ dom_id }}">{{ item }} of {{ owner }}</li>'
LOOP = f"{{% for dom_id, item in streams.feed %}}{ROW}{{% endfor %}}"
PAGE = f'<h1>{{{{ owner }}}}</h1><ul dj-stream="feed">{LOOP}</ul>'


class Streams:
    """What a behaviour puts into the context."""

    def __init__(self, *rows: tuple[str, str]) -> None:
        self.feed = rows
        self.regions: list[Region] = []

    def _take_region(self, name: str, region: Region) -> None:
        if self.regions and not self.feed:
            region.forget()
        self.regions.append(region)


def first_page(template: str, streams: Streams) -> tuple[Picture, str]:
    picture = Picture(LiveTemplates().from_string(template))
    return picture, picture.first_html({"streams": streams, "owner": "Ada"}, "n")


def test_the_first_page_shows_the_rows() -> None:
    streams = Streams(("feed-1", "<b>"), ("feed-2", "two"))

    _, html = first_page(PAGE, streams)

    assert '<li id="feed-1">&lt;b&gt; of Ada</li><li id="feed-2">two of Ada</li>' in html


def test_later_renders_leave_the_region_alone() -> None:
    streams = Streams(("feed-1", "one"))
    picture, _ = first_page(PAGE, streams)
    picture.adopt()
    streams.regions[0].forget()
    streams.feed = ()

    patch = picture.update({"streams": streams, "owner": "Bob"})

    assert patch is not None
    assert patch.diff == {"0": "Bob"}
    assert len(streams.regions) == 1
    assert "one" not in picture.plain_html()


def test_rows_are_rendered_alone_with_the_present_context() -> None:
    streams = Streams()
    picture, _ = first_page(PAGE, streams)
    streams.feed = (("feed-3", "three"),)

    html = picture.template.rows(streams.regions[0], {"streams": streams, "owner": "Bob"})

    assert html == '<li id="feed-3">three of Bob</li>'


def test_a_page_that_has_rested_still_leaves_the_region_alone() -> None:
    streams = Streams(("feed-1", "one"))
    picture, _ = first_page(PAGE, streams)
    picture.adopt()
    streams.regions[0].forget()
    streams.feed = ()
    picture.rest()

    patch = picture.update({"streams": streams, "owner": "Bob"})

    assert patch is not None
    assert patch.diff == {"0": "Bob"}


def test_a_stream_may_stand_in_a_macro_an_include_or_a_parent() -> None:
    loader = jinja2.DictLoader(
        {
            "parent.html": f"{{% block page %}}{{% endblock %}}<ul>{LOOP}</ul>",
            "child.html": "{% extends 'parent.html' %}{% block page %}-{% endblock %}",
            "outer.html": "{% include 'inner.html' %}",
            "inner.html": LOOP,
            "macro.html": f"{{% macro rows() %}}{LOOP}{{% endmacro %}}{{{{ rows() }}}}",
        }
    )
    templates = LiveTemplates(loader=loader)
    for name in ("child.html", "outer.html", "macro.html"):
        streams = Streams(("feed-1", "one"))
        context: dict[str, Any] = {"streams": streams, "owner": "Ada"}

        assert '<li id="feed-1">one of Ada</li>' in templates.get_template(name).render(context)
        assert len(streams.regions) == 1


def test_ordinary_data_of_that_name_is_an_ordinary_loop() -> None:
    picture = Picture(LiveTemplates().from_string(PAGE))
    context: dict[str, Any] = {"streams": {"feed": [("a", "one")]}, "owner": "Ada"}
    picture.first_html(context, "n")
    picture.adopt()

    patch = picture.update({**context, "streams": {"feed": [("a", "two")]}})

    assert patch is not None
    assert "two" in str(patch.diff)


def test_a_row_that_fails_names_its_line() -> None:
    template = "{% for dom_id, item in streams.feed %}\n{{ item / 2 }}{% endfor %}"
    streams = Streams()
    picture, _ = first_page(template, streams)
    streams.feed = (("feed-1", "one"),)

    with pytest.raises(TypeError) as raised:
        picture.template.rows(streams.regions[0], {"streams": streams})

    assert "line 2" in str(raised.value.__notes__)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{% for a in streams.feed %}x{% else %}none{% endfor %}", "takes no else"),
        ("{% for a in streams.feed if a %}x{% endfor %}", "takes no else, no if"),
        (f"{LOOP}{LOOP}", "Two loops"),
        (f"{{% set rows %}}{LOOP}{{% endset %}}", "page itself"),
    ],
)
def test_what_a_stream_cannot_be_is_said_when_the_template_compiles(
    template: str, problem: str
) -> None:
    with pytest.raises(jinja2.TemplateAssertionError, match=problem):
        LiveTemplates().from_string(template)
