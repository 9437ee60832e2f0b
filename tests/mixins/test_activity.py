"""Regions that are hidden: not evaluated, nothing stale, and their events wait."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

import pytest
import trio
from jinja2 import TemplateSyntaxError

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.messages import Error
from limelight.mixins import ActivityMixin
from limelight.mixins.activity_regions import ActivityTag, Rendering
from limelight.server.rendering.templates import LiveTemplates
from limelight.testing import EventFailed, ViewPage, open_view

CORPUS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u2028b", "javascript:1")


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")


class Desk(LiveView):
    """Two regions, one of them inside another, and a count of evaluations."""

    template = """
    {% dj_activity "outer" visible=outer %}
      <h1>{{ seen("outer") }}{{ word }}</h1>
      {% if flag %}<b>{{ word|upper }}</b>{% endif %}
      <ul>{% for row in rows %}<li>{{ row }}</li>{% endfor %}</ul>
      <button dj-click="note">Note</button>
      {% dj_activity "inner" %}<h2>{{ seen("inner") }}{{ word }}</h2>
      <button dj-click="both">Both</button>{% enddj_activity %}
    {% enddj_activity %}
    <button dj-click="both">Both</button><p>{{ notes|join(" ") }}</p>
    """

    newest: ClassVar[Any] = None

    def mount(self, request: Request, **params: Any) -> None:
        Desk.newest = self
        self.outer = False
        self.word = "first"
        self.flag = False
        self.rows = (1,)
        self.notes: tuple[str, ...] = ()
        self.evaluations: dict[str, int] = {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(seen=self._seen, **kwargs)

    def _seen(self, name: str) -> str:
        self.evaluations[name] = self.evaluations.get(name, 0) + 1
        return ""

    @event_handler()
    def put(self, name: str, value: str | bool | list[int]) -> None:
        setattr(self, name, tuple(value) if isinstance(value, list) else value)

    @event_handler()
    def show(self, name: str, visible: bool) -> None:
        self.set_activity_visible(name, visible)
        self.notes = (*self.notes, f"shown:{visible}")

    @event_handler()
    def note(self, text: str = "note") -> None:
        if text == "bad":
            raise ValueError("no")
        self.notes = (*self.notes, text)

    @event_handler()
    def both(self) -> None:
        self.notes = (*self.notes, "both")

    @event_handler()
    def unplaced(self) -> None:
        self.notes = (*self.notes, "unplaced")


def view_of(page: ViewPage) -> Any:
    """The view that serves a page: the newest there is."""
    return Desk.newest


async def test_the_example_of_the_reference_page() -> None:
    class TabsView(ActivityMixin, LiveView):
        template = '{% dj_activity "details" visible=False %}Text{% enddj_activity %}'

        @event_handler()
        def show_details(self, **kwargs: Any) -> None:
            self.set_activity_visible("details", True)

    async with open_view(TabsView) as page:
        assert "hidden" in page.html
        await page.call("show_details")
        assert "hidden" not in page.html


async def test_a_hidden_region_is_in_the_first_html_and_inert() -> None:
    async with open_view(Desk) as page:
        assert page.attribute('[dj-activity="outer"]', "inert") == ""
        assert page.attribute('[dj-activity="outer"]', "hidden") == ""
        assert page.text("h1") == "first"


async def test_a_hidden_region_is_not_evaluated_and_nothing_of_it_is_sent() -> None:
    async with open_view(Desk) as page:
        evaluations = dict(view_of(page).evaluations)
        for word in ("second", "third"):
            await page.call("put", name="word", value=word)

        assert view_of(page).evaluations == evaluations
        assert page.text("h1") == "first"


async def test_showing_it_shows_the_newest_of_all() -> None:
    async with open_view(Desk) as page:
        await page.call("put", name="word", value="second")
        await page.call("put", name="flag", value=True)
        await page.call("put", name="rows", value=[2, 1])
        await page.call("put", name="outer", value=True)

        assert page.text("h1") == page.text("h2") == "second"
        assert page.text("b") == "SECOND"
        assert page.texts("li") == ["2", "1"]


async def test_names_that_changed_while_it_was_hidden_are_not_taken_for_seen() -> None:
    """The regions' own guards must not compare with renders in which they were left out."""

    class Guarded(LiveView):
        template = """
        {% dj_activity "one" visible=shown %}{% if word == "b" %}<b>{{ word }}</b>{% endif
        %}{% for row in rows %}<i>{{ row }}{{ word }}</i>{% endfor %}{% enddj_activity %}{{ word }}
        """

        def mount(self, request: Request, **params: Any) -> None:
            self.shown, self.word, self.rows = True, "a", (1, 2)

        @event_handler()
        def put(self, word: str, shown: bool) -> None:
            self.word, self.shown = word, shown

    async with open_view(Guarded) as page:
        await page.call("put", word="a", shown=False)
        await page.call("put", word="b", shown=False)
        await page.call("put", word="b", shown=True)

        assert page.texts("b") == ["b"]
        assert page.texts("i") == ["1b", "2b"]


