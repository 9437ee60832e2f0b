"""Live cursors: the newest positions reach everybody else, and no page is rendered for them."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import pytest
import trio

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import LiveCursorMixin
from limelight.server.turns import TurnActor
from limelight.testing import EventFailed, ViewPage, open_browser, open_view

HOLD_SECONDS = 2.0
TICK_SECONDS = 1 / 30


class Editor(LiveCursorMixin, LiveView):
    presence_key = "editor:{doc_id}"
    template = """
    <div dj-cursors>text</div>
    <ul>{% for id, one in cursors.items() %}<li>{{ one.meta.name }} {{ one.x }} {{ one.y }}
    {{ one.color }}</li>{% endfor %}</ul>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.track_presence({"name": request.args.get("name", "")})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["cursors"] = self.get_cursors()
        return context

    @event_handler()
    def render(self) -> None:
        """Show the cursors in the template."""

    @event_handler()
    def put(self, x: float, y: float) -> None:
        self.update_cursor_position(x, y)

    @event_handler()
    def rename(self, name: str) -> None:
        self.update_presence({"name": name})


class Screen:
    """What a browser draws of the signals, as `cursors.js` does."""

    def __init__(self, page: ViewPage) -> None:
        self.page = page

    @property
    def cursors(self) -> dict[str, tuple[int, int]]:
        places: dict[int, tuple[int, int]] = {}
        names: dict[int, str] = {}
        own = None
        for name, payload in self.page.link.signals:
            assert name == "cursors"
            moves, people, gone, *whole = [*payload, [], [], []][: max(3, len(payload))]
            if whole:
                own, places, names = whole[0], {}, {}
            names |= {number: called for number, called, _ in people}
            rows = zip(moves[::3], moves[1::3], moves[2::3], strict=True)
            places |= {number: (x, y) for number, x, y in rows}
            for number in gone:
                places.pop(number, None)
        return {names[number]: place for number, place in places.items() if number != own}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")


@pytest.fixture
def app() -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(LIVE_ENV="development", TESTING=True)
    app.live("/documents/<doc_id>", Editor)
    return app


