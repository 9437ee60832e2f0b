"""All that others hold of an actor is its address: tell, ask, watch, stop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from limelight.actors import (
    Actor,
    ActorEnded,
    Address,
    AskTimeout,
    ChildSpec,
    Ended,
    Failed,
    MailboxFull,
    Message,
    Question,
    QuestionFailed,
    Reason,
    Restart,
    Supervisor,
    handles,
    open_supervisor,
)


class Note(Message):
    text: str


class Wait(Message):
    """Stay in this turn until the gate opens."""


class WaitAndAnswer(Question[str]):
    """The same, as a question."""


class GetNotes(Question[list[str]]):
    """What was noted?"""


class Divide(Question[float]):
    by: float


class EndYourself(Message):
    """End normally."""


class Notebook(Actor):
    """Notes what it is told. Its gate is shared by all tests' turns that wait."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.gate = trio.Event()

    async def stopped(self, reason: Reason) -> None:
        self.notes.append(f"stopped: {reason}")

    @handles(Note)
    def note(self, message: Note) -> None:
        self.notes.append(message.text)

    @handles(Wait, WaitAndAnswer)
    async def wait(self, _: object) -> str:
        await self.gate.wait()
        return "waited"

    @handles(GetNotes)
    def get_notes(self, _: GetNotes) -> list[str]:
        return list(self.notes)

    @handles(Divide)
    def divide(self, message: Divide) -> float:
        return 1 / message.by

    @handles(EndYourself)
    def end(self, _: EndYourself) -> None:
        self._end()


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    async with open_supervisor() as supervisor:
        yield supervisor


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
async def address(supervisor: Supervisor, notebook: Notebook) -> Address[Notebook]:
    spec = ChildSpec(lambda: notebook, "notebook", Restart.TEMPORARY, mailbox_capacity=3)
    return await supervisor.start_child(spec)


async def test_messages_are_handled_in_the_order_told(address: Address[Notebook]) -> None:
    address.tell(Note("one"))
    address.tell(Note("two"))
    assert await address.ask(GetNotes()) == ["one", "two"]


async def test_telling_a_full_mailbox_raises_and_names_the_actor(
    autojump_clock: MockClock,
    address: Address[Notebook],
) -> None:
    address.tell(Wait())
    await wait_all_tasks_blocked()
    for text in "abc":
        address.tell(Note(text))
    with pytest.raises(MailboxFull, match="'notebook'"):
        address.tell(Note("d"))
    with pytest.raises(MailboxFull, match="GetNotes is refused"):
        await address.ask(GetNotes())


async def test_a_teller_may_wait_for_room(address: Address[Notebook], notebook: Notebook) -> None:
    address.tell(Wait())
    await wait_all_tasks_blocked()
    for text in "abc":
        address.tell(Note(text))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(address.wait_for_room)
        await wait_all_tasks_blocked()
        notebook.gate.set()
    address.tell(Note("d"))
    assert await address.ask(GetNotes()) == ["a", "b", "c", "d"]


async def test_waiting_for_room_ends_with_the_actor(
    autojump_clock: MockClock, address: Address[Notebook]
) -> None:
    address.tell(Wait())
    await wait_all_tasks_blocked()
    for text in "abc":
        address.tell(Note(text))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(address.stop)
        with pytest.raises(ActorEnded):
            await address.wait_for_room()


async def test_ask_returns_the_answer(address: Address[Notebook]) -> None:
    assert await address.ask(Divide(4)) == 0.25


async def test_ask_has_a_deadline(autojump_clock: MockClock, address: Address[Notebook]) -> None:
    start = trio.current_time()
    with pytest.raises(AskTimeout, match="'notebook' did not answer WaitAndAnswer within 2"):
        await address.ask(WaitAndAnswer(), timeout=2)
    assert trio.current_time() - start == 2


async def test_a_question_nobody_waits_for_any_more_is_skipped(
    autojump_clock: MockClock, address: Address[Notebook], notebook: Notebook
) -> None:
    address.tell(Wait())
    with pytest.raises(AskTimeout):
        await address.ask(Divide(0), timeout=1)
    notebook.gate.set()
    assert await address.ask(GetNotes()) == []


async def test_an_answer_that_comes_too_late_is_dropped(
    autojump_clock: MockClock, address: Address[Notebook], notebook: Notebook
) -> None:
    with pytest.raises(AskTimeout):
        await address.ask(WaitAndAnswer(), timeout=1)
    notebook.gate.set()
    assert await address.ask(GetNotes()) == []


async def test_a_failed_question_carries_the_handlers_exception(
    address: Address[Notebook],
) -> None:
    with pytest.raises(QuestionFailed, match="Divide failed: ZeroDivisionError") as caught:
        await address.ask(Divide(0))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_a_turn_may_fail_its_question_and_live_on(supervisor: Supervisor) -> None:
    class Careful(Notebook):
        async def _turn(self, message: object) -> object:
            try:
                return await super()._turn(message)
            except ZeroDivisionError as error:
                return Failed(error)

    address = await supervisor.start_child(ChildSpec(Careful, "careful"))
    with pytest.raises(QuestionFailed, match="ZeroDivisionError"):
        await address.ask(Divide(0))
    assert address.inspect().restarts == 0
    assert await address.ask(Divide(2)) == 0.5


