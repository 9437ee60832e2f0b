"""Let the one exception of a nursery come out as itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def single_exceptions() -> Iterator[None]:
    """Give a single exception as it is, out of whatever groups nurseries put it in.

    The failed assertion of a test should not come wrapped, only because a task ran beside it.
    """
    only = None
    try:
        yield
    except BaseExceptionGroup as group:
        only = _only(group)
        if only is None:
            raise
    # Out here nothing is being handled, so that its own cause and context stay as they are.
    if only is not None:
        raise only


def _only(error: BaseException) -> BaseException | None:
    while isinstance(error, BaseExceptionGroup):
        if len(error.exceptions) != 1:
            return None
        error = error.exceptions[0]
    return error
