"""Long lists: rows are sent once, alone, and nothing of them stays but their ids."""

from __future__ import annotations

import gc
import sys
import time
import weakref
from dataclasses import dataclass
from typing import Any, cast

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from limelight import LiveApp, LiveView, event_handler
from limelight.client.document import Document
from limelight.client.messages import Frame, Joined
from limelight.mixins import StreamsMixin
from limelight.mixins.row_order import RowId, RowOrder, Undo
from limelight.mixins.row_streams import row_id
from limelight.testing import EventFailed, ViewPage, open_view


@dataclass
class Item:
    id: Any
    text: str = ""


TEMPLATE = """
<h1>{{ title }}</h1><i>{{ streams.feed.count }}</i>
{% if not streams.feed %}<p>Nothing here.</p>{% endif %}
<ul dj-stream="feed">
  {% for dom_id, item in streams.feed %}
  <li id="{{ dom_id }}">{{ item.text }} ({{ title }})</li>
  {% endfor %}
</ul>
"""


class FeedView(StreamsMixin, LiveView):
    """The example of the reference page."""

    template = TEMPLATE

    def mount(self, request: Any, **kwargs: Any) -> None:
        self.title = "Feed"
        self.stream("feed", ITEMS[:20])

    @event_handler()
    def load_more(self, **kwargs: Any) -> None:
        next_batch = ITEMS[20:40]
        self.stream("feed", next_batch, at=-1)


ITEMS = [Item(number, f"item {number}") for number in range(100)]


class Feed(LiveView):
    template = TEMPLATE

    def mount(self, request: Any, **params: Any) -> None:
        self.title = "Feed"
        rows = int(request.query.partition("=")[2] or 3)
        self.stream("feed", (Item(number, f"item {number}") for number in range(rows)))

    @event_handler()
    def do(self, verb: str, arguments: list[Any] | None = None, **options: Any) -> None:
        values = [Item(*one) if isinstance(one, list) else one for one in arguments or ()]
        if verb in ("stream", "stream_reset"):
            values = [values]
        getattr(self, verb)("feed", *values, **options)

    @event_handler()
    def rename(self, title: str) -> None:
        self.title = title

    @event_handler()
    def insert_and_fail(self) -> None:
        self.stream_insert("feed", Item(99, "lost"))
        self.stream_delete("feed", 0)
        self.stream_prune("feed", 1)
        raise RuntimeError("after the rows")

    @event_handler()
    def insert_watched(self, number: int) -> None:
        item = Item(number, "watched")
        WATCHED.append(weakref.ref(item))
        self.stream_insert("feed", item, at=0)

    def handle_info(self, message: Any) -> None:
        self.stream_insert("feed", Item(*message))


WATCHED: list[weakref.ref[Item]] = []


def rows(page: ViewPage) -> list[str]:
    return [text.partition(" (")[0] for text in page.texts("li")]


async def do(page: ViewPage, verb: str, *arguments: Any, **options: Any) -> None:
    await page.call("do", verb=verb, arguments=list(arguments), **options)


async def test_the_example_of_the_reference_loads_more() -> None:
    async with open_view(FeedView) as page:
        assert page.count("li") == 20
        await page.call("load_more")

        assert rows(page) == [f"item {number}" for number in range(40)]
        assert page.text("i") == "40"


async def test_rows_go_where_they_are_put() -> None:
    async with open_view(Feed) as page:
        await do(page, "stream_insert", [7, "last"])
        await do(page, "stream_insert", [8, "first"], at=0)
        await do(page, "stream_insert", [9, "third"], at=2)

        assert rows(page) == ["first", "item 0", "third", "item 1", "item 2", "last"]


async def test_a_row_that_is_there_is_updated_or_moved() -> None:
    async with open_view(Feed) as page:
        await do(page, "stream_insert", [1, "changed"])
        assert rows(page) == ["item 0", "changed", "item 2"]

        await do(page, "stream_insert", ["2", "moved"], at=0)
        assert rows(page) == ["moved", "item 0", "changed"]
        assert page.text("i") == "3"


async def test_rows_go_by_item_by_id_or_by_the_text_of_an_id() -> None:
    async with open_view(Feed) as page:
        await do(page, "stream_delete", [0])
        await do(page, "stream_delete", "1")
        await do(page, "stream_delete", 1000)

        assert rows(page) == ["item 2"]


async def test_a_limit_prunes_at_the_other_edge() -> None:
    async with open_view(Feed) as page:
        await do(page, "stream_insert", [7, "end"], limit=3)
        assert rows(page) == ["item 1", "item 2", "end"]

        await do(page, "stream_insert", [8, "start"], at=0, limit=3)
        assert rows(page) == ["start", "item 1", "item 2"]

        await do(page, "stream_prune", limit=1, edge="bottom")
        assert rows(page) == ["start"]


async def test_a_reset_takes_all_rows_away() -> None:
    async with open_view(Feed) as page:
        await do(page, "stream_reset", [5, "five"])
        assert rows(page) == ["five"]
        assert page.count("p") == 0

        await do(page, "stream_reset")
        assert rows(page) == []
        assert page.text("p") == "Nothing here."

        await do(page, "stream", [6, "six"], reset=True)
        assert rows(page) == ["six"]


