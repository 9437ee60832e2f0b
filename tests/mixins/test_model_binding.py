"""dj-model: attributes that follow the page, and everything that may not be set by it."""

from __future__ import annotations

import enum
import logging
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import jinja2
import pytest

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import ModelBindingMixin
from limelight.mixins.model_names import bound_names
from limelight.mixins.model_values import Unfit, as_wire, fit, type_of
from limelight.testing import EventFailed, ViewPage, open_view


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


class Desk(LiveView):
    template = """
    <input dj-model="query"><input dj-model.debounce-300.trim="title">
    <input dj-model.number="price"><input type=checkbox dj-model="is_open">
    <select multiple dj-model.lazy="tags"></select><input dj-model="size"><input dj-model="missing">
    <input dj-model="_secret"><input dj-model="page_title"><input dj-model="save">
    <input dj-model="a.b"><input dj-model="__class__"><input dj-model="request">
    <p>{{ text }}</p><i>{{ query }}|{{ price }}|{{ is_open }}|{{ tags }}|{{ size }}|{{ heard }}</i>
    <b>{{ model_errors }}</b>
    """
    allowed_model_fields = ("note",)
    size: Size = Size.SMALL

    def mount(self, request: Request, **params: Any) -> None:
        self.query, self.title, self.price, self.is_open = "", "", Decimal(1), False
        self.tags, self.note, self.heard = ["a"], "", ""
        self.is_admin = False
        self._secret = "x"
        self.text = '<input dj-model="is_admin">'

    def on_title_change(self, value: str) -> None:
        self.title = value.upper()
        self.heard = f"title {value}"

    async def on_price_change(self, value: Decimal) -> None:
        self.heard = f"price {value!r}"

    @event_handler()
    def save(self) -> None:
        self.query = "from the server"


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")


async def bind(page: ViewPage, field: str, value: Any) -> str:
    await page.call("update_model", field=field, value=value)
    return page.text("i")


def told(page: ViewPage) -> list[Any]:
    return [payload for name, payload in page.link.effects if name == "model"]


async def test_the_example_of_the_reference_page() -> None:
    class SearchView(ModelBindingMixin, LiveView):
        template = '<input dj-model="search_query"><p>{{ search_query }}</p>'

        def mount(self, request: Request, **kwargs: Any) -> None:
            self.search_query = ""

    async with open_view(SearchView) as page:
        await page.call("update_model", field="search_query", value="lime")
        assert page.text("p") == "lime"


# --- who may be set ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    [
        "is_admin",
        "__class__",
        "__dict__",
        "a.b",
        "_secret",
        "request",
        "page_title",
        "save",
        "",
        "template",
        "mount",
        "update_model",
        "nothing",
        "heard\u2028",
        "streams",
        "form_class",
    ],
)
async def test_a_name_that_may_not_be_set_is_refused_and_counted(field: str) -> None:
    async with open_view(Desk) as page:
        seat = page.visitor.seat_of(page.link.token)
        before = page.html
        with pytest.raises(EventFailed, match=r"binds no|cannot be bound"):
            await page.call("update_model", field=field, value="1")
        assert page.html == before
        assert seat.failed_turns == 1


async def test_a_binding_that_stands_in_what_a_user_wrote_binds_nothing() -> None:
    async with open_view(Desk) as page:
        assert 'dj-model="is_admin"' in page.text("p")
        with pytest.raises(EventFailed, match="binds no 'is_admin'"):
            await bind(page, "is_admin", "1")


async def test_names_that_the_view_allows_may_be_set_as_well() -> None:
    async with open_view(Desk) as page:
        await bind(page, "note", "allowed")
        assert told(page)[0][0]["note"] == ""


async def test_a_name_that_is_no_attribute_warns_and_does_not_fail(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "limelight.views")
    async with open_view(Desk) as page:
        await bind(page, "missing", "1")
        assert "binds 'missing', which is no attribute" in caplog.text


def test_names_are_read_in_tags_alone() -> None:
    source = """
    <!-- <input dj-model="comment"> --> {# <input dj-model="note"> #}
    <script>"<input dj-model='script'>"</script> &lt;input dj-model="text"&gt;
    <input {% if a > b %}disabled{% endif %} value="{{ x }}>" dj-model.lazy = 'yes'>
    <input dj-model="{{ dynamic }}"><input dj-modelled="no"><INPUT DJ-MODEL=bare>
    """
    assert bound_names((source,)) == {"yes", "bare"}


async def test_included_and_inherited_templates_bind_as_well(tmp_path: Path) -> None:
    (tmp_path / "base.html").write_text("<input dj-model='base'>{% block x %}{% endblock %}")
    (tmp_path / "part.html").write_text("<input dj-model='part'>")
    (tmp_path / "page.html").write_text(
        "{% extends 'base.html' %}{% block x %}{% include 'part.html' %}{{ base }}{{ part }}"
        "{% include 'not_there.html' ignore missing %}{% endblock %}"
    )

    class Composed(LiveView):
        template_name = "page.html"

        def mount(self, request: Request, **params: Any) -> None:
            self.base = self.part = "-"

    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="secret", LIVE_ENV="development")
    app.jinja_env.loader = jinja2.FileSystemLoader(tmp_path)
    app.live("/", Composed)
    async with open_view(Composed, app=app) as page:
        await page.call("update_model", field="base", value="B")
        await page.call("update_model", field="part", value="P")
        assert page.text() == "BP"


