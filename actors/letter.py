"""A question on its way to an actor, and its answer on the way back."""

from __future__ import annotations

from typing import Any, Final

import trio

from .errors import ActorEnded, QuestionFailed


class Failed:
    """What a turn returns to fail the question that it handled without failing itself."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


class Letter:
    """Carries one question through a mailbox and wakes the asker with the answer."""

    __slots__ = ("_answer", "_error", "_task", "is_over", "question")

    def __init__(self, question: Any) -> None:
        self.question = question
        #: Answered, failed, or no longer waited for.
        self.is_over = False
        self._task: trio.lowlevel.Task | None = None
        self._answer: Any = None
        self._error: Exception | None = None

    async def wait(self) -> None:
        """Wait until the letter is answered or failed."""
        self._task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._abandon)

    def answer(self, answer: Any) -> None:
        """Wake the asker with an answer; a `Failed` makes the question fail."""
        if type(answer) is Failed:
            self._error = answer.error
        else:
            self._answer = answer
        self._end()

    def fail(self, error: Exception) -> None:
        """Wake the asker with an error."""
        self._error = error
        self._end()

    def result(self) -> Any:
        """Return the answer or raise why there is none."""
        error = self._error
        if error is None:
            return self._answer
        if isinstance(error, ActorEnded):
            raise error
        raise QuestionFailed(
            f"{type(self.question).__name__} failed: {type(error).__name__}: {error}"
        ) from error

    def _end(self) -> None:
        if not self.is_over:
            self.is_over = True
            if self._task is not None:
                trio.lowlevel.reschedule(self._task)

    def _abandon(self, _: object) -> trio.lowlevel.Abort:
        self.is_over = True
        return trio.lowlevel.Abort.SUCCEEDED


class Stop:
    """What a mailbox holds in front of everything when its actor shall stop."""


STOP: Final = Stop()
