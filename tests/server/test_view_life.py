"""A view from its page's GET to its end: mount, join, turns, drops, crashes, leaves."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.client.messages import Event, Frame, Join, Leave
from limelight.server.view_messages import Info
from limelight.testing import EventFailed, PageError, ViewPage, open_browser, open_view


class Diary(LiveView):
    """Writes down what happens to it."""

    template = """
    <p id="log">{{ entries|join(" ") }}</p><b>{{ count }}</b>
    <button id="add" dj-click="add">+</button>
    <button id="fail" dj-click="fail">!</button>
    <input name="by" dj-change="add_by">
    """
    ended: list[str] = []  # noqa: RUF012

    def mount(self, request: Request, **params: Any) -> None:
        self.entries = ["mount"]
        self.count = 0

    @event_handler()
    def add(self) -> None:
        self.count += 1

    @event_handler()
    async def add_by(self, by: int) -> None:
        await trio.lowlevel.checkpoint()
        self.count += by

    @event_handler()
    async def pause(self, seconds: float) -> None:
        await trio.sleep(seconds)

    @event_handler()
    def fail(self) -> None:
        self.count = 99
        raise ValueError("no")

    def handle_info(self, message: Any) -> None:
        self.entries = [*self.entries, str(message)]

    def unmount(self) -> None:
        self.ended.append(f"{self.count}")


@pytest.fixture(autouse=True)
def _clean_diary(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")
    Diary.ended.clear()


def count_of(page: ViewPage) -> int:
    return int(page.text("b"))


async def test_a_page_view_mounts_once() -> None:
    async with open_view(Diary) as page:
        await page.click("#add")

        assert page.text("#log") == "mount"
        assert count_of(page) == 1


async def test_events_are_handled_one_at_a_time_in_their_order() -> None:
    async with open_view(Diary) as page:
        await page.fill("[name=by]", "5")
        await page.click("#add")

        assert count_of(page) == 6


async def test_a_failed_handler_leaves_the_state_as_it_was_and_the_page_goes_on() -> None:
    async with open_view(Diary) as page:
        await page.click("#add")
        for _ in range(10):
            with pytest.raises(EventFailed, match="no"):
                await page.click("#fail")
        await page.click("#add")

        assert count_of(page) == 2
        assert [error.kind for error in page.errors] == ["crash"] * 10


async def test_an_unfit_parameter_is_named_and_the_handler_does_not_run() -> None:
    async with open_view(Diary) as page:
        with pytest.raises(EventFailed, match='parameter "by" does not fit'):
            await page.fill("[name=by]", "many")

        assert count_of(page) == 0


async def test_in_production_a_failure_is_told_without_its_details() -> None:
    app = LiveApp("shop")
    app.config["SECRET_KEY"] = "secret"
    app.live("/", Diary)
    async with open_browser(app) as page:
        with pytest.raises(EventFailed):
            await page.click("#fail")

        assert "ValueError" not in page.errors[0].message
        assert page.errors[0].detail == {}
        assert page.errors[0].id


async def test_the_log_has_the_id_that_the_page_shows(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "limelight.views")
    async with open_view(Diary) as page:
        with pytest.raises(EventFailed):
            await page.click("#fail")

        assert page.errors[0].id in caplog.text
        assert "Diary.fail" in caplog.text


async def test_a_crashed_actor_goes_on_from_its_last_good_state() -> None:
    async with open_view(Diary) as page:
        await page.click("#add")
        await page.crash()
        await page.click("#add")

        assert count_of(page) == 2
        assert page.text("#log") == "mount"


async def test_a_view_that_crashes_too_often_stays_down() -> None:
    async with open_view(Diary) as page:
        for _ in range(4):
            await page.crash()

        assert page.errors[-1].kind == "down"


async def test_a_lost_socket_loses_nothing() -> None:
    async with open_view(Diary) as page:
        await page.click("#add")
        await page.disconnect()
        await page.visitor.seat_of(page.link.token).address.wait_for_room()
        await page.tell("while away")
        await page.reconnect()
        await page.click("#add")

        assert count_of(page) == 2
        assert page.text("#log") == "mount while away"


async def test_a_view_outlives_its_socket_for_the_grace_time_only(
    autojump_clock: MockClock,
) -> None:
    async with open_view(Diary) as page:
        await page.click("#add")
        await page.disconnect()
        await trio.sleep(59)
        assert Diary.ended == []
        await trio.sleep(2)

        assert Diary.ended == ["1"]


async def test_a_page_that_comes_back_too_late_is_mounted_anew(autojump_clock: MockClock) -> None:
    async with open_view(Diary) as page:
        await page.click("#add")
        await page.disconnect()
        await trio.sleep(90)
        await page.reconnect()

        assert count_of(page) == 0


async def test_leaving_ends_the_view_at_once(autojump_clock: MockClock) -> None:
    async with open_view(Diary) as page:
        await page.click("#add")
        await page.leave()
        await trio.sleep(0.5)

        assert Diary.ended == ["1"]


async def leave_behind(page: ViewPage, *events: Event) -> None:
    """Send some events and leave at once."""
    await page.send(page.join_message())
    await page.receive()
    for event in events:
        await page.send(event)
    await page.send(Leave())


async def test_what_was_asked_for_before_leaving_is_done(autojump_clock: MockClock) -> None:
    async with open_view(Diary, follow=False) as page:
        await leave_behind(page, Event(1, "pause", {"seconds": 0.5}), Event(2, "add"))
        await trio.sleep(0.6)

        assert Diary.ended == ["1"]


async def test_a_handler_that_does_not_end_holds_no_view_that_was_left(
    autojump_clock: MockClock,
) -> None:
    async with open_view(Diary, follow=False) as page:
        await leave_behind(page, Event(1, "pause", {"seconds": 1e6}), Event(2, "add"))
        await trio.sleep(6.5)

        assert page.visitor.app.runtime.seats == {}


async def test_a_view_that_no_browser_claims_is_let_go(autojump_clock: MockClock) -> None:
    app = LiveApp("shop")
    app.config["LIVE_ENV"] = "development"
    app.live("/", Diary)
    async with app.running() as runtime:
        await app.test_client().get("/")
        assert len(runtime.seats) == 1
        await trio.sleep(11)

        assert runtime.seats == {}


@pytest.mark.parametrize("how", ["head", "prefetch"])
async def test_a_page_that_nobody_looks_at_is_not_waited_for(how: str) -> None:
    app = LiveApp("shop")
    app.config["LIVE_ENV"] = "development"
    app.live("/", Diary)
    async with app.running() as runtime:
        client = app.test_client()
        if how == "head":
            await client.head("/")
        else:
            await client.get("/", headers={"Sec-Purpose": "prefetch"})
        await trio.testing.wait_all_tasks_blocked()

        assert runtime.seats == {}


async def test_beyond_the_limit_the_oldest_waiting_view_is_let_go() -> None:
    app = LiveApp("shop")
    app.config.update(LIVE_ENV="development", LIVE_CLAIMS=2)
    app.live("/", Diary)
    async with app.running() as runtime:
        for _ in range(3):
            await app.test_client().get("/")
        await trio.testing.wait_all_tasks_blocked()

        assert len(runtime.seats) == 2


async def test_a_repeated_event_is_applied_once() -> None:
    async with open_view(Diary, follow=False) as page:
        await page.send(Join(page.link.token, "/"))
        await page.receive()
        frames = []
        for _ in range(3):
            await page.send(Event(1, "add", repeated=True))
            frames.append(await page.receive())

        assert [frame.acknowledged for frame in frames if isinstance(frame, Frame)] == [1, 1, 1]
        assert [frame.sequence for frame in frames if isinstance(frame, Frame)] == [1, 0, 0]


async def test_many_messages_become_one_patch() -> None:
    async with open_view(Diary) as page:
        await page.click("#add")
        frames = page.link.seen
        address = page.visitor.seat_of(page.link.token).address
        for number in range(50):
            address.tell(Info(number))
        await page.settle()

        assert page.link.seen == frames + 1
        assert page.text("#log").endswith(" 49")


async def test_a_view_that_fails_in_mount_is_an_error_page_and_leaves_no_actor() -> None:
    class Broken(LiveView):
        template = "<p></p>"

        def mount(self, request: Request, **params: Any) -> None:
            raise ValueError("no")

    app = LiveApp("shop")
    app.config["LIVE_ENV"] = "development"
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.live("/", Broken)
    async with app.running() as runtime:
        response = await app.test_client().get("/")

        assert response.status_code == 500
        assert runtime.seats == {}


async def test_a_token_of_another_session_is_refused() -> None:
    async with open_view(Diary) as mine, open_browser(mine.visitor.app, follow=False) as theirs:
        await theirs.send(Join(mine.link.token, "/"))
        error = await theirs.receive()

        assert error.kind == "refused"  # type: ignore[union-attr]
        assert "another session" in error.message  # type: ignore[union-attr]


async def test_a_second_tab_with_the_same_page_gets_a_view_of_its_own() -> None:
    async with open_view(Diary) as first:
        await first.click("#add")
        async with first.open_tab() as second:
            second.link.token = first.link.token
            await second.disconnect()
            await second.reconnect()
            await second.click("#add")
            await first.click("#add")

            assert count_of(first) == 2


async def test_events_above_the_rate_close_the_socket() -> None:
    app = LiveApp("shop")
    app.config.update(LIVE_ENV="development", LIVE_EVENTS_BURST=3, LIVE_EVENTS_PER_SECOND=1)
    app.live("/", Diary)
    async with open_browser(app) as page:
        for _ in range(3):
            await page.click("#add")
        with pytest.raises((EventFailed, PageError)):
            await page.click("#add")

        assert count_of(page) == 3