async def test_what_the_author_says_wins_over_the_tag_from_then_on() -> None:
    async with open_view(Desk) as page:
        await page.call("show", name="outer", visible=True)
        await page.call("put", name="outer", value=False)

        assert page.attribute('[dj-activity="outer"]', "hidden") is None
        assert view_of(page).is_activity_visible("outer")


async def test_a_region_is_visible_only_with_all_regions_around_it() -> None:
    async with open_view(Desk) as page:
        assert not view_of(page).is_activity_visible("inner")
        await page.call("put", name="outer", value=True)
        assert view_of(page).is_activity_visible("inner")

        await page.call("show", name="inner", visible=False)
        assert not view_of(page).is_activity_visible("inner")
        assert page.attribute('[dj-activity="inner"]', "hidden") == ""


@pytest.mark.parametrize("by_tag", [True, False])
async def test_an_eager_region_is_kept_up_to_date(by_tag: bool) -> None:
    class Eager(LiveView):
        template = '{% dj_activity "one" visible=False eager=by_tag %}<i>{{ count }}</i>{% enddj_activity %}'
        eager_activities = () if by_tag else ("one",)

        def mount(self, request: Request, **params: Any) -> None:
            self.count, self.by_tag = 0, by_tag

        @event_handler()
        def add(self) -> None:
            self.count += 1

    async with open_view(Eager) as page:
        await page.call("add")
        assert page.text("i") == "1"


# --- names


def compiled(source: str) -> Any:
    templates = LiveTemplates()
    templates.extend(ActivityTag)
    return templates.from_string(source)


def test_two_regions_of_one_name_do_not_compile() -> None:
    one = '{% dj_activity "a" %}{% enddj_activity %}'
    with pytest.raises(TemplateSyntaxError, match="Two regions of this template are called 'a'"):
        compiled(one + "{% if x %}" + one + "{% endif %}")


def test_unknown_options_do_not_compile() -> None:
    with pytest.raises(TemplateSyntaxError, match="takes visible and eager, once each"):
        compiled('{% dj_activity "a" shown=True %}{% enddj_activity %}')


async def test_a_name_that_no_region_has_is_refused_with_the_nearest() -> None:
    async with open_view(Desk) as page:
        with pytest.raises(EventFailed, match=r"no region 'oter'\. Did you mean 'outer'"):
            await page.call("show", name="oter", visible=True)


def test_a_region_in_a_loop_needs_names_of_its_own() -> None:
    template = compiled(
        '{% for n in rows %}{% dj_activity "a" ~ n %}{{ n }}{% enddj_activity %}{% endfor %}'
    )
    with pytest.raises(ValueError, match="Two regions of this page are called 'a1'"):
        template.render({"rows": [1, 1], "live_activities": Rendering({}, (), {})})
    html = template.render({"rows": [1, 2], "live_activities": Rendering({"a2": False}, (), {})})
    assert html == (
        '<div class="dj-activity" dj-activity="a1">1</div>'
        '<div class="dj-activity" dj-activity="a2" hidden inert>2</div>'
    )


@pytest.mark.parametrize("text", CORPUS)
def test_a_computed_name_is_escaped(text: str) -> None:
    html = compiled("{% dj_activity name %}{{ name }}{% enddj_activity %}").render({"name": text})
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "around",
    [
        "{{% set x %}}{0}{{% endset %}}{{{{ x }}}}",
        "{{% filter trim %}}{0}{{% endfilter %}}",
        "{{% macro m(word) %}}{0}{{% endmacro %}}{{{{ m(word) }}}}",
        "{{% block b %}}{0}{{% endblock %}}",
        "{{% with word=word %}}{0}{{% endwith %}}",
        "{{% autoescape true %}}{0}{{% endautoescape %}}",
    ],
)
def test_a_region_may_stand_in_any_construct(around: str) -> None:
    region = '{% dj_activity "a" visible=False %}{{ word }}{% enddj_activity %}'
    html = compiled(around.format(region)).render({"word": "<b>"})
    assert html == '<div class="dj-activity" dj-activity="a" hidden inert>&lt;b&gt;</div>'


