"""The launcher: it opens the sockets, keeps workers running, and owns the store of their views."""

from __future__ import annotations

import logging
import math
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from .launch_options import ServeOptions
from .launcher_process import WorkerProcess, start_worker
from .listeners import address_of, open_listeners
from .local_ledger_server import serve_local_ledger
from .local_pubsub_server import serve_local_pubsub
from .local_store_server import serve_local_store
from .log_facts import fact
from .outside import presence_beside, topics_beside
from .settings import read_settings
from .stores import StateTable

log = logging.getLogger("limelight.launcher")

#: A worker that cannot start within this time is ended, and counts as failed.
START_SECONDS = 60.0
#: A worker drains for `drain_seconds`; so much later it is killed.
KILL_SECONDS = 10.0
#: The wait before a worker is started again: doubled with each failure, up to the last.
FIRST_BACKOFF_SECONDS, LAST_BACKOFF_SECONDS = 0.1, 5.0
#: A worker that has served so long has not failed at its start.
HEALTHY_SECONDS = 30.0
EXIT_NOT_BOUND, EXIT_NOT_STARTED = 2, 3


class Launcher:
    """The parent of N workers. It never imports the application: each worker has its newest code."""

    def __init__(self, options: ServeOptions, listeners: list[socket.socket]) -> None:
        self.options = options
        self._listeners = listeners
        self._settings = read_settings({})
        self._env: dict[str, str] = {}
        self._nursery: trio.Nursery
        self._workers: list[WorkerProcess] = []
        self._is_stopping = False
        self._exit_code = 0

    async def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        with tempfile.TemporaryDirectory(prefix="limelight-") as folder:
            store = Path(folder) / "store"
            self._env = {"LIVE_STORE": str(store)}
            if self.options.is_development:
                self._env["LIVE_ENV"] = "development"
            table = StateTable(self._settings.store_bytes)
            numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
            with trio.open_signal_receiver(*numbers) as signals:
                async with trio.open_nursery() as self._nursery:
                    await self._nursery.start(serve_local_store, table, store)
                    await self._nursery.start(serve_local_pubsub, Path(topics_beside(str(store))))
                    ledger = Path(presence_beside(str(store)))
                    await self._nursery.start(serve_local_ledger, ledger)
                    self._nursery.start_soon(self._hear, signals)
                    self._nursery.start_soon(self._run)
        return self._exit_code

    async def _run(self) -> None:
        self._workers = [self._start() for _ in range(self.options.workers)]
        for worker in self._workers:
            await self._settle(worker)
        if self._is_stopping:
            return
        if not all(worker.is_ready for worker in self._workers):
            await self.stop(EXIT_NOT_STARTED)
            return
        for listener in self._listeners:
            count, address = len(self._workers), address_of(listener)
            told = fact("serving", address=address, workers=count)
            log.info("serving on %s with %s workers", address, count, extra=told)
        for place in range(len(self._workers)):
            self._nursery.start_soon(self._keep, place)
        await self.ready()

    async def ready(self) -> None:
        """All workers serve. The launcher of development watches files from here on."""

    # --- workers ------------------------------------------------------------------------

    def _start(self, *, is_standby: bool = False) -> WorkerProcess:
        worker = start_worker(self.options, self._listeners, self._env, is_standby=is_standby)
        # In development a breakpoint may hold a worker for as long as it likes.
        patience = math.inf if self.options.is_development else self._settings.worker_seconds
        self._nursery.start_soon(worker.watch, patience)
        return worker

    async def _settle(self, worker: WorkerProcess) -> bool:
        """Wait until a worker serves; one that takes too long is ended."""
        with trio.move_on_after(START_SECONDS) as patience:
            await worker.settled.wait()
        if patience.cancelled_caught:
            worker.kill()
        return worker.is_ready

    async def _keep(self, place: int) -> None:
        """Start a worker again whenever it ends."""
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            worker = self._workers[place]
            await worker.ended.wait()
            if self._is_stopping:
                return
            if self._workers[place] is not worker:
                continue
            if trio.current_time() - worker.started_at > HEALTHY_SECONDS:
                backoff = FIRST_BACKOFF_SECONDS
            told = fact("worker_ended", process=worker.id, exit_code=worker.exit_code)
            log.error("worker %s has ended with %s", worker.id, worker.exit_code, extra=told)
            await trio.sleep(backoff)
            backoff = min(backoff * 2, LAST_BACKOFF_SECONDS)
            if not self._is_stopping:
                self._workers[place] = self._start()
                await self._settle(self._workers[place])

    async def replace(self, place: int, successor: WorkerProcess) -> bool:
        """Put a new worker in the place of an old one, which is drained once the new one serves."""
        if not await self._settle(successor):
            return False
        former, self._workers[place] = self._workers[place], successor
        await self._retire(former)
        return True

    async def _retire(self, former: WorkerProcess) -> None:
        """End a worker that has been replaced, before the next one is."""
        await self._end(former)

    async def _restart_all(self) -> None:
        """Give every worker the newest code, one after the other, so that some always serve."""
        log.info("restarting all workers")
        for place in range(len(self._workers)):
            if not await self.replace(place, self._start()):
                log.error("a new worker could not start; the others stay as they are")
                return
        log.info("all workers have been restarted")

    # --- signals --------------------------------------------------------------------------

    async def _hear(self, signals: AsyncIterator[int]) -> None:
        async for number in signals:
            if number == signal.SIGHUP and not self._is_stopping:
                self._nursery.start_soon(self._restart_all)
            elif self._is_stopping:
                for worker in self._workers:
                    worker.kill()
            else:
                self._nursery.start_soon(self.stop)

    async def stop(self, exit_code: int = 0) -> None:
        """Drain all workers and end."""
        self._is_stopping = True
        self._exit_code = exit_code
        async with trio.open_nursery() as ending:
            for worker in self._workers:
                ending.start_soon(self._end, worker)
        self._nursery.cancel_scope.cancel()

    async def _end(self, worker: WorkerProcess) -> None:
        """Tell a worker to drain; kill it if it cannot."""
        began = trio.current_time()
        if not worker.ended.is_set():
            worker.terminate()
        with trio.move_on_after(self._settings.drain_seconds + KILL_SECONDS):
            await worker.ended.wait()
            seconds = trio.current_time() - began
            told = fact("worker_drained", process=worker.id, seconds=round(seconds, 3))
            log.info("worker %s drained in %.1f s", worker.id, seconds, extra=told)
            return
        told = fact("worker_killed", process=worker.id, limit="drain_seconds")
        log.error("worker %s did not end and is killed", worker.id, extra=told)
        worker.kill()
        await worker.ended.wait()


def launch(options: ServeOptions) -> int:
    """Open the sockets and serve; return the exit code."""
    kind: type[Launcher] = Launcher
    if options.is_development:
        try:
            from .reloading import ReloadingLauncher as kind
        except ModuleNotFoundError as error:
            log.error("`limelight dev` needs %s: pip install watchfiles", error.name)
            return EXIT_NOT_BOUND
    try:
        listeners = open_listeners(options.binds)
    except OSError as error:
        log.error("cannot listen on %s: %s", ", ".join(options.binds), error)
        return EXIT_NOT_BOUND
    return trio.run(kind(options, listeners).run)
