"""One worker of the launcher: it serves, says when it is ready, and leaves nothing behind."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import hypercorn.config
import hypercorn.trio
import trio
from hypercorn.utils import LifespanFailureError

from .application import LiveApp
from .draining import save_all_views, send_all_home, tell_all_pages
from .launch_options import (
    ALIVE_SECONDS,
    BACKLOG,
    Note,
    WorkerOptions,
    decode_worker_options,
    line,
    notes,
)
from .loading import ApplicationNotFound, load_application
from .log_facts import fact
from .logs import configure_logs

log = logging.getLogger("limelight.worker")

#: Of Linux's prctl: the signal that a process gets when its parent dies.
PR_SET_PDEATHSIG = 1
#: HTTP requests that are under way when a worker is drained may take so long to finish.
GRACEFUL_SECONDS = 3.0
#: Whatever still runs so long after it was told to stop is cut off.
LEAVE_SECONDS = 20.0
EXIT_NOT_LOADED = 3


def work(encoded_options: str) -> int:
    """Run one worker until it is told to stop; return its exit code."""
    options = decode_worker_options(encoded_options)
    _die_with_parent()
    # Ctrl+C reaches the whole terminal; the launcher hears it and drains its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logs()
    return trio.run(_Worker(options).run)


def _die_with_parent() -> None:
    """Let the kernel end this process with the launcher, even if that is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _trace_of(error: Exception) -> str:
    """Return the traceback from the application's first line on, without the way there."""
    trace = error.__traceback__
    while trace is not None and _is_on_the_way(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


def _is_on_the_way(file_name: str) -> bool:
    return "importlib" in file_name or Path(file_name).parent == Path(__file__).parent


def _first_of(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


class _Worker:
    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        self._app: Any = None
        self._stop = trio.Event()

    async def run(self) -> int:
        control = socket.socket(fileno=self._options.control)
        self._control = trio.SocketStream(trio.socket.from_stdlib_socket(control))
        said = notes(self._control)
        with trio.open_signal_receiver(signal.SIGTERM) as signals:
            if self._options.is_standby and not await self._may_go(said, signals):
                return 0
            if not await self._load():
                return EXIT_NOT_LOADED
            exit_code = 0
            try:
                await self._work(said, signals)
            except* LifespanFailureError as failures:
                await self._fail(str(_first_of(failures)))
                exit_code = EXIT_NOT_LOADED
        return exit_code

    async def _work(self, said: AsyncIterator[Note], signals: AsyncIterator[int]) -> None:
        async with trio.open_nursery() as root:
            root.start_soon(self._listen, said, root.cancel_scope)
            root.start_soon(self._drain_on_signal, signals)
            root.start_soon(self._leave, root.cancel_scope)
            await root.start(self._serve, root.cancel_scope)
            # Hypercorn listens for a moment even if the application could not start.
            if not isinstance(self._app, LiveApp) or self._app.is_ready:
                await self._say(Note("ready"))
                log.info("worker %s serves", os.getpid(), extra=fact("worker_started"))
                root.start_soon(self._say_alive)

    async def _say_alive(self) -> None:
        while True:
            await trio.sleep(ALIVE_SECONDS)
            await self._say(Note("alive"))

    async def _may_go(self, said: AsyncIterator[Note], signals: AsyncIterator[int]) -> bool:
        """Wait for the launcher's word; a standby that is not needed is told to end."""
        is_wanted = False
        async with trio.open_nursery() as nursery:

            async def end_on_signal() -> None:
                await anext(signals)
                nursery.cancel_scope.cancel()

            nursery.start_soon(end_on_signal)
            async for _ in said:
                is_wanted = True
                break
            nursery.cancel_scope.cancel()
        return is_wanted

    async def _load(self) -> bool:
        try:
            self._app = load_application(self._options.application)
        except ApplicationNotFound as error:
            await self._fail(str(error))
        except Exception as error:  # noqa: BLE001  # whatever the application's own module raises
            await self._fail(_trace_of(error))
        return self._app is not None

    async def _fail(self, text: str) -> None:
        print(f"limelight: {text}", file=sys.stderr, flush=True)
        await self._say(Note("failed", text))

    async def _serve(
        self, scope: trio.CancelScope, task_status: trio.TaskStatus[list[str]]
    ) -> None:
        trigger = self._stop.wait
        serve = partial(hypercorn.trio.serve, self._app, self._config(), shutdown_trigger=trigger)
        await serve(task_status=task_status)
        scope.cancel()

    async def _drain_on_signal(self, signals: AsyncIterator[int]) -> None:
        """On SIGTERM: no new visitors, views saved, sockets closed, and then the server."""
        await anext(signals)
        if isinstance(self._app, LiveApp):
            views, began = len(self._app.runtime.seats), trio.current_time()
            log.info("draining %s views", views, extra=fact("drain_started", views=views))
            await save_all_views(self._app)
            send_all_home(self._app)
            seconds = round(trio.current_time() - began, 3)
            log.info(
                "drained in %s s", seconds, extra=fact("drained", views=views, seconds=seconds)
            )
        # In the same breath: whoever comes back must not find this process still accepting.
        self._stop.set()

    async def _leave(self, scope: trio.CancelScope) -> None:
        """End what does not end by itself."""
        await self._stop.wait()
        await trio.sleep(LEAVE_SECONDS)
        log.warning(
            "the worker did not end within %s s and is ended",
            LEAVE_SECONDS,
            extra=fact("limit_reached", limit="leave_seconds"),
        )
        scope.cancel()

    async def _listen(self, said: AsyncIterator[Note], scope: trio.CancelScope) -> None:
        async for note in said:
            if note.kind == "notice" and isinstance(self._app, LiveApp):
                tell_all_pages(self._app, note.text)
        log.error("the launcher has ended, and so does its worker %s", os.getpid())
        scope.cancel()

    async def _say(self, note: Note) -> None:
        try:
            await self._control.send_all(line(note))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            log.debug("the launcher does not listen any more")

    def _config(self) -> hypercorn.config.Config:
        config = hypercorn.config.Config()
        config.bind = [f"fd://{listener}" for listener in self._options.listeners]
        config.backlog = BACKLOG
        config.graceful_timeout = GRACEFUL_SECONDS
        config.errorlog = logging.getLogger("hypercorn.error")
        # The launcher says where it serves.
        config.errorlog.setLevel(logging.WARNING)
        if self._options.certificate:
            config.certfile = self._options.certificate
            config.keyfile = self._options.key or None
        return config
