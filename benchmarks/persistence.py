"""What each way of saving a view costs an event: CPU of the worker, CPU of the launcher, delay.

    python benchmarks/persistence.py

One worker behind the launcher and its local store. Each page sends an event and waits for
its acknowledgement; the rounds alternate between the ways, so that they meet the same neighbours.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trio

from limelight.client import connect
from limelight.client.messages import Event, Frame
from limelight.client.page import Page

MODES = ("never", "soon", "strict")
PAGES, EVENTS, ROUNDS = 20, 400, 5
APPLICATION = """
from limelight import LiveApp, LiveView, event_handler

class Counter(LiveView):
    template = "<h1>{{ count }}</h1>{% for row in rows %}<p>{{ row }}</p>{% endfor %}"

    def mount(self, request, **params):
        self.count = 0
        self.rows = [f"row {number}" for number in range(20)]

    @event_handler()
    def add(self):
        self.count += 1

app = LiveApp(__name__)
for mode in ("never", "soon", "strict"):
    app.live(f"/{mode}", type(mode, (Counter,), {"persist": mode}))
"""


@contextmanager
def launched() -> Iterator[tuple[subprocess.Popen[str], int]]:
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
        application = Path(folder) / "counter.py"
        application.write_text(APPLICATION)
        command = [sys.executable, "-m", "limelight", "serve", str(application)]
        process = subprocess.Popen(
            [*command, "--bind", f"fd://{taken.fileno()}"],
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=[taken.fileno()],
            env={
                **os.environ,
                "SECRET_KEY": "benchmark",
                "LIVE_EVENTS_PER_SECOND": "1000000",
                "LIVE_EVENTS_BURST": "1000000",
            },
        )
        assert process.stderr is not None
        while "serving on" not in process.stderr.readline():
            pass
        yield process, taken.getsockname()[1]
        process.terminate()
        process.communicate()


def cpu_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def worker_of(launcher: int) -> int:
    children = Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()
    return int(children[0])


async def click(page: Page, delays: list[float]) -> None:
    """Join, send the events one by one, and note how long each acknowledgement took."""
    await page.send(page.join_message())
    await page.receive()
    for number in range(1, EVENTS + 1):
        began = time.perf_counter()
        await page.send(Event(number, "add"))
        acknowledged = 0
        while acknowledged < number:
            answer = await page.receive()
            acknowledged = answer.acknowledged if isinstance(answer, Frame) else 0
        delays.append(time.perf_counter() - began)


async def round_of(url: str) -> list[float]:
    delays: list[float] = []

    async def visit() -> None:
        async with connect(url, follow=False) as page:
            await click(page, delays)

    async with trio.open_nursery() as nursery:
        for _ in range(PAGES):
            nursery.start_soon(visit)
    return delays


def main() -> None:
    costs = defaultdict(list)
    with launched() as (launcher, port):
        worker = worker_of(launcher.pid)
        for round_number in range(ROUNDS + 1):
            for mode in MODES:
                before = cpu_seconds(worker), cpu_seconds(launcher.pid)
                delays = trio.run(round_of, f"http://127.0.0.1:{port}/{mode}")
                after = cpu_seconds(worker), cpu_seconds(launcher.pid)
                if round_number:  # The first one warms up.
                    spent = [
                        (b - a) / len(delays) * 1e6 for a, b in zip(before, after, strict=True)
                    ]
                    costs[mode].append((*spent, statistics.median(delays) * 1e3))
    print(
        f"{PAGES} pages, {EVENTS} events each, medians of {ROUNDS} rounds (mount and GET included)"
    )
    print("persist   worker us/event   launcher us/event   acknowledged after ms")
    for mode in MODES:
        worker_cost, launcher_cost, delay = (
            statistics.median(one) for one in zip(*costs[mode], strict=True)
        )
        print(f"{mode:8}  {worker_cost:15.0f}  {launcher_cost:18.0f}  {delay:22.2f}")


if __name__ == "__main__":
    main()