@pytest.fixture
def renders(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every render of a page that is open."""
    seen: list[object] = []
    render = TurnActor._render

    def noting(self: TurnActor) -> Any:
        seen.append(self)
        return render(self)

    monkeypatch.setattr(TurnActor, "_render", noting)
    return seen


async def pass_ticks(page: ViewPage, count: int = 2) -> None:
    await trio.sleep(count * TICK_SECONDS)
    await page.settle()


async def test_the_example_of_the_reference_runs() -> None:
    class ReferenceEditor(LiveCursorMixin, LiveView):
        presence_key = "editor:{doc_id}"
        template = "<p>{{ cursors | length }} of {{ presence_count() }}</p>"

        def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
            ctx = super().get_context_data(**kwargs)
            ctx["cursors"] = self.get_cursors()
            return ctx

    async with open_view(ReferenceEditor, "/d/7", rule="/d/<doc_id>") as page:
        await page.settle()

        assert page.text("p") == "0 of 1"


async def test_a_move_reaches_the_others_and_renders_no_page(
    app: LiveApp, renders: list[object], autojump_clock: Any
) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await pass_ticks(ada)
        frames = ada.link.frames_applied, bob.link.frames_applied
        renders.clear()

        await ada.signal("cursor", [0.25, 0.5])
        await pass_ticks(bob)

        assert Screen(bob).cursors == {"Ada": (2500, 5000)}
        assert Screen(ada).cursors == {}
        assert renders == []
        assert (ada.link.frames_applied, bob.link.frames_applied) == frames


async def test_many_moves_within_a_tick_are_one_position(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await ada.signal("cursor", [0, 0])
        await pass_ticks(bob)
        before = len(bob.link.signals)

        for step in range(10):
            await ada.signal("cursor", [step / 10, 1])
        await pass_ticks(bob)

        assert len(bob.link.signals) - before <= 2
        assert Screen(bob).cursors == {"Ada": (9000, 10_000)}


async def test_templates_see_cursors_with_their_next_render(
    app: LiveApp, autojump_clock: Any
) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await ada.signal("cursor", [0.25, 0.5])
        await pass_ticks(bob)
        assert bob.texts("li") == []

        await bob.call("render")
        await ada.call("render")

        (line,) = bob.texts("li")
        assert line.startswith("Ada 0.25 0.5 #")
        assert ada.texts("li") == []


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        [0.5],
        [0.5, 0.5, 0.5],
        [1.01, 0],
        [-0.01, 0],
        ["0", 0],
        [True, 0],
        {"x": 0},
        "cursor",
    ],
)
async def test_what_is_no_position_is_dropped(
    app: LiveApp, payload: Any, autojump_clock: Any
) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await ada.signal("cursor", payload)
        await ada.signal("other", [0.5, 0.5])
        await pass_ticks(bob)

        assert Screen(bob).cursors == {}
        assert ada.is_connected
        assert ada.errors == []


async def test_more_signals_than_allowed_are_dropped_and_hurt_nobody(
    app: LiveApp, autojump_clock: Any
) -> None:
    app.config.update(LIVE_SIGNALS_BURST=5, LIVE_SIGNALS_PER_SECOND=0.001)
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        for step in range(500):
            await ada.signal("cursor", [step / 500, 0])
        await pass_ticks(bob)

        assert Screen(bob).cursors == {"Ada": (4 * 20, 0)}
        await ada.call("render")


async def test_who_comes_later_sees_pointers_that_rest(app: LiveApp, autojump_clock: Any) -> None:
    async with open_browser(app, "/documents/7?name=Ada") as ada:
        await ada.signal("cursor", [0.25, 0.5])
        await pass_ticks(ada)

        async with open_browser(app, "/documents/7?name=Bob") as bob:
            await pass_ticks(bob)
            assert Screen(bob).cursors == {"Ada": (2500, 5000)}

            await trio.sleep(11)
            await bob.reconnect()
            await pass_ticks(bob)
            assert Screen(bob).cursors == {}

            await ada.signal("cursor", [0.5, 0.5])
            await pass_ticks(bob)
            assert Screen(bob).cursors == {"Ada": (5000, 5000)}


async def test_a_cursor_goes_with_its_user(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await ada.signal("cursor", [0.25, 0.5])
        await pass_ticks(bob)
        await ada.leave()
        await trio.sleep(HOLD_SECONDS + 0.1)
        await pass_ticks(bob)

        assert Screen(bob).cursors == {}
        await bob.call("render")
        assert bob.texts("li") == []


async def test_a_new_name_reaches_who_sees_the_cursor(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await ada.signal("cursor", [0.25, 0.5])
        await pass_ticks(bob)
        await ada.call("rename", name="<b>Ada</b>")
        await pass_ticks(bob)

        assert Screen(bob).cursors == {"<b>Ada</b>": (2500, 5000)}


async def test_another_tab_of_the_user_is_no_other(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        ada.open_tab("/documents/7?name=Ada") as second,
    ):
        await ada.signal("cursor", [0.25, 0.5])
        await pass_ticks(second)

        assert Screen(second).cursors == {}


async def test_a_handler_may_move_the_cursor_and_is_told_of_nonsense(
    app: LiveApp, autojump_clock: Any
) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await ada.call("put", x=1, y=0)
        with pytest.raises(EventFailed, match="from 0 to 1"):
            await ada.call("put", x=2, y=0)
        await pass_ticks(bob)

        assert Screen(bob).cursors == {"Ada": (10_000, 0)}


async def test_the_hook_decides_what_the_others_see(autojump_clock: Any) -> None:
    class Grid(Editor):
        async def handle_cursor_move(self, x: float, y: float) -> None:
            await trio.lowlevel.checkpoint()
            self.update_cursor_position(round(x), round(y))

    app = LiveApp(__name__)
    app.config.update(LIVE_ENV="development", TESTING=True)
    app.live("/documents/<doc_id>", Grid)
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await ada.signal("cursor", [0.7, 0.2])
        await pass_ticks(bob)

        assert Screen(bob).cursors == {"Ada": (10_000, 0)}


async def test_a_delivered_position_takes_few_bytes(app: LiveApp, autojump_clock: Any) -> None:
    async with (
        open_browser(app, "/documents/7?name=Ada") as ada,
        open_browser(app, "/documents/7?name=Bob") as bob,
    ):
        await ada.signal("cursor", [0.25, 0.5])
        await pass_ticks(bob)
        await ada.signal("cursor", [0.26, 0.51])
        await pass_ticks(bob)

        assert len(msgspec.json.encode(bob.link.signals[-1][1])) <= 20
