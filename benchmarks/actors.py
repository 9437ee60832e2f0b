"""What actors cost: a message, a question, a life, a kilobyte. Run: python benchmarks/actors.py"""

from __future__ import annotations

import gc
import statistics
import tracemalloc
from collections.abc import Awaitable, Callable
from time import process_time

import trio

from limelight.actors import (
    Actor,
    Address,
    ChildSpec,
    Mailbox,
    Message,
    Question,
    Restart,
    Supervisor,
    handles,
    open_supervisor,
)

REPETITIONS = 5
MESSAGES = 20_000
ACTORS = 2_000


class Increment(Message):
    """Count one more."""


class GetCount(Question[int]):
    """How many were counted?"""


class Counter(Actor):
    def __init__(self) -> None:
        self.count = 0
        self.waited_for = -1
        self.reached = trio.Event()

    @handles(Increment)
    def increment(self, _: Increment) -> None:
        self.count += 1
        if self.count == self.waited_for:
            self.reached.set()

    @handles(GetCount)
    def get_count(self, _: GetCount) -> int:
        return self.count


def spec(number: int, start: Callable[[], Counter] = Counter) -> ChildSpec[Counter]:
    return ChildSpec(start, f"counter-{number}", Restart.TEMPORARY, mailbox_capacity=MESSAGES)


async def mailbox_batch() -> tuple[float, int]:
    mailbox = Mailbox(MESSAGES)
    message = Increment()
    start = process_time()
    for _ in range(MESSAGES):
        mailbox.put(message)
    for _ in range(MESSAGES):
        mailbox.get_nowait()
    return process_time() - start, MESSAGES


async def tell_batch() -> tuple[float, int]:
    counter = Counter()
    async with open_supervisor() as supervisor:
        address = await supervisor.start_child(spec(0, lambda: counter))
        counter.waited_for = MESSAGES
        message = Increment()
        start = process_time()
        for _ in range(MESSAGES):
            address.tell(message)
        await counter.reached.wait()
        return process_time() - start, MESSAGES


async def tell_idle() -> tuple[float, int]:
    async with open_supervisor() as supervisor:
        address = await supervisor.start_child(spec(0))
        message = Increment()
        start = process_time()
        for _ in range(MESSAGES):
            address.tell(message)
            await trio.lowlevel.checkpoint()
        return process_time() - start, MESSAGES


async def checkpoint_alone() -> tuple[float, int]:
    start = process_time()
    for _ in range(MESSAGES):
        await trio.lowlevel.checkpoint()
    return process_time() - start, MESSAGES


async def ask() -> tuple[float, int]:
    async with open_supervisor() as supervisor:
        address = await supervisor.start_child(spec(0))
        question = GetCount()
        start = process_time()
        for _ in range(MESSAGES // 4):
            await address.ask(question)
        return process_time() - start, MESSAGES // 4


async def spawn_and_stop() -> tuple[float, int]:
    async with open_supervisor() as supervisor:
        start = process_time()
        for number in range(ACTORS):
            address = await supervisor.start_child(spec(number))
            await address.stop()
        return process_time() - start, ACTORS


async def spawn_many(supervisor: Supervisor) -> list[Address[Counter]]:
    return [await supervisor.start_child(spec(number)) for number in range(ACTORS)]


async def stop_many() -> tuple[float, int]:
    async with open_supervisor() as supervisor:
        await spawn_many(supervisor)
        start = process_time()
    return process_time() - start, ACTORS


async def fan_out() -> tuple[float, int]:
    async with open_supervisor() as supervisor:
        addresses = await spawn_many(supervisor)
        message = Increment()
        start = process_time()
        for address in addresses:
            address.tell(message)
        await addresses[-1].ask(GetCount())
        return process_time() - start, ACTORS


async def idle_kilobytes() -> float:
    async with open_supervisor() as supervisor:
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        await spawn_many(supervisor)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return (after - before) / ACTORS / 1024


MEASURES: list[tuple[str, Callable[[], Awaitable[tuple[float, int]]]]] = [
    ("mailbox, put and take in a batch", mailbox_batch),
    ("tell and handle, in a batch", tell_batch),
    ("tell and handle, one wake each, with a checkpoint", tell_idle),
    ("  that checkpoint alone", checkpoint_alone),
    ("one tell to each of 2,000 idle actors", fan_out),
    ("ask and answer", ask),
    ("start one actor and stop it", spawn_and_stop),
    ("stop one of 2,000 with their supervisor", stop_many),
]


def main() -> None:
    """Print the median and the best of a few repetitions, in processor time."""
    print(f"{'what':<52}{'median':>10}{'best':>10}")
    for name, measure in MEASURES:
        each = []
        for _ in range(REPETITIONS):
            seconds, count = trio.run(measure)
            each.append(seconds / count * 1e6)
        print(f"{name:<52}{statistics.median(each):>7.2f} µs{min(each):>7.2f} µs")
    print(f"{'memory of one idle actor':<52}{trio.run(idle_kilobytes):>6.1f} KiB")


if __name__ == "__main__":
    main()
