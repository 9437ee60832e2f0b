"""What actors are doing can be seen at any time, without a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from limelight.actors import (
    Activity,
    Actor,
    Backoff,
    ChildSpec,
    Message,
    Policy,
    Supervisor,
    handles,
    open_supervisor,
)

if TYPE_CHECKING:
    from .conftest import Troupe


class Wait(Message):
    """Stay in this turn."""


class Waiter(Actor):
    @handles(Wait)
    async def wait(self, _: Wait) -> None:
        self._nursery.start_soon(trio.sleep_forever)
        await trio.sleep_forever()


async def test_an_idle_actor_shows_its_place_and_its_mailbox() -> None:
    async with open_supervisor(children=[ChildSpec(Waiter, "waiter")]) as supervisor:
        state = supervisor.child("waiter").inspect()
    assert (state.name, state.class_name, state.state) == ("waiter", "Waiter", Activity.IDLE)
    assert (state.mailbox_depth, state.mailbox_capacity) == (0, 1000)
    assert (state.restarts_used, state.restarts_allowed) == (0, 3)
    assert (state.current_message, state.last_exit, state.last_traceback) == (None, None, None)


async def test_a_busy_actor_shows_its_message_and_what_waits() -> None:
    async with open_supervisor(children=[ChildSpec(Waiter, "waiter")]) as supervisor:
        address = supervisor.child("waiter")
        for _ in range(3):
            address.tell(Wait())
        await wait_all_tasks_blocked()
        state = address.inspect()
        turn = await trio.to_thread.run_sync(address.current_turn)
        await address.stop(timeout=0)
    assert (state.state, state.current_message) == (Activity.BUSY, "Wait")
    assert (state.mailbox_depth, state.high_water, state.tasks) == (2, 3, 1)
    assert turn is not None
    assert turn[0] == "Wait"
    assert turn[1] > state.current_seconds > 0


async def test_a_crash_leaves_its_traceback_and_is_counted(
    autojump_clock: MockClock, troupe: Troupe
) -> None:
    policy = Policy(backoff=Backoff(first=1, jitter=0))
    async with open_supervisor(policy, troupe.specs("a")) as supervisor:
        address = supervisor.child("a")
        address.tell(ValueError("boom"))
        await trio.sleep(0.5)
        assert address.inspect().state is Activity.RESTARTING
        await trio.sleep(1.5)
        state = address.inspect()
    assert (state.state, state.restarts, state.restarts_used) == (Activity.IDLE, 1, 1)
    assert (state.last_exit, state.uptime) == ("crashed", 1)
    assert state.last_traceback is not None
    assert state.last_traceback.endswith("ValueError: boom\n")


async def test_a_starting_actor_says_so(troupe: Troupe, autojump_clock: MockClock) -> None:
    troupe.start_seconds = {"a": 5}
    async with open_supervisor() as supervisor, trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.start_child, troupe.spec("a"))
        await wait_all_tasks_blocked()
        (address,) = supervisor.children
        assert address.inspect().state is Activity.STARTING


async def test_an_ended_actor_can_still_be_inspected(troupe: Troupe) -> None:
    async with open_supervisor(children=troupe.specs("a")) as supervisor:
        address = supervisor.child("a")
        await address.stop()
        state = address.inspect()
    assert (state.class_name, state.state, state.tasks) == ("Player", Activity.ENDED, 0)
    assert state.last_exit == "stopped"
    assert repr(address) == f"<Address 'a' #{address.id} ended>"


async def test_the_tree_shows_supervisors_their_policies_and_children(troupe: Troupe) -> None:
    policy = Policy(max_restarts=7)
    inner = ChildSpec(lambda: Supervisor(policy, troupe.specs("b c")), "inner")
    async with open_supervisor(children=[troupe.spec("a"), inner], name="house") as supervisor:
        tree = supervisor.inspect_tree()
    assert tree.state.name == "house"
    assert [node.state.name for node in tree.children] == ["a", "inner"]
    assert tree.children[0].policy is None
    assert tree.children[1].policy is policy
    assert [node.state.name for node in tree.children[1].children] == ["b", "c"]
