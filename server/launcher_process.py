"""One worker process as its launcher sees it: started, ready, ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

import trio

from .launch_options import Note, ServeOptions, WorkerOptions, encode, line, notes


class WorkerProcess:
    """Start it with `start_worker`, and run `watch` in a task until it has ended."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._process = process
        self._control = trio.SocketStream(trio.socket.from_stdlib_socket(control))
        #: It serves, or it has ended without.
        self.settled = trio.Event()
        self.ended = trio.Event()
        self.is_ready = False
        self.started_at = trio.current_time()
        #: Why it could not start, in its own words.
        self.complaint = ""

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int:
        """Its code, or the negative number of the signal that ended it."""
        return self._process.returncode or 0

    async def watch(self) -> None:
        """Listen to the process until it ends, and bury it."""
        async for note in notes(self._control):
            if note.kind == "ready":
                self.is_ready = True
                self.settled.set()
            elif note.kind == "failed":
                self.complaint = note.text
        with trio.CancelScope(shield=True):
            # Its end of the pair is closed: it has ended, or is about to.
            await trio.to_thread.run_sync(self._process.wait)
        self.is_ready = False
        self.settled.set()
        self.ended.set()

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
