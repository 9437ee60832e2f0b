"""Show what an idle connected view is made of: where its bytes were asked for, and of which types.

    python -m benchmarks.memory [views]

The server runs in this process with tracemalloc, its visitors in another one.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import hypercorn.config
import hypercorn.trio
import trio

from benchmarks.peers.serving import free_port
from benchmarks.peers.wires.limelight import LimelightVisitor

VIEWS = 400
WARM_UP = 20
SHOWN = 16
ROOT = Path(__file__).parents[1]
ROOMS = ("actors", "client", "mixins", "server", "limelight")


def visit(port: int, count: int) -> None:
    """Open views, say so, and hold them until told to end."""
    visitors = [LimelightVisitor(port, "/counter") for _ in range(count)]
    print("open", flush=True)
    sys.stdin.read()
    for visitor in visitors:
        visitor.close()


def where(frame: tracemalloc.Frame) -> str:
    """The room or the library whose line asked for memory, and the file."""
    path = Path(frame.filename)
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return str(path.relative_to(ROOT))
    library = (
        path.parts[path.parts.index("site-packages") + 1 :][:1]
        if "site-packages" in path.parts
        else ()
    )
    return "/".join((*library, path.name)) if library else path.name


class Count(NamedTuple):
    """What exists: the objects that the collector knows, their bytes, and who asked for them."""

    number: Counter[str]
    size: Counter[str]
    snapshot: tracemalloc.Snapshot


def counted() -> Count:
    gc.collect()
    number, size = Counter[str](), Counter[str]()
    for one in gc.get_objects():
        number[type(one).__qualname__] += 1
        size[type(one).__qualname__] += sys.getsizeof(one)
    return Count(number, size, tracemalloc.take_snapshot())


class Opened:
    """Visitors in a process of their own, for the length of a block."""

    def __init__(self, port: int, count: int) -> None:
        arguments = [sys.executable, "-m", "benchmarks.memory", "visit", str(port), str(count)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(arguments, cwd=ROOT, stdin=pipe, stdout=pipe)

    async def __aenter__(self) -> None:
        assert self.process.stdout is not None
        await trio.to_thread.run_sync(self.process.stdout.readline)
        await trio.sleep(1)  # a page that was answered goes on for a moment

    async def __aexit__(self, *error: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await trio.to_thread.run_sync(self.process.wait)
        await trio.sleep(1)


async def measure(views: int) -> None:
    from benchmarks.peers.applications.limelight_pages import app

    config = hypercorn.config.Config()
    port = free_port()
    config.bind, config.loglevel = [f"127.0.0.1:{port}"], "ERROR"
    async with trio.open_nursery() as nursery:
        await nursery.start(hypercorn.trio.serve, app, config)
        async with Opened(port, WARM_UP):
            pass
        before = counted()
        async with Opened(port, views):
            after = counted()
        report(before, after, views)
        nursery.cancel_scope.cancel()


def report(before: Count, after: Count, views: int) -> None:
    differences = after.snapshot.compare_to(before.snapshot, "lineno")
    by_file = Counter[str]()
    for one in differences:
        by_file[where(one.traceback[0])] += one.size_diff
    print(f"{sum(by_file.values()) / views / 1024:.1f} KiB a view, by who asked for it:")
    for name, size in by_file.most_common(SHOWN):
        print(f"| {name} | {size / views:,.0f} |")
    print("\nObjects that the collector knows, a view:")
    sizes = Counter({name: size - before.size[name] for name, size in after.size.items()})
    for name, size in sizes.most_common(SHOWN):
        count = (after.number[name] - before.number[name]) / views
        print(f"| {name} | {count:.1f} | {size / views:,.0f} |")


def main() -> None:
    if sys.argv[1:2] == ["visit"]:
        visit(int(sys.argv[2]), int(sys.argv[3]))
        return
    os.environ.setdefault("SECRET_KEY", "benchmark")
    tracemalloc.start()
    trio.run(measure, int(sys.argv[1]) if len(sys.argv) > 1 else VIEWS)


if __name__ == "__main__":
    main()
