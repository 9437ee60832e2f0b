"""One worker process as its launcher sees it: started, ready, ended."""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

import trio

from .launch_options import Note, ServeOptions, WorkerOptions, encode, line, notes
from .log_facts import fact

log = logging.getLogger("limelight.launcher")


class WorkerProcess:
    """Start it with `start_worker`, and run `watch` in a task until it has ended."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._process = process
        self._control = trio.SocketStream(trio.socket.from_stdlib_socket(control))
        #: It serves, or it has ended without.
        self.settled = trio.Event()
        self.ended = trio.Event()
        self.is_ready = False
        self.started_at = self._heard_at = trio.current_time()
        #: Why it could not start, in its own words.
        self.complaint = ""

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int:
        """Its code, or the negative number of the signal that ended it."""
        return self._process.returncode or 0

    async def watch(self, silence_seconds: float = math.inf) -> None:
        """Listen to the process until it ends, and bury it. One that has fallen silent is killed."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._kill_when_silent, silence_seconds)
            async for note in notes(self._control):
                self._heard(note)
            nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            # Its end of the pair is closed: it has ended, or is about to.
            await trio.to_thread.run_sync(self._process.wait)
        self.is_ready = False
        self.settled.set()
        self.ended.set()

    def _heard(self, note: Note) -> None:
        self._heard_at = trio.current_time()
        if note.kind == "ready":
            self.is_ready = True
            self.settled.set()
        elif note.kind == "failed":
            self.complaint = note.text

    async def _kill_when_silent(self, seconds: float) -> None:
        """A loop that is held for so long serves nobody, and its sockets know nothing of it."""
        await self.settled.wait()
        while (rest := self._heard_at + seconds - trio.current_time()) > 0:
            await trio.sleep(rest)
        told = fact("worker_killed", process=self.id, limit="worker_seconds")
        log.error("worker %s has said nothing for %s s and is killed", self.id, seconds, extra=told)
        self.kill()

    async def say(self, note: Note) -> None:
        try:
            await self._control.send_all(line(note))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return  # `watch` finds out as well.

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self._process.kill()


def start_worker(
    options: ServeOptions,
    listeners: Sequence[socket.socket],
    env: Mapping[str, str],
    *,
    is_standby: bool = False,
) -> WorkerProcess:
    """Start a process that serves on open sockets.

    It is started from the main thread: a worker dies with the thread that started it.
    """
    ours, theirs = socket.socketpair()
    worker_options = WorkerOptions(
        options.application,
        [listener.fileno() for listener in listeners],
        theirs.fileno(),
        options.certificate,
        options.key,
        is_standby,
    )
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "limelight", "worker", encode(worker_options).decode()],
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            pass_fds=[*worker_options.listeners, worker_options.control],
        )
    return WorkerProcess(process, ours)
