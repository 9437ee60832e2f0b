"""Names whoever holds the event loop: while one handler computes, every page stands still."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import trio

from .log_facts import fact
from .turns import TurnActor

log = logging.getLogger("limelight.watchdog")

#: Frames of a stack that are logged, the innermost last.
MOST_FRAMES = 12


class Watchdog:
    """A thread that asks the loop to answer, and looks at its stack when it does not."""

    def __init__(self, held_seconds: float) -> None:
        self._held_seconds = held_seconds
        self._is_over = threading.Event()
        #: How often the loop was held too long; for the dashboard.
        self.times_held = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the loop that runs this task. Does nothing if the limit is 0."""
        if not self._held_seconds:
            yield
            return
        token, loop_thread = trio.lowlevel.current_trio_token(), threading.get_ident()
        thread = threading.Thread(
            target=self._watch, args=(token, loop_thread), name="limelight watchdog", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()

    def _watch(self, token: trio.lowlevel.TrioToken, loop_thread: int) -> None:
        while not self._is_over.wait(self._held_seconds):
            answered = threading.Event()
            try:
                token.run_sync_soon(answered.set, idempotent=True)
            except trio.RunFinishedError:
                return
            if not answered.wait(self._held_seconds):
                self._report(sys._current_frames().get(loop_thread))
                while not (answered.wait(self._held_seconds) or self._is_over.is_set()):
                    pass  # One report is enough, however long it takes.

    def _report(self, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code.co_name == "get_events":
            return  # The loop waits for events: it is the machine that is busy.
        self.times_held += 1
        who = culprit(frame)
        # Outside a view it may be the machine that had no time for this process.
        level = logging.WARNING if "." in who else logging.INFO
        stack = "".join(traceback.format_stack(frame)[-MOST_FRAMES:]) if frame else ""
        log.log(
            level,
            "The event loop has been held for %.2f s by %s. Every page waits meanwhile: await "
            "something, or start the work with start_async or trio.to_thread.\n%s",
            self._held_seconds,
            who,
            stack.rstrip(),
            extra=fact("loop_held", by=who, seconds=self._held_seconds),
        )


def culprit(frame: FrameType | None) -> str:
    """Return the view and the handler in which the loop stands, from its innermost frame."""
    innermost = frame
    while frame is not None:
        owner = frame.f_locals.get("self")
        if isinstance(owner, TurnActor) and not frame.f_code.co_name.startswith("_"):
            return f"{type(owner).__name__}.{frame.f_code.co_name}"
        frame = frame.f_back
    return innermost.f_code.co_name if innermost is not None else "nobody"
