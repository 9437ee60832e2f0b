"""Looking at actors from outside: what turns cost, where tasks wait, and ending them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from limelight.actors import Actor, Address, ChildSpec, Message, Supervisor, handles
from limelight.actors.meter import Meter, percentile
from limelight.actors.root import open_supervisor


class Work(Message, frozen=True):
    """Take some time."""

    seconds: float = 0.0


class Worker(Actor):
    async def started(self) -> None:
        self._nursery.start_soon(trio.sleep_forever, name="beside")

    @handles(Work)
    async def on_work(self, work: Work) -> None:
        await trio.sleep(work.seconds)


@pytest.fixture
async def house() -> AsyncIterator[Supervisor]:
    async with open_supervisor(children=[ChildSpec(Worker, "worker")]) as supervisor:
        yield supervisor


async def work(address: Address[Worker], times: int) -> None:
    for _ in range(times):
        address.tell(Work())
    await trio.testing.wait_all_tasks_blocked()


async def test_a_measured_actor_counts_its_turns(house: Supervisor) -> None:
    address = house.child("worker")
    meter = address.measure()

    await work(address, 1)  # The batch under way began before the meter was there.
    await work(address, 3)

    assert 3 <= meter.count <= 4
    assert address.handled == 4
    assert 0 < meter.slowest <= meter.total_seconds


async def test_whoever_asks_twice_gets_the_same_meter(house: Supervisor) -> None:
    address = house.child("worker")
    assert address.measure() is address.measure()


def test_a_meter_remembers_the_newest_turns_only() -> None:
    meter = Meter()
    for number in range(100):
        meter.note(Work(), float(number))
    assert sorted(meter.newest) == [float(number) for number in range(36, 100)]
    assert meter.slowest == 99.0


def test_a_traced_turn_is_told_with_its_message() -> None:
    meter, told = Meter(), []
    meter.on_turn = lambda message, seconds: told.append((message, seconds))
    meter.note("hello", 0.5)
    assert told == [("hello", 0.5)]


@pytest.mark.parametrize(("share", "value"), [(0.5, 3.0), (0.99, 4.0), (0.0, 1.0)])
def test_a_percentile_is_one_of_the_values(share: float, value: float) -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], share) == value
    assert percentile([], share) == 0.0


async def test_the_stacks_show_where_tasks_wait(house: Supervisor) -> None:
    await trio.testing.wait_all_tasks_blocked()
    stacks = house.child("worker").await_stacks()
    beside = next(places for name, places in stacks.items() if name.startswith("beside"))
    assert "sleep_forever" in beside[0]


async def test_a_crash_on_request_counts_as_one(
    house: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1)
    address = house.child("worker")

    address.crash(RuntimeError("on request"))
    await trio.testing.wait_all_tasks_blocked()

    state = address.inspect()
    assert state.last_exit == "crashed"
    assert "on request" in (state.last_traceback or "")


async def test_a_restart_on_request_starts_a_permanent_actor_again(
    house: Supervisor, autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    address = house.child("worker")
    address.request_restart()
    await trio.sleep(1)
    assert address.is_alive
    assert address.inspect().restarts == 1
