"""Whatever crashes when, a supervisor does what a small model of supervision does.

A script says what happens to children at which time; the model computes from it what a
supervisor should do, as plain sequential code without tasks; then a real supervisor performs
the same script on the virtual clock, and both logs must be equal.

All times are sums of powers of two, so that they are exact; each action of a script has a
fraction of a second of its own, so that no two things happen at the same time by chance.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.actors import (
    Actor,
    Address,
    Backoff,
    ChildFact,
    ChildSpec,
    Policy,
    Reason,
    Restart,
    Strategy,
    Supervisor,
    SupervisorGaveUp,
    handles,
    open_supervisor,
)

START_SECONDS = 1 / 64
HORIZON = 64.0
SCRIPTS_IN_A_BATCH = 500
BATCHES = 20

Log = list[tuple[float, str]]


@dataclass(frozen=True)
class Action:
    time: float
    kind: str
    child: int


@dataclass(frozen=True)
class Script:
    policy: Policy
    restarts: tuple[Restart, ...]
    #: For each child the incarnations that fail to start; the first is number 1.
    failing_starts: tuple[frozenset[int], ...]
    actions: tuple[Action, ...]


def random_script(dice: random.Random) -> Script:
    strategy = dice.choice(list(Strategy))
    policy = Policy(
        strategy,
        max_restarts=dice.choice([0, 1, 2, 3, 4, 9]),
        within_seconds=dice.choice([4.0, 8.0]),
        backoff=Backoff(dice.choice([0.0, 0.25, 1.0]), 2.0, dice.choice([1.0, 4.0]), jitter=0.0),
        per_child=strategy is Strategy.ONE_FOR_ONE and dice.random() < 0.4,
    )
    size = dice.randint(1, 4)
    starts = range(2, 8)
    return Script(
        policy,
        tuple(dice.choice([Restart.PERMANENT, *Restart]) for _ in range(size)),
        tuple(frozenset(n for n in starts if dice.random() < 0.15) for _ in range(size)),
        tuple(random_action(dice, number, size) for number in range(1, dice.randint(2, 12))),
    )


def random_action(dice: random.Random, number: int, size: int) -> Action:
    kind = dice.choice(["crash", "crash", "crash", "task crash", "end", "stop"])
    return Action(dice.randint(1, 20) + number / 1024, kind, dice.randrange(size))


# --- the model ------------------------------------------------------------------------


@dataclass
class ModelChild:
    number: int
    restart: Restart
    failing_starts: frozenset[int]
    budget: list[float]
    state: str = "new"
    pending: list[str] = field(default_factory=list)
    starts: int = 0
    failures: int = 0
    ready_at: float | None = None
    is_unwanted: bool = False
    must_restart: bool = False
    after_start: Callable[[], None] | None = None


class GaveUp(Exception):
    """The model's supervisor gave up."""