async def test_rows_that_move_take_their_regions_along() -> None:
    class Rows(LiveView):
        template = """{% for name in names %}<section>{% dj_activity name visible=(name in shown)
        %}{{ name }}{{ count }}{% enddj_activity %}</section>{% endfor %}"""

        def mount(self, request: Request, **params: Any) -> None:
            self.names, self.shown, self.count = ["a", "b", "c"], ["a"], 0

        @event_handler()
        def change(self, names: list[str], shown: list[str]) -> None:
            self.names, self.shown, self.count = names, shown, self.count + 1

    async with open_view(Rows) as page:
        await page.call("change", names=["c", "a"], shown=["c"])
        assert [text[0] for text in page.texts("section")] == ["c", "a"]
        await page.call("change", names=["b", "c", "a"], shown=["a", "b"])
        assert page.texts("section")[0] == "b2"
        assert page.texts("section")[2] == "a2"


# --- events


async def test_events_of_a_hidden_region_wait_and_run_in_order_in_the_turn_that_shows_it() -> None:
    async with open_view(Desk) as page:
        for text in ("one", "two", "three"):
            await page.call("note", text=text)
        assert page.text("p") == ""
        frames = page.link.seen

        await page.call("show", name="outer", visible=True)

        assert page.text("p") == "shown:True one two three"
        assert page.link.seen == frames + 1


async def test_events_run_as_well_when_the_tag_shows_the_region() -> None:
    async with open_view(Desk) as page:
        await page.call("note", text="one")
        await page.call("put", name="outer", value=True)
        await page.settle()

        assert page.text("p") == "one"


async def test_at_most_a_hundred_wait_and_the_oldest_go() -> None:
    async with open_view(Desk) as page:
        for number in range(105):
            await page.call("note", text=str(number))
        await page.call("show", name="outer", visible=True)

        assert page.text("p").split() == ["shown:True", *map(str, range(5, 105))]


async def test_a_handler_that_is_also_named_elsewhere_runs_at_once() -> None:
    async with open_view(Desk) as page:
        await page.call("both")
        await page.call("unplaced")
        assert page.text("p") == "both unplaced"


async def test_what_does_not_fit_is_refused_at_once() -> None:
    async with open_view(Desk) as page:
        with pytest.raises(EventFailed, match="takes no parameter"):
            await page.call("note", wrong=1)


async def test_an_event_that_fails_undoes_itself_and_nothing_else() -> None:
    async with open_view(Desk) as page:
        for text in ("one", "bad", "two"):
            await page.call("note", text=text)
        await page.call("show", name="outer", visible=True)

        assert page.text("p") == "shown:True one two"
        assert [error.kind for error in page.errors] == ["crash"]


async def test_a_failed_turn_shows_nothing_and_runs_nothing() -> None:
    class Failing(Desk):
        @event_handler()
        def show_badly(self) -> None:
            self.set_activity_visible("outer", True)
            raise ValueError("no")

    async with open_view(Failing) as page:
        await page.call("note", text="one")
        with pytest.raises(EventFailed):
            await page.call("show_badly")
        assert page.text("p") == ""
        await page.call("show", name="outer", visible=True)
        assert page.text("p") == "shown:True one"


async def test_events_are_authorised_again_when_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_view(Desk) as page:
        view = view_of(page)
        await page.call("note", text="one")
        refusal = Error("forbidden", "Not yours any more.")
        monkeypatch.setattr(Desk, "_guard", classmethod(lambda cls, request: refusal))
        view.set_activity_visible("outer", True)
        await view._replay_shown(view.is_activity_visible)

        assert view.notes == ()


# --- life


async def test_a_view_that_has_rested_keeps_its_hidden_regions(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_view(Desk) as page:
        evaluations = dict(view_of(page).evaluations)
        await trio.sleep(60)
        await page.call("put", name="word", value="second")
        assert view_of(page).evaluations == evaluations
        assert page.text("h1") == "first"

        await page.call("put", name="outer", value=True)
        assert page.text("h1") == page.text("h2") == "second"


async def test_choices_and_waiting_events_go_along_to_another_process() -> None:
    async with open_view(Desk) as page:
        await page.call("note", text="one")
        await page.call("show", name="inner", visible=False)
        saved = view_of(page)._save()

    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="of no worth")
    app.live("/", Desk)
    async with open_view(Desk, app=app) as page:
        view_of(page)._load(saved)
        await page.call("show", name="outer", visible=True)

        assert page.text("p") == "shown:True one"
        assert page.attribute('[dj-activity="inner"]', "hidden") == ""
