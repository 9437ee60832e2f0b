"""What happens at each limit: a view's, a socket's, a process's."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

import msgspec
import pytest
import trio
from trio.testing import MockClock

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.messages import Bye, Error, Event, Frame, Joined, Pong, ToBrowser
from limelight.server.view_messages import Crash
from limelight.testing import EventFailed, SocketClosed, ViewPage, open_browser


class Shelf(LiveView):
    """Holds what is put on it, and does what the limits are there for."""

    template = """
    <b>{{ count }}</b><p>{{ text }}</p>
    <button id="add" dj-click="add">+</button>
    <button id="wait" dj-click="wait">...</button>
    """
    may_go_on: ClassVar[trio.Event]
    mounted: ClassVar[int] = 0

    def mount(self, request: Request, **params: Any) -> None:
        Shelf.mounted += 1
        self.count = 0
        self.text = ""

    @event_handler()
    def add(self) -> None:
        self.count += 1

    @event_handler()
    async def wait(self) -> None:
        await self.may_go_on.wait()

    @event_handler()
    def die(self) -> None:
        self._address.tell(Crash("a test asked for it"))

    @event_handler()
    def write(self, size: int) -> None:
        self.count += 1
        self.text = str(self.count % 10) * size

    @event_handler()
    def push(self, times: int) -> None:
        self.count += 1
        for number in range(times):
            self.push_event("pushed", number)


class SlowToMount(LiveView):
    template = "<p></p>"

    async def mount(self, request: Request, **params: Any) -> None:
        await trio.sleep(60)


@pytest.fixture(autouse=True)
def _fresh(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL + 1, "limelight")
    Shelf.may_go_on = trio.Event()
    Shelf.mounted = 0


def shop(**limits: Any) -> LiveApp:
    app = LiveApp("shop")
    app.config.update(LIVE_ENV="development", PROPAGATE_EXCEPTIONS=False, **limits)
    app.live("/", Shelf)
    app.live("/slow", SlowToMount)
    return app


async def join(page: ViewPage, view: int = 0) -> ToBrowser:
    """Join by hand, as one of several views of the socket."""
    await page.send(msgspec.structs.replace(page.join_message(), view=view))
    return await page.receive()


async def code_of_the_end(page: ViewPage) -> int:
    """Read on until the server has closed the socket."""
    try:
        while True:
            await page.receive()
    except SocketClosed as closed:
        return closed.code


# --- of a socket ------------------------------------------------------------------------


async def test_a_socket_carries_so_many_views_and_refuses_the_next() -> None:
    async with open_browser(shop(LIVE_VIEWS_PER_SOCKET=2), follow=False) as page:
        answers = [await join(page, view) for view in range(3)]

        assert [type(answer) for answer in answers] == [Joined, Joined, Error]
        assert answers[2] == Error("refused", "a socket carries at most 2 views", view=2)


async def test_frames_that_do_not_fit_are_named_until_they_are_too_many() -> None:
    async with open_browser(shop(LIVE_UNFIT_FRAMES=3), follow=False) as page:
        for _ in range(3):
            await page.send("{not json")
        said = [await page.receive() for _ in range(4)]

        assert [one.kind for one in said if isinstance(one, Error)] == ["unfit"] * 3
        assert said[3] == Bye("too many frames that could not be read", again=False)
        assert await code_of_the_end(page) == 4400


async def test_an_event_above_the_rate_is_refused_before_the_socket_closes() -> None:
    limits = {"LIVE_EVENTS_BURST": 2, "LIVE_EVENTS_PER_SECOND": 0.001}
    async with open_browser(shop(**limits), follow=False) as page:
        await join(page)
        for number in (1, 2, 3):
            await page.send(Event(number, "add"))
        heard = [await page.receive() for _ in range(3)]

        refused = [one for one in heard if isinstance(one, Error)]
        assert [(one.number, one.message) for one in refused] == [(0, "too many events a second")]
        assert await code_of_the_end(page) == 4429


async def test_events_that_are_sent_again_have_a_budget_of_their_own() -> None:
    limits = {"LIVE_EVENTS_BURST": 1, "LIVE_EVENTS_PER_SECOND": 0.001}
    limits |= {"LIVE_REPEATS_BURST": 2, "LIVE_REPEATS_PER_SECOND": 0.001}
    async with open_browser(shop(**limits), follow=False) as page:
        await join(page)
        await page.send(Event(1, "add"))
        await page.send(Event(2, "add", repeated=True))
        await page.send(Event(3, "add", repeated=True))
        await page.send(Event(4, "add", repeated=True))

        assert await code_of_the_end(page) == 4429


async def test_a_ping_costs_no_event() -> None:
    async with open_browser(shop(LIVE_EVENTS_BURST=1), follow=False) as page:
        for _ in range(20):
            await page.send('{"t":"ping"}')

        assert [await page.receive() for _ in range(20)] == [Pong()] * 20


# --- of a view --------------------------------------------------------------------------


async def test_a_full_mailbox_stops_the_reader_and_loses_nothing() -> None:
    async with open_browser(shop(LIVE_MAILBOX=4), follow=False) as page:
        await join(page)
        address = page.visitor.seat_of(page.link.token).address
        await page.send(Event(1, "wait"))
        await page.settle()
        for number in range(2, 22):
            await page.send(Event(number, "add"))
        await page.settle()
        depth = address.inspect().mailbox_depth
        Shelf.may_go_on.set()
        last = 0
        while last < 21:
            frame = await page.receive()
            last = frame.acknowledged if isinstance(frame, Frame) else last

        assert depth == 4
        assert page.link.seen == 0


async def test_a_view_that_mounts_too_slowly_is_an_error_page(autojump_clock: MockClock) -> None:
    app = shop(LIVE_MOUNT_SECONDS=3)
    async with app.running() as runtime:
        began = trio.current_time()
        answer = await app.test_client().get("/slow")

        assert answer.status_code == 503
        assert trio.current_time() - began == pytest.approx(3, abs=0.1)
        assert runtime.seats == {}


async def test_a_page_that_moves_to_a_view_that_mounts_too_slowly_stays_where_it_is(
    autojump_clock: MockClock,
) -> None:
    async with open_browser(shop(LIVE_MOUNT_SECONDS=3)) as page:
        with pytest.raises(EventFailed):
            await page.navigate("/slow")
        await page.click("#add")

        assert page.text("b") == "1"


async def test_an_event_that_kills_its_view_is_not_sent_again() -> None:
    async with open_browser(shop(LIVE_RESTARTS=3)) as page:
        await page.click("#add")
        for _ in range(3):
            await page.call("die")
            await page.settle()
        await page.reconnect()

        assert page.link.waiting() == []
        assert [error.kind for error in page.errors] == ["restarted"] * 3
        assert page.text("b") == "1"


async def test_more_effects_than_may_wait_fail_their_turn_only() -> None:
    async with open_browser(shop(LIVE_EFFECTS=5)) as page:
        await page.call("push", times=5)
        with pytest.raises(EventFailed, match="LIVE_EFFECTS"):
            await page.call("push", times=6)
        await page.click("#add")

        assert len(page.events) == 5
        assert page.text("b") == "2"


# --- of what is kept for a page that is away --------------------------------------------


async def come_back(page: ViewPage, sizes: list[int]) -> Joined:
    """Cause frames of these sizes and return as a page that has received none of them."""
    joined = await join(page)
    assert isinstance(joined, Joined)
    for number, size in enumerate(sizes, 1):
        await page.send(Event(number, "write", {"size": size}))
        await page.receive()
    returning = msgspec.structs.replace(page.join_message(), epoch=joined.epoch, seen=0)
    await page.send(returning)
    answer = await page.receive()
    assert isinstance(answer, Joined)
    return answer


async def test_a_page_that_missed_few_frames_is_sent_just_these() -> None:
    limits = {"LIVE_REPLAY_FRAMES": 4, "LIVE_REPLAY_BYTES": 10_000}
    async with open_browser(shop(**limits), follow=False) as page:
        answer = await come_back(page, [100] * 4)
        missed = [await page.receive() for _ in range(4)]

        assert answer.how == "resumed"
        assert answer.acknowledged == 4
        assert [one.sequence for one in missed if isinstance(one, Frame)] == [1, 2, 3, 4]


@pytest.mark.parametrize("sizes", [[100] * 5, [4_000] * 3], ids=["frames", "bytes"])
async def test_a_page_that_missed_too_much_is_sent_the_whole_view(sizes: list[int]) -> None:
    limits = {"LIVE_REPLAY_FRAMES": 4, "LIVE_REPLAY_BYTES": 10_000}
    async with open_browser(shop(**limits), follow=False) as page:
        answer = await come_back(page, sizes)

        assert answer.how == "mounted"
        assert answer.acknowledged == len(sizes)
        assert f"{len(sizes)}" * sizes[-1] in str(answer.root)
        assert Shelf.mounted == 1


async def test_frames_that_a_page_has_seen_are_not_kept() -> None:
    async with open_browser(shop()) as page:
        for _ in range(10):
            await page.click("#add")
        replay = page.visitor.seat_of(page.link.token).replay

        assert replay.since(9, 10) is not None
        assert replay.since(8, 10) is None


# --- of a transport, as an application meets it -------------------------------------------


async def test_a_frame_that_is_too_big_closes_the_socket_and_spares_the_view() -> None:
    async with open_browser(shop(LIVE_FRAME_BYTES=2_000)) as page:
        await page.click("#add")
        with pytest.raises(SocketClosed) as caught:
            await page.call("write", size="9" * 2_000)
        page.link.end()
        await page.reconnect()

        assert caught.value.code == 1009
        assert page.link.how == "resumed"
        assert page.text("b") == "1"


async def test_effects_for_a_slow_reader_wait_in_its_socket_before_they_are_too_many() -> None:
    async with open_browser(shop(LIVE_ROOM_BYTES=100, LIVE_EFFECTS=10), follow=False) as page:
        await join(page)
        for number in range(1, 31):
            await page.send(Event(number, "push", {"times": 2}))
            await page.settle()
        frames = [await page.receive()]
        while frames[-1].acknowledged < 30:  # type: ignore[union-attr]
            frames.append(await page.receive())

        effects = [
            effect for frame in frames if isinstance(frame, Frame) for effect in frame.effects
        ]
        assert len(frames) < 20
        assert [payload for _, (_, payload) in effects] == [0, 1] * 30


async def test_a_view_renders_for_a_slow_reader_only_when_there_is_room() -> None:
    async with open_browser(shop(LIVE_ROOM_BYTES=1_000), follow=False) as page:
        await join(page)
        for number in range(1, 21):
            await page.send(Event(number, "write", {"size": 2_000}))
            await page.settle()
        frames = [await page.receive()]
        while frames[-1].acknowledged < 20:  # type: ignore[union-attr]
            frames.append(await page.receive())

        assert len(frames) == 2