async def test_only_the_new_row_is_sent() -> None:
    async with open_view(Feed, params={"rows": 1_000}) as page:
        page.link.operations.clear()
        await do(page, "stream_insert", [5_000, "new"])

        (operation,) = page.link.operations
        assert operation[:4] == ["rows", "feed", "insert", -1]
        assert operation[4] == '<li id="feed-5000">new (Feed)</li>'


async def test_a_patch_of_the_page_leaves_rows_alone_and_new_ones_follow_it() -> None:
    async with open_view(Feed) as page:
        await page.call("rename", title="News")
        await do(page, "stream_insert", [7, "seven"])

        assert page.text("h1") == "News"
        titles = [text.partition("(")[2] for text in page.texts("li")]
        assert titles == ["Feed)", "Feed)", "Feed)", "News)"]


async def test_no_row_object_stays_alive() -> None:
    WATCHED.clear()
    async with open_view(Feed) as page:
        for number in range(100, 110):
            await page.call("insert_watched", number=number)
        await page.call("rename", title="News")
        gc.collect()

        assert len(WATCHED) == 10
        assert not any(reference() for reference in WATCHED)
        assert page.count("li") == 13


async def test_no_row_object_of_the_mount_stays_alive() -> None:
    references: list[weakref.ref[Item]] = []

    class Watched(Feed):
        def mount(self, request: Any, **params: Any) -> None:
            self.title = "Feed"
            items = [Item(number, "mounted") for number in range(50)]
            references.extend(map(weakref.ref, items))
            self.stream("feed", items)

    async with open_view(Watched) as page:
        await page.call("rename", title="News")
        gc.collect()

        assert page.count("li") == 50
        assert not any(reference() for reference in references)


async def test_a_row_costs_the_same_in_a_long_list_as_in_a_short_one() -> None:
    app = app_of(Feed)
    async with (
        app.running(),
        open_view(Feed, app=app, params={"rows": 100}) as short,
        open_view(Feed, app=app, params={"rows": 100_000}) as long,
    ):
        views = [view_of(page) for page in (short, long)]
        costs = [[insert_cost(view, 10**6 + turn) for view in views] for turn in range(300)]
        few, many = (min(column) for column in zip(*costs, strict=True))

    assert many / few <= 1.2


async def test_the_server_keeps_less_than_a_hundred_bytes_a_row() -> None:
    app = app_of(Feed)
    async with app.running(), open_view(Feed, app=app, params={"rows": 100_000}) as page:
        order = view_of(page)._row_streams.feed.order

        held = sys.getsizeof(order._ids) + sys.getsizeof(order._line)
        assert len(order) == 100_000
        assert held / 100_000 <= 64


async def test_a_failed_turn_changes_no_row() -> None:
    async with open_view(Feed) as page:
        with pytest.raises(EventFailed):
            await page.call("insert_and_fail")
        await page.call("rename", title="News")

        assert rows(page) == ["item 0", "item 1", "item 2"]
        assert page.text("i") == "3"


async def test_rows_that_came_while_the_browser_was_away_are_there_when_it_is_back() -> None:
    async with open_view(Feed) as page:
        seat = page.visitor.seat_of(page.link.token)
        await page.disconnect()
        seat.address.tell(info([7, "meanwhile"]))
        await page.reconnect()

        assert page.link.how == "resumed"
        assert rows(page)[-1] == "meanwhile"


async def test_a_page_that_cannot_resume_is_mounted_anew() -> None:
    async with open_view(Feed) as page:
        await do(page, "stream_insert", [7, "seven"])
        await page.disconnect()
        page.link.epoch = "forgotten"
        await page.reconnect()

        assert page.link.how == "mounted"
        assert rows(page) == ["item 0", "item 1", "item 2"]
        assert len(page.visitor.app.runtime.seats) == 1


async def test_a_page_that_is_sent_whole_keeps_its_rows() -> None:
    async with open_view(Feed) as page:
        view_of(page)._picture.rest(drop=True)
        await page.call("rename", title="News")
        await do(page, "stream_insert", [7, "seven"])

        assert page.text("h1") == "News"
        assert rows(page) == ["item 0", "item 1", "item 2", "seven"]


async def test_a_crash_leaves_the_rows() -> None:
    async with open_view(Feed) as page:
        await do(page, "stream_insert", [7, "seven"])
        await page.crash()
        await do(page, "stream_insert", [8, "eight"])

        assert rows(page) == ["item 0", "item 1", "item 2", "seven", "eight"]


async def test_rows_that_change_before_the_browser_has_come_are_right() -> None:
    class Hurried(Feed):
        def handle_params(self, params: dict[str, Any], uri: str) -> None:
            self.stream_insert("feed", Item(7, "seven"), at=0)
            self.stream_delete("feed", 1)

    async with open_view(Hurried) as page:
        assert rows(page) == ["seven", "item 0", "item 2"]


