"""An actor's life: its hooks, its turns, its own tasks, its context."""

from __future__ import annotations

import contextvars
from collections.abc import AsyncIterator

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from limelight.actors import (
    Actor,
    ActorEnded,
    ChildSpec,
    ChildStartFailed,
    Question,
    QuestionFailed,
    Reason,
    Restart,
    StartTimeout,
    StopTimeout,
    Supervisor,
    handles,
    open_supervisor,
)

request_id = contextvars.ContextVar("request_id", default="none")


class GetRequestId(Question[str]):
    """Which request is this?"""


class Echo(Question[int]):
    number: int


class Diary(Actor):
    """Writes down what happens to it, in a list that outlives it."""

    def __init__(self, entries: list[str]) -> None:
        self.entries = entries

    def started(self) -> None:
        self.entries.append("started")

    def stopped(self, reason: Reason) -> None:
        self.entries.append(f"stopped: {reason}")

    @handles(str)
    def write(self, text: str) -> None:
        self.entries.append(text)

    @handles(Echo)
    def echo(self, question: Echo) -> int:
        return question.number

    @handles(Exception)
    def fail(self, error: Exception) -> None:
        raise error


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    async with open_supervisor() as supervisor:
        yield supervisor


@pytest.fixture
def entries() -> list[str]:
    return []


def once(actor: Actor) -> ChildSpec[Actor]:
    return ChildSpec(lambda: actor, "diary", Restart.TEMPORARY, start_timeout=2, stop_timeout=2)


async def test_started_comes_first_and_stopped_last(
    supervisor: Supervisor, entries: list[str]
) -> None:
    address = await supervisor.start_child(once(Diary(entries)))
    address.tell("hello")
    await address.ask(Echo(1))
    await address.stop()
    assert entries == ["started", "hello", "stopped: stopped"]


async def test_hooks_may_be_async(supervisor: Supervisor, entries: list[str]) -> None:
    class Slow(Actor):
        async def started(self) -> None:
            await trio.lowlevel.checkpoint()
            entries.append("started")

        async def stopped(self, reason: Reason) -> None:
            await trio.lowlevel.checkpoint()
            entries.append(reason)

    address = await supervisor.start_child(once(Slow()))
    await address.stop()
    assert entries == ["started", "stopped"]


async def test_stopped_is_called_after_a_crash_with_its_reason(
    supervisor: Supervisor, entries: list[str]
) -> None:
    address = await supervisor.start_child(once(Diary(entries)))
    address.tell(ValueError("boom"))
    ended = await address.wait_ended()
    assert ended.reason is Reason.CRASHED
    assert entries == ["started", "stopped: crashed"]


async def test_stopped_is_not_called_if_the_start_failed(
    supervisor: Supervisor, entries: list[str]
) -> None:
    class Broken(Diary):
        def started(self) -> None:
            raise ValueError("no paper")

    with pytest.raises(ChildStartFailed, match="'diary' failed in its start: ValueError: no paper"):
        await supervisor.start_child(once(Broken(entries)))
    assert entries == []


async def test_the_hook_below_stopped_is_called_even_if_the_start_failed(
    supervisor: Supervisor, entries: list[str]
) -> None:
    class Broken(Diary):
        def started(self) -> None:
            raise ValueError("no paper")

        async def _on_stop(self, reason: Reason) -> None:
            entries.append(f"cleaned up: {reason}")

    with pytest.raises(ChildStartFailed):
        await supervisor.start_child(once(Broken(entries)))
    assert entries == ["cleaned up: crashed"]


async def test_a_constructor_that_fails_fails_the_start(supervisor: Supervisor) -> None:
    def broken() -> Actor:
        raise ValueError("no actor")

    with pytest.raises(ChildStartFailed, match="no actor") as caught:
        await supervisor.start_child(ChildSpec(broken, "broken"))
    assert isinstance(caught.value.__cause__, ValueError)


async def test_a_start_has_a_deadline(autojump_clock: MockClock, supervisor: Supervisor) -> None:
    class Sleeper(Actor):
        async def started(self) -> None:
            await trio.sleep_forever()

    with pytest.raises(ChildStartFailed, match="did not start within 2 seconds") as caught:
        await supervisor.start_child(once(Sleeper()))
    assert isinstance(caught.value.__cause__, StartTimeout)


