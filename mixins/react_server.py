"""Renders React components on the server: the application's script runs in an embedded V8."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

log = logging.getLogger("limelight.react")

#: What the script has to define, with the name of a component and its props as JSON.
RENDER = "limelight.render"


class Wanted(NamedTuple):
    """One component with its props."""

    name: str
    props: str


class ReactFailed(Exception):
    """A component could not be rendered here, or not in the time and memory it may take."""


class Engine:
    """A V8 isolate, and the thread whose asyncio loop it answers in."""

    def __init__(self, module: Any) -> None:
        # Not the policy's: beside trio-asyncio that makes loops which only trio can run.
        loop = asyncio.SelectorEventLoop()
        thread = threading.Thread(target=loop.run_forever, name="React's V8", daemon=True)
        with ExitStack() as stack:
            stack.callback(loop.close)
            stack.callback(thread.join)
            stack.callback(loop.call_soon_threadsafe, loop.stop)
            thread.start()
            self.isolate = stack.enter_context(module.mini_racer(loop))
            self.close = stack.pop_all().close


class ReactServer:
    """One V8 with the application's script. It is used by one thread at a time."""

    def __init__(self, script: Path) -> None:
        self._script = script
        self._lock = threading.Lock()
        #: The isolate, and when the script that runs in it was written.
        self._engine: Any = None
        self._written = 0.0

    @cached_property
    def engine_module(self) -> Any:
        """The package `mini-racer`, or None where it is not installed; the log says so once."""
        try:
            return import_module("py_mini_racer")
        except ImportError:
            log.warning(
                "mini-racer is not installed, so React components are rendered by browsers alone. "
                'Install limelight with the extra "react" to render them here as well.'
            )
            return None

    def render_all(
        self, wanted: Sequence[Wanted], *, seconds: float, memory_bytes: int
    ) -> list[str | ReactFailed]:
        """Return the HTML of each component, or why there is none. Call it in a thread.

        All of them together take so many seconds at most; none takes more memory.
        """
        deadline = time.monotonic() + seconds
        if not self._lock.acquire(timeout=seconds):
            busy = ReactFailed(f"All of {seconds} s went by while other pages were rendered.")
            return [busy for _ in wanted]
        try:
            return [self._render(one, deadline, memory_bytes) for one in wanted]
        finally:
            self._lock.release()

    def _render(self, wanted: Wanted, deadline: float, memory_bytes: int) -> str | ReactFailed:
        left = deadline - time.monotonic()
        if left <= 0:
            return ReactFailed(f"{wanted.name}: the time that its page may take is over.")
        try:
            engine = self._ready_engine(left)
            html = engine.isolate.call(RENDER, *wanted, timeout_sec=left, max_memory=memory_bytes)
        except (OSError, self.engine_module.JSEvalException) as error:
            if not isinstance(error, self.engine_module.JSTimeoutException):
                # It may be out of memory, or be left with half of its work done.
                self._let_go()
            return ReactFailed(f"{wanted.name}: {_first_line(error)}")
        if not isinstance(html, str):
            return ReactFailed(f"{wanted.name}: {RENDER}() returned no text but {html!r:.80}")
        return html

    def _ready_engine(self, seconds: float) -> Any:
        written = self._script.stat().st_mtime
        if self._engine is None or written != self._written:
            self._let_go()
            source = self._script.read_text(encoding="utf-8")
            engine = Engine(self.engine_module)
            engine.isolate.eval(source, timeout_sec=max(seconds, 1.0))
            self._engine, self._written = engine, written
        return self._engine

    def _let_go(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


def _first_line(error: Exception) -> str:
    """What V8 says, without the line of the script: that may be all of a bundle."""
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