async def test_rows_that_change_between_the_page_and_its_join_are_right() -> None:
    class Early(Feed):
        def handle_info(self, message: Any) -> None:
            self.stream_insert("feed", Item(7, "seven"), at=0)
            self.stream_insert("feed", Item(8, "eight"))
            self.stream_delete("feed", 1)

    app = app_of(Early)
    async with app.running(), open_view(Early, app=app, follow=False) as page:
        page.visitor.seat_of(page.link.token).address.tell(info("go"))
        await page.settle()
        await page.send(page.join_message())
        page.link.joined(cast(Joined, await page.receive()))
        page.link.frame(cast(Frame, await page.receive()))

        shown = Document(page.html)
        assert [text.partition(" (")[0] for text in shown.texts("li")] == [
            "seven", "item 0", "item 2", "eight",
        ]  # fmt: skip


async def test_a_view_without_streams_holds_nothing_for_them() -> None:
    class Plain(LiveView):
        template = "<h1>{{ 1 }}</h1>"

    async with open_view(Plain) as page:
        assert not {"_row_streams", "_streaming"} & vars(view_of(page)).keys()


@pytest.mark.parametrize(
    ("verb", "arguments", "options", "problem"),
    [
        ("stream_insert", [[1, ""]], {"at": -2}, '"feed": `at` is -1, 0 or an index, not -2'),
        ("stream_insert", [[1, ""]], {"limit": -1}, '"feed": the limit is 0 or more, not -1'),
        ("stream_prune", [], {"limit": 1, "edge": "left"}, '"feed": the edge is "top" or "bottom"'),
        ("stream_insert", [[None, "x"]], {}, '"feed": Item\\(id=None, .* has no id'),
    ],
)
async def test_misuse_is_refused_and_names_the_stream(
    verb: str, arguments: list[Any], options: dict[str, Any], problem: str
) -> None:
    async with open_view(Feed) as page:
        with pytest.raises(EventFailed, match=problem):
            await do(page, verb, *arguments, **options)

        assert rows(page) == ["item 0", "item 1", "item 2"]


async def test_an_unknown_stream_is_refused() -> None:
    class Wrong(Feed):
        def handle_info(self, message: Any) -> None:
            self.stream_insert("fed", Item(1))

    async with open_view(Wrong) as page:
        await page.tell("go")

        assert 'There is no stream "fed"; there are: feed.' in page.errors[0].message


@pytest.mark.parametrize("payload", ["<script>x</script>", '"><img onerror=x>', "a\u2028b"])
async def test_rows_and_ids_are_escaped(payload: str) -> None:
    async with open_view(Feed) as page:
        await do(page, "stream_insert", [payload, payload])

        assert page.count("li script, li img") == 0
        assert page.attribute("li:last-child", "id") == f"feed-{payload}"
        await do(page, "stream_delete", payload)
        assert page.count("li") == 3


def test_ids_are_compared_as_they_are_written() -> None:
    assert [row_id(one) for one in (0, "0", "07", "x", "-1")] == [0, 0, "07", "x", "-1"]


Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "top", "bottom", "clear"]),
        st.integers(0, 12),
        st.integers(-1, 12),
    ),
    max_size=40,
)


def change(order: RowOrder, model: list[RowId], step: Step) -> None:
    """The same change of an order and of a plain list."""
    kind, row, at = step
    if kind == "insert" and row not in order:
        order.insert([row], at)
        model.insert(at if at >= 0 else len(model), row)
    elif kind == "delete" and row in order:
        order.delete(row)
        model.remove(row)
    elif kind == "top":
        order.prune(row, "top")
        del model[: max(len(model) - row, 0)]
    elif kind == "bottom":
        order.prune(row, "bottom")
        del model[row:]
    elif kind == "clear":
        order.clear()
        model.clear()


@settings(max_examples=200, deadline=None)
@given(first=STEPS, second=STEPS)
def test_an_order_is_a_list_without_its_cost_and_can_be_taken_back(
    first: list[Step], second: list[Step]
) -> None:
    undo: list[Undo] = []
    order, model = RowOrder(undo), list[RowId]()
    for step in first:
        change(order, model, step)
        assert list(order) == model
    before, known = list(model), len(undo)
    for step in second:
        change(order, model, step)
    assert (list(order), len(order)) == (model, len(model))

    while len(undo) > known:
        undo.pop()()

    assert (list(order), len(order)) == (before, len(before))


def app_of(view: type[LiveView]) -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="of no worth", LIVE_ENV="development", LIVE_UNSENT_BYTES=2**26)
    app.live("/", view)
    return app


def view_of(page: ViewPage) -> Any:
    """The view behind a page."""
    (found,) = (
        one
        for one in gc.get_objects()
        if isinstance(one, LiveView) and one._view_id == page.visitor.seat_of(page.link.token).id
    )
    return found


def insert_cost(view: Any, number: int) -> float:
    item = Item(number, "new")
    began = time.perf_counter()
    view.stream_insert("feed", item, at=0)
    cost = time.perf_counter() - began
    view.stream_delete("feed", number)
    view._outbox._operations.clear()
    return cost


def info(message: Any) -> Any:
    from limelight.server.view_messages import Info

    return Info(message)
