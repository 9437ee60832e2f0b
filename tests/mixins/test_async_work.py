"""Background work: state first, then tasks and threads that end with their view."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.mixins import AsyncResult, AsyncWorkMixin, Interrupted
from limelight.server.state import decode_state, encode_state
from limelight.testing import EventFailed, ViewPage, open_browser, open_view


class Bench(LiveView):
    """Starts whatever a test gives it, and writes down what comes back."""

    template = """
    <p id="state">{{ state }}</p><p id="log">{{ outcomes|join(" ") }}</p>
    <button id="start" dj-click="start">start</button>
    """
    job: Any = None
    options: dict[str, Any] = {}  # noqa: RUF012

    def mount(self, request: Request, **params: Any) -> None:
        self.state = "idle"
        self.outcomes: tuple[str, ...] = ()
        self.views.append(self)

    views: list[Any] = []  # noqa: RUF012

    @event_handler()
    def start(self) -> None:
        self.state = "busy"
        self.start_async(type(self).job, self, **self.options)

    @event_handler()
    def stop(self, name: str = "work") -> None:
        self.state = "stopped" if self.cancel_async(name) else "nothing to stop"


class Hooked(Bench):
    def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> None:
        self.outcomes = (*self.outcomes, f"{name}={error!r}" if error else f"{name}={result}")


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "limelight")
    Bench.views.clear()


def with_job(job: Callable[..., Any], view: type[Bench] = Hooked, **options: Any) -> type[Bench]:
    return type("Tried", (view,), {"job": staticmethod(job), "options": options})


@asynccontextmanager
async def opened(view: type[LiveView]) -> AsyncIterator[ViewPage]:
    """Open a view, and assert that at its end no task, token or scope is left."""
    app = LiveApp("tested")
    app.config.update(SECRET_KEY="only here", LIVE_ENV="development", TESTING=True)
    app.live("/", view)
    async with app.running() as runtime:
        async with open_browser(app) as page:
            yield page
        await trio.testing.wait_all_tasks_blocked()
        while runtime.service("threads").limiter.borrowed_tokens:
            await trio.sleep(0.001)
        assert not runtime.seats
        for left in Bench.views:
            background = left._background
            assert not left._nursery.child_tasks
            assert not background.waiting
            assert not background.asked
            for work in background.running.values():
                assert work.scope.cancel_called or not work.is_wanted or not left._address.is_alive


async def test_the_example_of_the_reference_page() -> None:
    may_end = threading.Event()

    class ReportView(AsyncWorkMixin, LiveView):
        template = "<p>{{ generating }} {{ report }}</p><button dj-click='run'>Run</button>"

        def mount(self, request: Request, **kwargs: Any) -> None:
            self.generating, self.report = False, ""

        @event_handler()
        def run(self, **kwargs: Any) -> None:
            self.generating = True  # shown instantly
            self.start_async(self._build, name="report")

        def _build(self) -> None:
            may_end.wait()
            self.report = "ready"
            self.generating = False

    async with open_view(ReportView) as page:
        await page.click("button")
        assert page.text("p") == "True"
        may_end.set()
        await page.wait_for(lambda: page.text("p") == "False ready")


async def test_the_state_is_sent_before_the_work_begins() -> None:
    seen: list[int] = []

    async def job(view: Bench) -> str:
        seen.append(view._seat.sequence)
        return "done"

    async with opened(with_job(job, name="work")) as page:
        await page.click("#start")
        await page.wait_for("work=done")

        assert page.text("#state") == "busy"
        assert seen == [1]


async def test_work_of_mount_begins_when_the_browser_has_come() -> None:
    class Eager(Hooked):
        def mount(self, request: Request, **params: Any) -> None:
            super().mount(request, **params)
            self.start_async(self._look, name="look")

        async def _look(self) -> bool:
            return self.connected

    async with opened(Eager) as page:
        await page.wait_for("look=True")


async def test_a_task_may_assign_and_each_await_shows_it(autojump_clock: MockClock) -> None:
    async def job(view: Bench) -> None:
        for percent in (10, 50, 100):
            view.state = f"{percent}%"
            await trio.sleep(1)

    async with opened(with_job(job)) as page:
        await page.click("#start")
        seen = []
        for _ in range(3):
            await trio.sleep(0.5)
            seen.append(page.text("#state"))
            await trio.sleep(0.5)

        assert seen == ["10%", "50%", "100%"]


async def test_a_failed_turn_leaves_alone_what_a_task_has_assigned_meanwhile(
    autojump_clock: MockClock,
) -> None:
    class Slow(Hooked):
        @event_handler()
        async def fail_slowly(self) -> None:
            self.outcomes = ("taken back",)
            await trio.sleep(5)
            raise ValueError("no")

    async def job(view: Bench) -> None:
        await trio.sleep(1)
        view.state = "done"

    async with opened(with_job(job, Slow)) as page:
        await page.click("#start")
        with pytest.raises(EventFailed):
            await page.call("fail_slowly")
        await page.settle()
        assert (page.text("#state"), page.text("#log")) == ("done", "job=None")


async def test_a_thread_works_on_a_copy_and_shows_progress_when_it_says_so() -> None:
    steps = [threading.Event(), threading.Event()]

    class Threaded(Hooked):
        @event_handler()
        def start(self) -> None:
            self.start_async(self._work, name="work")

        def _work(self) -> int:
            self.outcomes = ("unseen",)
            self.report_progress(state="half")
            steps[0].wait()
            self.push_event("said", 1)
            self.state = "whole"
            steps[1].wait()
            return 7

        def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> None:
            self.outcomes = (*self.outcomes, str(result))

    async with opened(Threaded) as page:
        await page.click("#start")
        await page.wait_for("half")
        steps[0].set()
        await page.settle()
        assert (page.text("#state"), page.text("#log"), page.events) == ("half", "", [])

        steps[1].set()
        await page.wait_for("unseen 7")
        assert page.text("#state") == "whole"
        assert [event.name for event in page.events] == ["said"]


async def test_a_thread_that_fails_leaves_nothing_of_what_it_has_assigned() -> None:
    class Threaded(Hooked):
        @event_handler()
        def start(self) -> None:
            self.start_async(self._work, name="work")

        def _work(self) -> None:
            self.state = "half"
            raise ValueError("no")

    async with opened(Threaded) as page:
        await page.click("#start")
        await page.wait_for("work=ValueError('no')")
        assert page.text("#state") == "idle"


async def test_assigning_on_the_view_from_another_thread_raises() -> None:
    def job(view: Bench) -> None:
        view.state = "from a thread"

    async with opened(with_job(job, name="work")) as page:
        await page.click("#start")
        await page.wait_for("another thread than the view's own")
        assert page.text("#state") == "busy"


async def test_asking_for_work_within_a_thread_says_what_to_do() -> None:
    def job(view: Bench) -> None:
        view.start_async(print)

    async with opened(with_job(job, name="work")) as page:
        await page.click("#start")
        await page.wait_for("was asked for in a thread")


async def test_a_failure_without_a_hook_is_reported_and_no_spinner_turns_on() -> None:
    async def job(view: Bench) -> None:
        raise ValueError("no luck")

    async with opened(with_job(job, Bench)) as page:
        await page.click("#start")
        await page.wait_for(lambda: page.text("#state") == "idle")

        (error,) = page.errors
        assert "no luck" in error.message
        assert Bench.views[0]._seat.failed_turns == 1


async def test_a_failing_hook_is_reported_and_the_page_goes_on() -> None:
    class Failing(Bench):
        def handle_async_result(self, name: str, result: Any = None, error: Any = None) -> None:
            raise ValueError("in the hook")

    async def job(view: Bench) -> None:
        await trio.lowlevel.checkpoint()

    async with opened(with_job(job, Failing)) as page:
        await page.click("#start")
        await page.settle()
        assert "in the hook" in page.errors[0].message
        await page.call("stop", name="other")
        assert page.text("#state") == "nothing to stop"


async def test_a_failed_turn_drops_the_work_that_it_asked_for() -> None:
    begun: list[str] = []

    class Failing(Hooked):
        @event_handler()
        def start(self) -> None:
            self.start_async(lambda: begun.append("never"), name="work")
            raise ValueError("too late")

    async with opened(Failing) as page:
        with pytest.raises(EventFailed):
            await page.click("#start")
        await page.settle()
        assert begun == []
        assert not Bench.views[0]._background.asked


async def test_a_cancelled_task_ends_at_once_and_is_not_heard_of(
    autojump_clock: MockClock,
) -> None:
    ends: list[str] = []

    async def job(view: Bench) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ends.append("ended")

    async with opened(with_job(job, name="work")) as page:
        await page.click("#start")
        await page.call("stop")
        await page.settle()

        assert ends == ["ended"]
        assert (page.text("#state"), page.text("#log")) == ("stopped", "")
        assert not Bench.views[0]._nursery.child_tasks


async def test_work_that_is_cancelled_in_its_own_turn_never_begins() -> None:
    class Fickle(Hooked):
        @event_handler()
        def start(self) -> None:
            self.start_async(self.fail_if_run, name="work")
            assert self.cancel_async("work")

        async def fail_if_run(self) -> None:
            raise AssertionError

    async with opened(Fickle) as page:
        await page.click("#start")
        await page.settle()
        assert page.text("#log") == ""


async def test_a_cancelled_thread_learns_of_it_and_its_late_result_is_dropped() -> None:
    begun, go_on, ended = trio.Event(), threading.Event(), threading.Event()

    class Threaded(Hooked):
        @event_handler()
        def start(self) -> None:
            self.start_async(self._work, name="work")

        def _work(self) -> None:
            trio.from_thread.run_sync(begun.set)
            go_on.wait()
            self.state = "late"
            try:
                trio.from_thread.check_cancelled()
            finally:
                ended.set()

    async with opened(Threaded) as page:
        await page.click("#start")
        await begun.wait()
        await page.call("stop")
        go_on.set()
        await trio.to_thread.run_sync(ended.wait)
        await page.settle()

        assert (page.text("#state"), page.text("#log")) == ("stopped", "")


@pytest.mark.parametrize(
    ("if_running", "outcomes"),
    [("replace", "work=2"), ("keep", "work=0"), ("queue", "work=0 work=1 work=2")],
)
async def test_the_same_name_again(
    autojump_clock: MockClock, if_running: str, outcomes: str
) -> None:
    numbers = iter(range(9))

    async def job(view: Bench) -> int:
        number = next(numbers)
        await trio.sleep(1)
        return number

    async with opened(with_job(job, name="work", if_running=if_running)) as page:
        for _ in range(3):
            await page.click("#start")
            await page.settle()
        await trio.sleep(5)
        assert page.text("#log") == outcomes


async def test_too_many_behind_one_name_is_a_failure() -> None:
    async def job(view: Bench) -> None:
        await trio.sleep_forever()

    async with opened(with_job(job, name="work", if_running="queue")) as page:
        page.visitor.app.runtime.settings = _with(page, background_waiting=1)
        for _ in range(3):
            await page.click("#start")
        await page.wait_for("1 works wait behind 'work'")
        await page.call("stop")


def _with(page: ViewPage, **changes: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(page.visitor.app.runtime.settings, **changes)


async def test_too_many_that_wait_for_a_thread_is_a_failure() -> None:
    go_on = threading.Event()

    def job(view: Bench) -> None:
        go_on.wait()

    app = LiveApp("tested")
    app.config.update(SECRET_KEY="x", LIVE_BACKGROUND_THREADS=1, LIVE_BACKGROUND_WAITING=1)
    app.live("/", with_job(job))
    async with open_browser(app) as page:
        for _ in range(3):
            await page.click("#start")
            await page.settle()
        await page.wait_for("LIVE_BACKGROUND_THREADS")
        go_on.set()
        await page.wait_for(lambda: page.text("#log").count("job=None") == 2)


async def test_a_timeout_is_a_failure(autojump_clock: MockClock) -> None:
    async def job(view: Bench) -> None:
        await trio.sleep_forever()

    async with opened(with_job(job, name="work", timeout=5)) as page:
        await page.click("#start")
        await trio.sleep(4.9)
        assert page.text("#log") == ""
        await trio.sleep(0.2)
        assert "did not finish within 5 seconds" in page.text("#log")


async def test_an_unknown_way_is_refused() -> None:
    async def job(view: Bench) -> None: ...

    async with opened(with_job(job, if_running="drop")) as page:
        with pytest.raises(EventFailed, match='"replace", "keep" or "queue"'):
            await page.click("#start")


async def test_work_ends_with_its_view() -> None:
    ends: list[str] = []

    async def job(view: Bench) -> None:
        try:
            await trio.sleep_forever()
        finally:
            ends.append("ended")

    async with opened(with_job(job)) as page:
        await page.click("#start")
        await page.leave()
        await page.settle()
        assert ends == ["ended"]


async def test_work_that_a_crash_interrupts_is_reported_to_the_next_life() -> None:
    async def job(view: Bench) -> None:
        await trio.sleep_forever()

    async with opened(with_job(job, name="work")) as page:
        await page.click("#start")
        await page.crash()
        await page.wait_for("work=Interrupted")


async def test_a_crash_leaves_no_spinner_without_a_hook() -> None:
    async def job(view: Bench) -> None:
        await trio.sleep_forever()

    async with opened(with_job(job, Bench, name="work")) as page:
        await page.click("#start")
        assert page.text("#state") == "busy"
        await page.crash()
        await page.wait_for("idle")


async def test_running_work_is_reported_after_the_view_was_restored() -> None:
    async def job(view: Bench) -> None:
        await trio.sleep_forever()

    async with opened(with_job(job, name="work")) as page:
        await page.click("#start")
        view = Bench.views[0]
        saved = view._save()
        assert saved["async_work"] == [["work", "", {"state": ("busy", "idle")}]]
        view.cancel_async("work")
        view._load(decode_state(encode_state(saved)))
        await page.wait_for("work=Interrupted")


class Shop(LiveView):
    template = """
    <p>{% if stock.loading %}loading{% elif stock.ok %}{{ stock.result }}
    {% else %}failed: {{ stock.error }}{% endif %}</p>
    <button dj-click="load">load</button><button id="bad" dj-click="load_badly">!</button>
    """

    def mount(self, request: Request, **params: Any) -> None:
        self.stock = AsyncResult(loading=True)
        self.assign_async("stock", self._count)

    async def _count(self) -> int:
        await trio.sleep(1)
        return 5

    @event_handler()
    def load_badly(self) -> None:
        def fail() -> int:
            raise ValueError("<b>out")

        self.assign_async("stock", fail)


async def test_an_attribute_is_loaded(autojump_clock: MockClock) -> None:
    async with open_view(Shop) as page:
        assert page.text("p") == "loading"
        await trio.sleep(1.1)
        assert page.text("p") == "5"


async def test_an_attribute_that_cannot_be_loaded_has_failed() -> None:
    async with open_view(Shop) as page:
        await page.click("#bad")
        await page.wait_for("failed: <b>out")
        assert "&lt;b&gt;out" in page.html


async def test_an_attribute_that_a_crash_interrupts_has_failed(autojump_clock: MockClock) -> None:
    async with open_view(Shop) as page:
        await page.crash()
        await page.wait_for("failed: 'stock' was interrupted")


async def test_an_attribute_whose_loading_is_cancelled_has_failed(
    autojump_clock: MockClock,
) -> None:
    class Impatient(Shop):
        @event_handler()
        def load(self) -> None:
            self.cancel_async("stock")

    async with open_view(Impatient) as page:
        await page.click("button:has-text('load')")
        assert page.text("p") == "failed: cancelled"


async def test_the_name_of_an_attribute_is_checked() -> None:
    class Wrong(Shop):
        def mount(self, request: Request, **params: Any) -> None:
            self.assign_async("_stock", self._count)

    with pytest.raises(Exception, match="public attribute"):
        async with open_view(Wrong):
            pass


async def test_interrupted_is_public() -> None:
    assert issubclass(Interrupted, Exception)


async def test_a_thousand_random_cancellations_leave_nothing(autojump_clock: MockClock) -> None:
    chance = random.Random(5)

    async def task(view: Bench) -> None:
        try:
            for _ in range(chance.randrange(4)):
                await trio.lowlevel.checkpoint()
                view.state = str(chance.random())
            if chance.random() < 0.2:
                raise ValueError("by chance")
        finally:
            view.outcomes = ()

    class Busy(Hooked):
        @event_handler()
        def ask(self, name: str, how: Any) -> None:
            work = self.compute if chance.random() < 0.1 else self.walk
            self.start_async(work, name=name, if_running=how)
            if chance.random() < 0.1:
                raise ValueError("in the turn")

        async def walk(self) -> None:
            await task(self)

        def compute(self) -> None:
            self.state = "computed"
            trio.from_thread.check_cancelled()

        @event_handler()
        def drop(self, name: str) -> None:
            self.cancel_async(name)

    async with opened(Busy) as page:
        for _ in range(1_000):
            name = chance.choice("abc")
            how = chance.choice(["replace", "keep", "queue"])
            with suppress(EventFailed):
                await page.call("ask", name=name, how=how)
            if chance.random() < 0.02:
                await page.disconnect()
                await page.reconnect()
            await page.call("drop", name=name)
        for name in "abc":
            await page.call("drop", name=name)
