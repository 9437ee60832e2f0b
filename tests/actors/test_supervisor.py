"""A supervisor starts its children in order, restarts what fails, stops in reverse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from limelight.actors import (
    Actor,
    ActorEnded,
    ActorNotFound,
    Backoff,
    ChildCrashed,
    ChildFact,
    ChildGaveUp,
    ChildSpec,
    ChildStartFailed,
    Policy,
    Reason,
    Restart,
    Strategy,
    Supervisor,
    SupervisorGaveUp,
    TooManyChildren,
    handles,
    open_supervisor,
)

if TYPE_CHECKING:
    from .conftest import Troupe

AT_ONCE = Backoff(first=0)
ONE_FOR_ONE = Policy(backoff=AT_ONCE)
ONE_FOR_ALL = Policy(Strategy.ONE_FOR_ALL, backoff=AT_ONCE)
REST_FOR_ONE = Policy(Strategy.REST_FOR_ONE, backoff=AT_ONCE)


# --- starting and stopping ------------------------------------------------------------


async def test_children_start_in_order_and_stop_in_reverse(troupe: Troupe) -> None:
    async with open_supervisor(children=troupe.specs("a b c")):
        assert troupe.take_log() == ["a starts", "b starts", "c starts"]
    assert troupe.take_log() == ["c stopped", "b stopped", "a stopped"]


async def test_the_next_child_waits_for_the_start_of_the_former(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    troupe.start_seconds = {"a": 3, "b": 1}
    async with open_supervisor(children=troupe.specs("a b")):
        assert trio.current_time() == 4
        assert troupe.log == ["a starts", "b starts"]


async def test_the_next_child_stops_when_the_later_one_is_gone(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    troupe.stop_seconds = {"a": 1, "b": 3}
    async with open_supervisor(children=troupe.specs("a b")):
        troupe.take_log()
    assert troupe.take_log() == ["b stopped", "a stopped"]
    assert trio.current_time() == 4


async def test_a_child_that_does_not_stop_is_cancelled_at_its_deadline(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    troupe.stop_seconds = {"b": 60}
    async with open_supervisor(children=troupe.specs("a b")):
        troupe.take_log()
    assert troupe.take_log() == ["a stopped"]
    assert trio.current_time() == 5


async def test_a_failing_static_child_stops_the_ones_before_it(troupe: Troupe) -> None:
    troupe.failing_starts = {"b": 1}
    with pytest.raises(ChildStartFailed, match="'b' failed in its start: ValueError: stage"):
        await crash_each(Policy(), troupe.specs("a b c"), "")
    assert troupe.log == ["a starts", "b fails to start", "a stopped"]


async def test_children_stop_in_order_when_the_block_is_cancelled(troupe: Troupe) -> None:
    with trio.CancelScope() as scope:
        async with open_supervisor(children=troupe.specs("a b")):
            troupe.take_log()
            scope.cancel()
            await trio.sleep_forever()
    assert troupe.log == ["b stopped", "a stopped"]


async def test_a_block_that_is_cancelled_while_it_starts_ends_at_once(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    troupe.start_seconds = {"b": 9, "c": 9}
    with trio.move_on_after(1):
        await crash_each(Policy(), troupe.specs("a b c"), "")
    assert trio.current_time() == 1
    assert troupe.log == ["a starts", "a stopped"]


async def test_an_exception_of_the_block_leaves_it_as_it_was(troupe: Troupe) -> None:
    with pytest.raises(KeyError, match="mine"):
        async with open_supervisor(children=troupe.specs("a")):
            raise KeyError("mine")
    assert troupe.log == ["a starts", "a stopped"]


async def test_the_block_ends_when_its_supervisor_is_stopped(troupe: Troupe) -> None:
    async with open_supervisor(children=troupe.specs("a")) as supervisor:
        supervisor.address.request_stop()
        await trio.sleep_forever()
    assert troupe.log == ["a starts", "a stopped"]


def test_children_of_one_supervisor_need_different_names(troupe: Troupe) -> None:
    with pytest.raises(ValueError, match="different names, not a, b, a"):
        Supervisor(children=troupe.specs("a b a"))


# --- which children restart -----------------------------------------------------------


async def crash(supervisor: Supervisor, name: str) -> None:
    supervisor.child(name).tell(ValueError("boom"))
    await wait_all_tasks_blocked()


async def crash_each(
    policy: Policy, children: Sequence[ChildSpec[Any]], names: str, pause: float = 0
) -> None:
    async with open_supervisor(policy, children) as supervisor:
        for name in names:
            await crash(supervisor, name)
            await trio.sleep(pause)
        await trio.sleep_forever()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ONE_FOR_ONE, "b crashed, b starts"),
        (
            ONE_FOR_ALL,
            "b crashed, c stopped, a stopped, a starts, b starts, c starts",
        ),
        (REST_FOR_ONE, "b crashed, c stopped, b starts, c starts"),
    ],
)
async def test_the_strategy_says_who_restarts(
    troupe: Troupe, policy: Policy, expected: str
) -> None:
    async with open_supervisor(policy, troupe.specs("a b c")) as supervisor:
        troupe.take_log()
        await crash(supervisor, "b")
        assert troupe.take_log() == expected.split(", ")


@pytest.mark.parametrize(
    ("restart", "told", "is_alive"),
    [
        (Restart.PERMANENT, ValueError(), True),
        (Restart.PERMANENT, "end", True),
        (Restart.TRANSIENT, ValueError(), True),
        (Restart.TRANSIENT, "end", False),
        (Restart.TEMPORARY, ValueError(), False),
        (Restart.TEMPORARY, "end", False),
    ],
)
async def test_the_restart_type_says_after_which_exits(
    troupe: Troupe, restart: Restart, told: object, is_alive: bool
) -> None:
    async with open_supervisor(ONE_FOR_ONE) as supervisor:
        address = await supervisor.start_child(troupe.spec("a", restart))
        address.tell(told)
        await wait_all_tasks_blocked()
        assert address.is_alive is is_alive
        assert address.inspect().restarts == (1 if is_alive else 0)


async def test_a_child_that_was_stopped_is_never_restarted(troupe: Troupe) -> None:
    async with open_supervisor(ONE_FOR_ALL, troupe.specs("a b")) as supervisor:
        ended = await supervisor.stop_child("a")
        assert ended.reason is Reason.STOPPED
        await crash(supervisor, "b")
        assert [address.name for address in supervisor.children] == ["b"]


async def test_temporary_children_end_with_their_group(troupe: Troupe) -> None:
    children = [troupe.spec("a"), troupe.spec("b", Restart.TEMPORARY)]
    async with open_supervisor(ONE_FOR_ALL, children) as supervisor:
        temporary = supervisor.child("b")
        await crash(supervisor, "a")
        assert (await temporary.wait_ended()).reason is Reason.STOPPED
        assert [address.name for address in supervisor.children] == ["a"]


async def test_a_temporary_child_that_crashes_does_not_take_its_group(troupe: Troupe) -> None:
    children = [troupe.spec("a"), troupe.spec("b", Restart.TEMPORARY)]
    async with open_supervisor(ONE_FOR_ALL, children) as supervisor:
        troupe.take_log()
        await crash(supervisor, "b")
        assert troupe.take_log() == ["b crashed"]


async def test_messages_survive_a_restart_but_the_failing_one(troupe: Troupe) -> None:
    async with open_supervisor(ONE_FOR_ONE, troupe.specs("a")) as supervisor:
        address = supervisor.child("a")
        troupe.take_log()
        for message in ("one", ValueError("boom"), "two"):
            address.tell(message)
        await wait_all_tasks_blocked()
        assert troupe.take_log() == ["a: one", "a crashed", "a starts", "a: two"]


async def test_messages_told_during_the_back_off_are_kept(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(backoff=Backoff(first=2, jitter=0))
    async with open_supervisor(policy, troupe.specs("a")) as supervisor:
        await crash(supervisor, "a")
        assert supervisor.child("a").inspect().state == "restarting"
        supervisor.child("a").tell("hello")
        await trio.sleep(3)
        assert troupe.log[-2:] == ["a starts", "a: hello"]


# --- how soon, and how often ----------------------------------------------------------


async def test_restarts_wait_longer_with_each_failure_in_a_row(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(max_restarts=9, backoff=Backoff(first=1, factor=2, limit=3, jitter=0))
    facts: list[tuple[float, str]] = []
    async with open_supervisor(
        policy,
        troupe.specs("a"),
        on_event=lambda fact: facts.append((trio.current_time(), type(fact).__name__)),
    ) as supervisor:
        for _ in range(3):
            supervisor.child("a").tell(ValueError())
        await trio.sleep(60)
    restarts = [time for time, name in facts if name == "ChildRestarted"]
    assert restarts == [1, 3, 6]


async def test_a_long_run_breaks_the_row_of_failures(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(within_seconds=10, backoff=Backoff(first=1, factor=8, jitter=0))
    async with open_supervisor(policy, troupe.specs("a")) as supervisor:
        await crash(supervisor, "a")
        await trio.sleep(11.5)
        await crash(supervisor, "a")
        await trio.sleep(1.5)
        assert supervisor.child("a").inspect().state == "idle"


async def test_too_many_failures_end_the_supervisor_in_order(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(max_restarts=1, within_seconds=5, backoff=AT_ONCE)
    with pytest.raises(SupervisorGaveUp, match="'root' gave up: 2 failures within 5 s") as caught:
        await crash_each(policy, troupe.specs("a b c"), "bb", pause=4)
    assert isinstance(caught.value.__cause__, ValueError)
    assert troupe.log[-3:] == ["b crashed", "c stopped", "a stopped"]


async def test_failures_outside_the_window_do_not_count(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(max_restarts=1, within_seconds=5, backoff=AT_ONCE)
    async with open_supervisor(policy, troupe.specs("a")) as supervisor:
        for _ in range(10):
            await crash(supervisor, "a")
            await trio.sleep(5.5)
        assert supervisor.child("a").inspect().restarts == 10


async def test_failures_of_all_children_share_one_budget(troupe: Troupe) -> None:
    policy = Policy(max_restarts=2, backoff=AT_ONCE)
    with pytest.raises(SupervisorGaveUp, match="last child to fail was 'c'"):
        await crash_each(policy, troupe.specs("a b c"), "abc")


async def test_with_budgets_of_their_own_one_child_is_given_up_alone(troupe: Troupe) -> None:
    policy = Policy(max_restarts=2, within_seconds=60, per_child=True, backoff=AT_ONCE)
    async with open_supervisor(policy, troupe.specs("a b")) as supervisor:
        address = supervisor.child("a")
        await crash(supervisor, "b")
        for _ in range(3):
            await crash(supervisor, "a")
        assert (await address.wait_ended()).reason is Reason.GAVE_UP
        assert [address.name for address in supervisor.children] == ["b"]


async def test_a_restart_that_fails_counts_and_is_tried_again(troupe: Troupe) -> None:
    async with open_supervisor(ONE_FOR_ONE, troupe.specs("a")) as supervisor:
        troupe.take_log()
        troupe.failing_starts = {"a": 2}
        await crash(supervisor, "a")
        fails = "a fails to start"
        assert troupe.log == ["a crashed", fails, fails, "a starts"]
        assert supervisor.child("a").inspect().restarts_used == 3


async def test_a_group_whose_restart_fails_begins_again(troupe: Troupe) -> None:
    async with open_supervisor(ONE_FOR_ALL, troupe.specs("a b")) as supervisor:
        troupe.take_log()
        troupe.failing_starts = {"b": 1}
        await crash(supervisor, "a")
        expected = "a crashed, b stopped, a starts, b fails to start, a stopped, a starts, b starts"
        assert troupe.log == expected.split(", ")


async def test_a_failure_of_an_earlier_child_widens_a_restart_under_way(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(Strategy.REST_FOR_ONE, backoff=Backoff(first=2, jitter=0))
    async with open_supervisor(policy, troupe.specs("a b c")) as supervisor:
        troupe.take_log()
        await crash(supervisor, "b")
        await trio.sleep(1)
        await crash(supervisor, "a")
        await trio.sleep(3)
        expected = "b crashed, c stopped, a crashed, a starts, b starts, c starts"
        assert troupe.log == expected.split(", ")


async def test_a_child_that_fails_while_its_group_stops_it_restarts_cleanly(
    troupe: Troupe,
) -> None:
    gate = trio.Event()

    class Stubborn(Actor):
        @handles(str)
        async def wait_and_fail(self, _: str) -> None:
            await gate.wait()
            raise ValueError("late")

    children = [troupe.spec("a"), ChildSpec(Stubborn, "b")]
    async with open_supervisor(ONE_FOR_ALL, children) as supervisor:
        supervisor.child("b").tell("wait")
        await wait_all_tasks_blocked()
        await crash(supervisor, "a")
        gate.set()
        await wait_all_tasks_blocked()
        state = supervisor.child("b").inspect()
        assert (state.state, state.restarts, state.restarts_used) == ("idle", 1, 1)


async def test_a_child_may_be_stopped_during_its_back_off(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(backoff=Backoff(first=60))
    async with open_supervisor(policy, troupe.specs("a")) as supervisor:
        address = supervisor.child("a")
        await crash(supervisor, "a")
        assert (await address.stop()).reason is Reason.STOPPED
        assert trio.current_time() == 0


async def test_a_child_may_be_stopped_while_its_group_waits(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(Strategy.ONE_FOR_ALL, backoff=Backoff(first=2, jitter=0))
    async with open_supervisor(policy, troupe.specs("a b")) as supervisor:
        await crash(supervisor, "a")
        await supervisor.stop_child("a")
        troupe.take_log()
        await trio.sleep(3)
        assert troupe.log == ["b starts"]


async def test_a_supervisor_stops_at_once_during_a_back_off(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(Strategy.ONE_FOR_ALL, backoff=Backoff(first=60))
    async with open_supervisor(policy, troupe.specs("a b")) as supervisor:
        await crash(supervisor, "a")
    assert trio.current_time() == 0
    assert troupe.log[-1] == "b stopped"


# --- children that come and go --------------------------------------------------------


async def test_dynamic_children_stop_before_the_static_ones(troupe: Troupe) -> None:
    async with open_supervisor(children=troupe.specs("a")) as supervisor:
        await supervisor.start_child(troupe.spec("b"))
        troupe.take_log()
    assert troupe.log == ["b stopped", "a stopped"]


async def test_many_dynamic_children_stop_together(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    async with open_supervisor() as supervisor:
        for number in range(250):
            name = f"child {number}"
            troupe.stop_seconds[name] = 1
            await supervisor.start_child(troupe.spec(name))
    assert trio.current_time() == 3


async def test_several_children_may_start_at_the_same_time(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    troupe.start_seconds = {"a": 5, "b": 5}
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.start_child, troupe.spec("a"))
        nursery.start_soon(supervisor.start_child, troupe.spec("b"))
    assert trio.current_time() == 5


async def test_a_name_is_free_again_when_its_child_has_ended(troupe: Troupe) -> None:
    async with open_supervisor() as supervisor:
        first = await supervisor.start_child(troupe.spec("a"))
        with pytest.raises(ValueError, match="already has a child named 'a'"):
            await supervisor.start_child(troupe.spec("a"))
        await first.stop()
        assert (await supervisor.start_child(troupe.spec("a"))).is_alive


async def test_a_supervisor_may_limit_its_children(troupe: Troupe) -> None:
    async with open_supervisor(Policy(max_children=1)) as supervisor:
        await supervisor.start_child(troupe.spec("a"))
        with pytest.raises(TooManyChildren, match="has 1 children, its limit"):
            await supervisor.start_child(troupe.spec("b"))


async def test_a_cancelled_start_leaves_nothing_behind(troupe: Troupe) -> None:
    troupe.start_seconds = {"a": 60}
    async with open_supervisor() as supervisor:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(supervisor.start_child, troupe.spec("a"))
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        await wait_all_tasks_blocked()
        assert supervisor.children == ()


async def test_an_unknown_child_is_named_with_a_guess(troupe: Troupe) -> None:
    async with open_supervisor(children=troupe.specs("counter")) as supervisor:
        with pytest.raises(ActorNotFound, match=r'named "countr"\. Did you mean "counter"\?'):
            await supervisor.stop_child("countr")


async def test_a_stopping_supervisor_starts_no_more_children(troupe: Troupe) -> None:
    async with open_supervisor() as supervisor:
        pass
    with pytest.raises(ActorEnded, match="starts no more children"):
        await supervisor.start_child(troupe.spec("a"))


async def test_a_stray_message_does_not_fail_a_supervisor(
    troupe: Troupe, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_supervisor(children=troupe.specs("a")) as supervisor:
        supervisor.address.tell("hello")
        await wait_all_tasks_blocked()
        assert supervisor.child("a").is_alive
    assert "'root' ignores a str" in caplog.text


# --- supervisors below supervisors ----------------------------------------------------


class Nested:
    """The spec of a supervisor as a child, and its incarnation of the moment."""

    def __init__(self, troupe: Troupe, names: str, policy: Policy) -> None:
        self.spec = ChildSpec(self._start, "inner")
        self._policy = policy
        self._specs = troupe.specs(names)

    def _start(self) -> Supervisor:
        self.supervisor = Supervisor(self._policy, self._specs)
        return self.supervisor


async def test_a_supervisor_that_gives_up_is_restarted_by_its_own(troupe: Troupe) -> None:
    inner = Nested(troupe, "b c", Policy(max_restarts=0))
    async with open_supervisor(ONE_FOR_ONE, [troupe.spec("a"), inner.spec]):
        troupe.take_log()
        await crash(inner.supervisor, "b")
        assert troupe.take_log() == ["b crashed", "c stopped", "b starts", "c starts"]
    assert troupe.log == ["c stopped", "b stopped", "a stopped"]


async def test_failure_escalates_to_the_root(troupe: Troupe) -> None:
    inner = Nested(troupe, "b", Policy(max_restarts=0))
    with pytest.raises(SupervisorGaveUp, match="'root' gave up") as caught:
        await _crash_below(inner, "b")
    assert isinstance(caught.value.__cause__, SupervisorGaveUp)
    assert isinstance(caught.value.__cause__.__cause__, ValueError)


async def _crash_below(inner: Nested, name: str) -> None:
    async with open_supervisor(Policy(max_restarts=0), [inner.spec]):
        await crash(inner.supervisor, name)
        await trio.sleep_forever()


async def test_a_supervisor_takes_the_time_its_children_need_to_stop(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    troupe.stop_seconds = {"b": 4, "c": 4}
    inner = Nested(troupe, "b c", ONE_FOR_ONE)
    async with open_supervisor(children=[inner.spec]):
        troupe.take_log()
    assert troupe.log == ["c stopped", "b stopped"]
    assert trio.current_time() == 8


# --- what observers are told ----------------------------------------------------------


async def test_an_observer_is_told_what_happens(troupe: Troupe) -> None:
    facts: list[ChildFact] = []
    policy = Policy(max_restarts=1, per_child=True, backoff=AT_ONCE)
    async with open_supervisor(policy, name="house", on_event=facts.append) as supervisor:
        await supervisor.start_child(troupe.spec("a"))
        await crash(supervisor, "a")
        await crash(supervisor, "a")
        await supervisor.start_child(troupe.spec("b"))
    names = [f"{type(fact).__name__} {fact.child}" for fact in facts]
    assert names == [
        "ChildStarted a",
        "ChildCrashed a",
        "ChildRestarted a",
        "ChildCrashed a",
        "ChildGaveUp a",
        "ChildStarted b",
        "ChildStopped b",
    ]
    crashed, gave_up = facts[3], facts[4]
    assert isinstance(crashed, ChildCrashed)
    assert (crashed.supervisor, crashed.error, crashed.count) == ("house", "ValueError: boom", 2)
    assert crashed.message == "ValueError"
    assert "in fail" in crashed.traceback
    assert isinstance(gave_up, ChildGaveUp)
    assert (gave_up.count, gave_up.allowed) == (2, 1)


async def test_by_default_crashes_are_logged_with_their_traceback(
    troupe: Troupe, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_supervisor(ONE_FOR_ONE, troupe.specs("a")) as supervisor:
        await crash(supervisor, "a")
    assert "root/a crashed (1 in a row)\nTraceback" in caplog.text
    assert "root/a restarted (1 so far)" in caplog.text


async def test_an_observer_that_fails_harms_nobody(
    troupe: Troupe, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(fact: ChildFact) -> None:
        raise KeyError(fact.child)

    async with open_supervisor(ONE_FOR_ONE, troupe.specs("a"), on_event=broken) as supervisor:
        await crash(supervisor, "a")
        assert supervisor.child("a").inspect().restarts == 1
    assert "The observer of 'root' failed" in caplog.text
