"""A system's server in a process of its own, on a core of its own, and what it used."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .live_socket import get_page
from .systems import System

ROOT = Path(__file__).parents[2]
SERVER_CORE, LOAD_CORE = 0, 1
START_SECONDS = 60.0
#: clock_getcpuclockid(3): the clock that counts the CPU time of another process.
CPU_CLOCK_OF_PROCESS = 2


@dataclass(frozen=True, slots=True)
class Server:
    """One running server."""

    system: System
    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """User and system time of all its threads, to the nanosecond."""
        return cpu_seconds_of(self.process.pid)

    def memory_kib(self) -> int:
        """Its proportional set size: what it has for itself, and its part of what it shares."""
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(text.partition("\nPss:")[2].split()[0])


def cpu_seconds_of(pid: int) -> float:
    return time.clock_gettime(~pid << 3 | CPU_CLOCK_OF_PROCESS)


def take_load_core() -> None:
    """Leave the servers a core for themselves, and raise the number of open files."""
    os.sched_setaffinity(0, {LOAD_CORE})
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def serving(system: System, port: int, log_folder: Path) -> Iterator[Server]:
    """Serve a system until the block ends. Raises RuntimeError with its log if it does not start."""
    log = log_folder / f"{system.name}.log"
    with log.open("ab") as output:
        os.sched_setaffinity(0, {SERVER_CORE})  # which the process inherits with all its threads
        try:
            process = subprocess.Popen(
                system.command(port),
                cwd=ROOT,
                env={**os.environ, **system.environment, "PORT": str(port)},
                stdout=output,
                stderr=output,
            )
        finally:
            os.sched_setaffinity(0, {LOAD_CORE})
    try:
        _wait_until_it_answers(process, system, port, log)
        yield Server(system, port, process)
    finally:
        process.kill()
        process.wait()


def _wait_until_it_answers(
    process: subprocess.Popen[bytes], system: System, port: int, log: Path
) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            get_page(port, "/counter")
        except ConnectionError:
            # A foreign server has no way to say that it listens.
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{system.name} did not start:\n{log.read_text()[-2000:]}")