class Model:
    """What a supervisor should do, one thing after the other."""

    def __init__(self, script: Script) -> None:
        self.policy = script.policy
        shared: list[float] = []
        self.children = [
            ModelChild(number, restart, failing, [] if self.policy.per_child else shared)
            for number, (restart, failing) in enumerate(
                zip(script.restarts, script.failing_starts, strict=True)
            )
        ]
        self.log: Log = []
        self.now = 0.0
        self.queue: list[tuple[float, int, Callable[[], None]]] = []
        self.order = 0
        self.is_mending = False
        self.is_mend_paused = False
        self.mend_at = 0.0
        for child in self.children:
            self.at(child.number * START_SECONDS, partial(self.begin_start, child))
        for action in script.actions:
            self.at(action.time, partial(self.act, action))

    def run(self) -> Log:
        try:
            while self.queue:
                self.now, _, happen = heapq.heappop(self.queue)
                happen()
        except GaveUp:
            self.note("supervisor", "gave up")
        return self.log

    def at(self, time: float, happen: Callable[[], None]) -> None:
        self.order += 1
        heapq.heappush(self.queue, (time, self.order, happen))

    def note(self, who: int | str, what: str) -> None:
        self.log.append((self.now, f"{who} {what}"))

    # actions

    def act(self, action: Action) -> None:
        child = self.children[action.child]
        if child.state == "ended" or not may_act(self.policy, action, child.state == "up"):
            return
        if action.kind == "stop":
            self.stop(child)
        else:
            child.pending.append(action.kind)
            self.work(child)

    def stop(self, child: ModelChild) -> None:
        child.is_unwanted = True
        if child.state != "starting":
            self.end_incarnation(child, "stopped")

    def work(self, child: ModelChild) -> None:
        while child.pending and child.state == "up":
            kind = child.pending.pop(0)
            self.end_incarnation(child, "normal" if kind == "end" else "crashed")

    # lives

    def begin_start(self, child: ModelChild) -> None:
        if child.state == "ended":
            return
        child.state = "starting"
        child.starts += 1
        self.at(self.now + START_SECONDS, lambda: self.finish_start(child))

    def finish_start(self, child: ModelChild) -> None:
        if child.starts in child.failing_starts:
            self.end_incarnation(child, "crashed")
        else:
            child.state = "up"
            child.ready_at = self.now
            self.note(child.number, "starts")
            if child.is_unwanted:
                self.end_incarnation(child, "stopped")
            self.work(child)
        then, child.after_start = child.after_start, None
        if then is not None:
            then()

    def end_incarnation(self, child: ModelChild, reason: str) -> None:
        if child.state == "up":
            self.note(child.number, reason)
        if reason == "crashed":
            long_enough = self.policy.within_seconds
            if child.ready_at is not None and self.now - child.ready_at >= long_enough:
                child.failures = 0
            child.failures += 1
        child.state, child.ready_at = "down", None
        if child.is_unwanted:
            self.end(child, reason)
        elif child.must_restart and child.restart is not Restart.TEMPORARY:
            pass
        elif (child.restart is Restart.PERMANENT and reason != "stopped") or (
            child.restart is Restart.TRANSIENT and reason == "crashed"
        ):
            self.restart(child)
        else:
            self.end(child, reason)

    def end(self, child: ModelChild, reason: str) -> None:
        child.state, child.must_restart = "ended", False
        self.note(child.number, f"ended {reason}")

    # restarts

    def restart(self, child: ModelChild) -> None:
        child.budget.append(self.now)
        recent = [t for t in child.budget if t >= self.now - self.policy.within_seconds]
        if len(recent) > self.policy.max_restarts:
            self.end(child, "gave_up")
            if not self.policy.per_child:
                raise GaveUp
            return
        backoff = self.policy.backoff
        failures = max(child.failures, 1)
        delay = min(backoff.first * 2 ** (failures - 1), backoff.limit)
        if self.policy.strategy is Strategy.ONE_FOR_ONE:
            self.at(self.now + delay, lambda: self.begin_start(child))
            return
        is_rest = self.policy.strategy is Strategy.REST_FOR_ONE
        for other in self.children[child.number if is_rest else 0 :]:
            other.must_restart = other.state != "ended"
        self.mend_at = self.now + delay
        if not self.is_mending or self.is_mend_paused:
            self.is_mending = True
            self.at(self.now, self.mend)

    def mend(self) -> None:
        self.is_mend_paused = False
        while waiting := [child for child in self.children if child.must_restart]:
            running = [child for child in waiting if child.state in ("up", "starting")]
            if running and running[-1].state == "starting":
                running[-1].after_start = self.mend
                return
            if running:
                self.end_incarnation(running[-1], "stopped")
            elif self.now < self.mend_at:
                self.is_mend_paused = True
                self.at(self.mend_at, self.mend_if_paused)
                return
            else:
                waiting[0].must_restart = False
                waiting[0].after_start = self.mend
                self.begin_start(waiting[0])
                return
        self.is_mending = False

    def mend_if_paused(self) -> None:
        if self.is_mend_paused:
            self.mend()


def may_act(policy: Policy, action: Action, is_up: bool) -> bool:
    """Whether an action is done: where several restart together, only to who runs.

    A message that waits in the mailbox of the first would race with the start of the second.
    """
    return action.kind == "stop" or is_up or policy.strategy is Strategy.ONE_FOR_ONE


# --- the performance ------------------------------------------------------------------