async def test_questions_that_wait_end_with_the_actor(
    autojump_clock: MockClock, address: Address[Notebook]
) -> None:
    address.tell(Wait())
    await wait_all_tasks_blocked()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(address.stop)
        with pytest.raises(ActorEnded, match="'notebook' has ended: stopped"):
            await address.ask(GetNotes(), timeout=60)


async def test_a_question_in_work_fails_when_its_turn_is_cancelled(
    autojump_clock: MockClock, address: Address[Notebook]
) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_later, address)
        with pytest.raises(QuestionFailed, match="was stopped while it answered WaitAndAnswer"):
            await address.ask(WaitAndAnswer(), timeout=60)


async def _stop_later(address: Address[Notebook]) -> None:
    await wait_all_tasks_blocked()
    await address.stop(timeout=1)


async def test_an_ended_actor_takes_no_messages(address: Address[Notebook]) -> None:
    await address.stop()
    assert not address.is_alive
    with pytest.raises(ActorEnded, match="'notebook' has ended: stopped"):
        address.tell(Note("late"))
    with pytest.raises(ActorEnded):
        await address.ask(GetNotes())


async def test_stop_lets_the_turn_finish_but_drops_what_waits(
    address: Address[Notebook], notebook: Notebook
) -> None:
    address.tell(Wait())
    await wait_all_tasks_blocked()
    address.tell(Note("never read"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(address.stop)
        await wait_all_tasks_blocked()
        assert address.is_alive
        notebook.gate.set()
    assert notebook.notes == ["stopped: stopped"]


async def test_stop_cancels_a_turn_that_outlasts_its_deadline(
    autojump_clock: MockClock, address: Address[Notebook], notebook: Notebook
) -> None:
    address.tell(Wait())
    await wait_all_tasks_blocked()
    start = trio.current_time()
    ended = await address.stop(timeout=3)
    assert trio.current_time() - start == 3
    assert (ended.reason, ended.error) == (Reason.STOPPED, None)
    assert notebook.notes == ["stopped: stopped"]


async def test_a_request_to_stop_has_the_specs_deadline(
    autojump_clock: MockClock, address: Address[Notebook]
) -> None:
    address.tell(Wait())
    await wait_all_tasks_blocked()
    start = trio.current_time()
    address.request_stop()
    assert (await address.wait_ended()).reason is Reason.STOPPED
    assert trio.current_time() - start == 5


async def test_an_actor_may_end_itself(address: Address[Notebook], notebook: Notebook) -> None:
    address.tell(EndYourself())
    address.tell(Note("never read"))
    assert (await address.wait_ended()).reason is Reason.NORMAL
    assert notebook.notes == ["stopped: normal"]


async def test_a_watcher_is_called_with_the_reason(address: Address[Notebook]) -> None:
    seen: list[Ended] = []
    address.watch(seen.append)
    with pytest.raises(QuestionFailed):
        await address.ask(Divide(0))
    ended = await address.wait_ended()
    assert seen == [ended]
    assert (ended.address, ended.reason) == (address, Reason.CRASHED)
    assert isinstance(ended.error, ZeroDivisionError)


async def test_a_late_watcher_gets_the_stored_reason(address: Address[Notebook]) -> None:
    ended = await address.stop()
    seen: list[Ended] = []
    address.watch(seen.append)
    assert seen == [ended]


async def test_a_cancelled_watch_is_silent(address: Address[Notebook]) -> None:
    seen: list[Ended] = []
    address.watch(seen.append).cancel()
    await address.stop()
    assert seen == []


async def test_a_watcher_that_fails_harms_nobody(
    address: Address[Notebook], caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Ended] = []
    address.watch(lambda ended: print(1 / 0))
    address.watch(seen.append)
    await address.stop()
    assert len(seen) == 1
    assert "A watcher of 'notebook' failed" in caplog.text


async def test_an_actor_that_watches_is_told_after_all_else(
    supervisor: Supervisor, address: Address[Notebook]
) -> None:
    class Watcher(Notebook):
        @handles(Ended)
        def mourn(self, message: Ended) -> None:
            self.notes.append(f"{message.address.name}: {message.reason}")

    watcher = await supervisor.start_child(ChildSpec(Watcher, "watcher"))
    address.watch(watcher)
    watcher.tell(Note("last words"))
    await address.stop()
    assert await watcher.ask(GetNotes()) == ["last words", "notebook: stopped"]


async def test_a_watcher_that_has_ended_is_not_told(
    supervisor: Supervisor, address: Address[Notebook]
) -> None:
    watcher = await supervisor.start_child(ChildSpec(Notebook, "watcher"))
    address.watch(watcher)
    await watcher.stop()
    assert (await address.stop()).reason is Reason.STOPPED


async def test_an_actor_that_asks_or_awaits_itself_is_told_so(supervisor: Supervisor) -> None:
    class Narcissus(Notebook):
        @handles(int)
        async def ask_myself(self, _: int) -> None:
            with pytest.raises(RuntimeError, match="cannot ask itself"):
                await self._address.ask(GetNotes())
            with pytest.raises(RuntimeError, match="cannot wait for its own end"):
                await self._address.stop()
            self.notes.append("was told")

    address = await supervisor.start_child(ChildSpec(Narcissus, "narcissus"))
    address.tell(1)
    assert await address.ask(GetNotes()) == ["was told"]