async def test_the_cleanup_has_a_deadline(
    autojump_clock: MockClock, supervisor: Supervisor
) -> None:
    class Hoarder(Actor):
        async def stopped(self, _: Reason) -> None:
            await trio.sleep_forever()

    address = await supervisor.start_child(once(Hoarder()))
    ended = await address.stop()
    assert trio.current_time() == 2
    assert ended.reason is Reason.STOPPED
    assert isinstance(ended.error, StopTimeout)


async def test_a_cleanup_that_fails_is_a_crash(supervisor: Supervisor) -> None:
    class Clumsy(Actor):
        def stopped(self, _: Reason) -> None:
            raise ValueError("dropped it")

    address = await supervisor.start_child(once(Clumsy()))
    ended = await address.stop()
    assert ended.reason is Reason.CRASHED
    assert str(ended.error) == "dropped it"


async def test_the_first_error_is_the_one_that_counts(supervisor: Supervisor) -> None:
    class Unlucky(Diary):
        def stopped(self, reason: Reason) -> None:
            raise ValueError("second")

    address = await supervisor.start_child(once(Unlucky([])))
    address.tell(ValueError("first"))
    assert str((await address.wait_ended()).error) == "first"


class Worker(Diary):
    """Has a task of its own that waits for the end."""

    def started(self) -> None:
        self._nursery.start_soon(self.work)

    async def work(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self.entries.append("task ended")


async def test_what_an_actor_started_ends_before_its_cleanup(
    supervisor: Supervisor, entries: list[str]
) -> None:
    address = await supervisor.start_child(once(Worker(entries)))
    await wait_all_tasks_blocked()
    await address.stop()
    assert entries == ["task ended", "stopped: stopped"]


async def test_what_an_actor_started_ends_when_it_crashes(
    supervisor: Supervisor, entries: list[str]
) -> None:
    address = await supervisor.start_child(once(Worker(entries)))
    await wait_all_tasks_blocked()
    address.tell(ValueError())
    await address.wait_ended()
    assert entries == ["task ended", "stopped: crashed"]


async def test_a_task_that_fails_fails_its_actor(supervisor: Supervisor) -> None:
    class Fragile(Diary):
        @handles(int)
        def begin(self, _: int) -> None:
            self._nursery.start_soon(self.work)

        async def work(self) -> None:
            raise ValueError("task")

    address = await supervisor.start_child(once(Fragile([])))
    address.tell(1)
    ended = await address.wait_ended()
    assert ended.reason is Reason.CRASHED
    assert isinstance(ended.error, ValueError)


async def test_several_failures_at_once_arrive_as_a_group(supervisor: Supervisor) -> None:
    class Fragile(Diary):
        @handles(int)
        def begin(self, _: int) -> None:
            self._nursery.start_soon(self.work)
            self._nursery.start_soon(self.work)

        async def work(self) -> None:
            raise ValueError("task")

    address = await supervisor.start_child(once(Fragile([])))
    address.tell(1)
    error = (await address.wait_ended()).error
    assert isinstance(error, ExceptionGroup)
    assert [type(each) for each in error.exceptions] == [ValueError, ValueError]


async def test_actors_start_in_an_empty_context(supervisor: Supervisor) -> None:
    class Curious(Actor):
        @handles(GetRequestId)
        def get_request_id(self, _: GetRequestId) -> str:
            former = request_id.get()
            request_id.set("changed")
            return former

        @handles(int)
        def fail(self, _: int) -> None:
            raise ValueError

    request_id.set("the starter's")
    address = await supervisor.start_child(ChildSpec(Curious, "curious"))
    assert await address.ask(GetRequestId()) == "none"
    address.tell(1)
    assert await address.ask(GetRequestId()) == "none"


async def test_one_message_is_handled_at_a_time(supervisor: Supervisor) -> None:
    entries: list[str] = []

    class Careful(Actor):
        @handles(str)
        async def say(self, text: str) -> None:
            entries.append(f"begin {text}")
            await trio.lowlevel.checkpoint()
            entries.append(f"end {text}")

    address = await supervisor.start_child(once(Careful()))
    address.tell("a")
    address.tell("b")
    await wait_all_tasks_blocked()
    assert entries == ["begin a", "end a", "begin b", "end b"]


class Drainer(Diary):
    """Notes how many messages lie between two calls of the drained hook."""

    def __init__(self) -> None:
        super().__init__([])
        self.batches: list[int] = []

    def _drained(self) -> None:
        self.batches.append(len(self.entries))
        self.entries.clear()


async def test_drained_is_called_when_the_mailbox_ran_empty(supervisor: Supervisor) -> None:
    drainer = Drainer()
    address = await supervisor.start_child(once(drainer))
    drainer.entries.clear()
    for text in "abc":
        address.tell(text)
    await wait_all_tasks_blocked()
    assert drainer.batches == [3]


async def test_drained_is_called_after_a_full_batch(supervisor: Supervisor) -> None:
    class Patient(Drainer):
        _seconds_before_drained = 60.0

    drainer = Patient()
    address = await supervisor.start_child(once(drainer))
    drainer.entries.clear()
    for _ in range(250):
        address.tell("x")
    await wait_all_tasks_blocked()
    assert drainer.batches == [100, 100, 50]


async def test_drained_is_called_when_messages_take_long(supervisor: Supervisor) -> None:
    class Hasty(Drainer):
        _seconds_before_drained = 0.0

    drainer = Hasty()
    address = await supervisor.start_child(once(drainer))
    drainer.entries.clear()
    for _ in range(3):
        address.tell("x")
    await wait_all_tasks_blocked()
    assert drainer.batches == [1, 1, 1]


async def test_drained_may_be_async(supervisor: Supervisor, entries: list[str]) -> None:
    class Async(Diary):
        async def _drained(self) -> None:
            await trio.lowlevel.checkpoint()
            self.entries.append("drained")

    address = await supervisor.start_child(once(Async(entries)))
    address.tell("a")
    await wait_all_tasks_blocked()
    assert entries == ["started", "a", "drained"]


async def test_drained_follows_the_last_turn_before_a_stop(supervisor: Supervisor) -> None:
    class Ender(Drainer):
        @handles(int)
        def end(self, _: int) -> None:
            self.entries.append("last")
            self._end()

    drainer = Ender()
    address = await supervisor.start_child(once(drainer))
    drainer.entries.clear()
    address.tell(1)
    await address.wait_ended()
    assert drainer.batches == [1]


async def test_an_actor_under_a_flood_lets_others_run(supervisor: Supervisor) -> None:
    class Flooded(Actor):
        """Tells itself a message for each that it handles."""

        @handles(int)
        def again(self, number: int) -> None:
            self._address.tell(number + 1)

    address = await supervisor.start_child(once(Flooded()))
    address.tell(0)
    await trio.lowlevel.checkpoint()
    ended = await address.stop()
    assert ended.reason is Reason.STOPPED


async def test_a_wall_of_the_whole_program_is_no_crash_to_restart(entries: list[str]) -> None:
    class Exiting(Diary):
        @handles(int)
        def leave(self, _: int) -> None:
            raise SystemExit(3)

    children: list[ChildSpec[Actor]] = [
        ChildSpec(lambda: Diary(entries), "witness"),
        ChildSpec(lambda: Exiting([]), "exiting"),
    ]
    with pytest.raises(BaseExceptionGroup) as caught:
        await _tell_and_wait(children)
    assert caught.value.subgroup(SystemExit) is not None
    assert entries == ["started", "stopped: stopped"]


async def _tell_and_wait(children: list[ChildSpec[Actor]]) -> None:
    async with open_supervisor(children=children) as supervisor:
        supervisor.child("exiting").tell(1)
        await trio.sleep_forever()


async def test_an_actor_that_ends_while_it_starts_ends_normally(supervisor: Supervisor) -> None:
    class Brief(Diary):
        def started(self) -> None:
            self._end()

    address = await supervisor.start_child(once(Brief([])))
    assert (await address.wait_ended()).reason is Reason.NORMAL
    with pytest.raises(ActorEnded):
        await address.ask(Echo(1))


async def test_a_question_fails_when_a_task_fails_the_actor(supervisor: Supervisor) -> None:
    class Fragile(Diary):
        @handles(GetRequestId)
        async def get_request_id(self, _: GetRequestId) -> str:
            self._nursery.start_soon(self.work)
            await trio.sleep_forever()
            return "never"

        async def work(self) -> None:
            raise ValueError("task")

    address = await supervisor.start_child(once(Fragile([])))
    with pytest.raises(QuestionFailed, match="ValueError: task"):
        await address.ask(GetRequestId())