class Performance:
    """Runs a script with a real supervisor and logs what happens."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.log: Log = []
        self.starts: Counter[int] = Counter()

    async def run(self) -> None:
        specs = [
            ChildSpec(partial(Player, self, number), str(number), restart)
            for number, restart in enumerate(self.script.restarts)
        ]
        try:
            async with open_supervisor(
                self.script.policy, specs, on_event=ignore_fact
            ) as supervisor:
                await self._act_all(supervisor)
                await trio.sleep_until(HORIZON)
                self.alive = len(supervisor.children)
        except SupervisorGaveUp:
            self.alive = 0

    def note(self, who: int | str, what: str) -> None:
        self.log.append((trio.current_time(), f"{who} {what}"))

    async def _act_all(self, supervisor: Supervisor) -> None:
        addresses = supervisor.children
        for address in addresses:
            address.watch(lambda ended: self.note(ended.address.name, f"ended {ended.reason}"))
        for action in sorted(self.script.actions, key=lambda action: action.time):
            await trio.sleep_until(action.time)
            self._act(action, addresses[action.child])

    def _act(self, action: Action, address: Address[Actor]) -> None:
        is_up = address.inspect().state == "idle"
        if not address.is_alive or not may_act(self.script.policy, action, is_up):
            return
        if action.kind == "stop":
            address.request_stop()
        else:
            address.tell(action.kind)


class Player(Actor):
    def __init__(self, performance: Performance, number: int) -> None:
        self.performance = performance
        self.number = number

    async def started(self) -> None:
        performance = self.performance
        performance.starts[self.number] += 1
        await trio.sleep(START_SECONDS)
        if performance.starts[self.number] in performance.script.failing_starts[self.number]:
            raise ValueError("stage fright")
        performance.note(self.number, "starts")

    def stopped(self, reason: Reason) -> None:
        self.performance.note(self.number, reason)

    @handles(str)
    async def play(self, kind: str) -> None:
        if kind == "end":
            self._end()
        elif kind == "crash":
            raise ValueError("crash")
        else:
            self._nursery.start_soon(self.crash)
            await trio.sleep_forever()

    async def crash(self) -> None:
        raise ValueError("task crash")


def ignore_fact(_: ChildFact) -> None:
    """Nobody reads the facts of thousands of crashes."""


# --- the comparison -------------------------------------------------------------------


def perform(scripts: list[Script]) -> list[Performance]:
    performances = [Performance(script) for script in scripts]

    async def perform_all() -> None:
        async with trio.open_nursery() as nursery:
            for performance in performances:
                nursery.start_soon(performance.run)

    trio.run(perform_all, clock=trio.testing.MockClock(autojump_threshold=0))
    return performances


def assert_as_the_model_says(performance: Performance) -> None:
    model = Model(performance.script)
    expected = model.run()
    alive = sum(child.state != "ended" for child in model.children)
    if expected and expected[-1][1] == "supervisor gave up":
        # From that moment on all end together; the order of that is tested elsewhere.
        end = expected[-1][0]
        expected = [entry for entry in expected if entry[0] < end]
        ends = [time for time, text in performance.log if text.endswith("ended gave_up")]
        assert ends[:1] == [end], performance.script
        actual = [entry for entry in performance.log if entry[0] < end]
        alive = 0
    else:
        actual = [entry for entry in performance.log if entry[0] < HORIZON]
    assert actual == expected, performance.script
    assert performance.alive == alive, performance.script


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_supervisor_agrees_with_the_model_on_random_scripts(batch: int) -> None:
    dice = random.Random(batch)
    for performance in perform([random_script(dice) for _ in range(SCRIPTS_IN_A_BATCH)]):
        assert_as_the_model_says(performance)


@given(dice=st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_a_supervisor_agrees_with_the_model_on_scripts_that_can_shrink(
    dice: random.Random,
) -> None:
    (performance,) = perform([random_script(dice)])
    assert_as_the_model_says(performance)


def test_the_scripts_reach_what_matters() -> None:
    dice = random.Random(0)
    seen: Counter[str] = Counter()
    for _ in range(2000):
        log = Model(random_script(dice)).run()
        seen.update({text.split(" ", 1)[1] for _, text in log})
    assert set(seen) >= {"starts", "crashed", "normal", "stopped", "gave up", "ended gave_up"}
    assert min(seen.values()) > 100