# --- of which type ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hint", "sent", "fitted"),
    [
        (str, "5", "5"),
        (int, "5", 5),
        (int, 5, 5),
        (float, "1.5", 1.5),
        (float, 2, 2.0),
        (bool, True, True),
        (bool, "off", False),
        (Decimal, "1.10", Decimal("1.10")),
        (int | None, "", None),
        (Size, "l", Size.LARGE),
        (Literal[1, 2], "2", 2),
        (list[int], ["1", "2"], [1, 2]),
        (set[str], ["a"], {"a"}),
    ],
)
def test_a_value_becomes_of_the_attribute_s_type(hint: Any, sent: Any, fitted: Any) -> None:
    assert fit(sent, hint) == fitted
    assert type(fit(sent, hint)) is type(fitted)


@pytest.mark.parametrize(
    ("hint", "sent"),
    [
        (str, ["a"]),
        (str, 5),
        (str, True),
        (str, {"a": 1}),
        (str, None),
        (int, ""),
        (int, "1.5"),
        (int, True),
        (int, "x"),
        (bool, "maybe"),
        (bool, 1),
        (float, "nan"),
        (float, "Infinity"),
        (float, "1e999"),
        (Decimal, "NaN"),
        (list[str], "a"),
        (list[float], ["nan"]),
        (dict, {"a": 1}),
        (Size, "xl"),
        (Literal[1, 2], "3"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(hint: Any, sent: Any) -> None:
    with pytest.raises(Unfit):
        fit(sent, hint)


@pytest.mark.parametrize(
    ("value", "sent", "fitted"),
    [(True, False, False), (3, "4", 4), ("x", "4", "4"), ([1], ["2"], [2]), (("a",), [], ())],
)
def test_without_annotation_the_value_that_is_there_says_the_type(
    value: Any, sent: Any, fitted: Any
) -> None:
    assert fit(sent, type_of(value)) == fitted


def test_what_no_control_shows_cannot_be_set() -> None:
    with pytest.raises(Unfit):
        type_of({"a": 1})


async def test_an_unfit_value_is_not_applied_and_the_control_says_why() -> None:
    async with open_view(Desk) as page:
        assert "|1|" in await bind(page, "price", "abc")
        assert told(page)[-1] == [{}, {"price": '"abc" is not a number.'}]
        assert page.text("b") == "{'price': '\"abc\" is not a number.'}"
        assert "|2.50|" in await bind(page, "price", "2.50")
        assert told(page)[-1] == [{}, {"price": ""}]
        assert page.text("b") == "{}"


async def test_a_list_never_replaces_a_text() -> None:
    async with open_view(Desk) as page:
        assert (await bind(page, "query", ["a"])).startswith("|")
        assert "['b']" in await bind(page, "tags", ["b"])


# --- what is told and called -----------------------------------------------------------------


async def test_the_browser_hears_of_all_bound_values_when_it_arrives() -> None:
    async with open_view(Desk) as page:
        values, errors, is_whole = told(page)[0]
        assert values == {
            "is_open": False,
            "note": "",
            "price": "1",
            "query": "",
            "size": "s",
            "tags": ["a"],
            "title": "",
        }
        assert (errors, is_whole) == ({}, True)


async def test_the_browser_is_told_what_it_has_not_said_itself() -> None:
    async with open_view(Desk) as page:
        await bind(page, "query", "mine")
        assert len(told(page)) == 1
        await page.call("save")
        assert told(page)[-1] == [{"query": "from the server"}, {}]


async def test_a_hook_hears_of_a_change_and_may_change_it_again() -> None:
    async with open_view(Desk) as page:
        assert (await bind(page, "title", "abc")).endswith("title abc")
        assert told(page)[-1] == [{"title": "ABC"}, {}]
        assert (await bind(page, "price", 2)).endswith("price Decimal('2')")


async def test_a_hook_that_fails_undoes_the_change() -> None:
    class Failing(Desk):
        def on_query_change(self, value: str) -> None:
            raise ValueError("no")

    async with open_view(Failing) as page:
        with pytest.raises(EventFailed):
            await bind(page, "query", "x")
        assert page.text("i").startswith("|")


async def test_repeated_events_change_nothing_more() -> None:
    async with open_view(Desk) as page:
        for _ in range(20):
            await bind(page, "query", "same")
        assert page.text("i").startswith("same|")
        assert len(told(page)) == 1


async def test_a_view_that_binds_nothing_is_told_nothing() -> None:
    class Plain(LiveView):
        template = "<p>plain</p>"

    async with open_view(Plain) as page:
        assert page.link.effects == []


def test_what_controls_show_crosses_the_wire() -> None:
    assert as_wire(float("inf")) == "inf"
    assert as_wire(2**60) == str(2**60)
    assert as_wire((Size.SMALL, 1)) == ["s", "1"]
    assert as_wire(None) is None
