"""`open_supervisor`: run a tree of actors from ordinary trio code."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import trio

from .child import Child
from .facts import ChildFact, log_fact
from .policy import Budget, ChildSpec, Policy, Restart
from .supervisor import Supervisor


@asynccontextmanager
async def open_supervisor(
    policy: Policy | None = None,
    children: Sequence[ChildSpec[Any]] = (),
    *,
    name: str = "root",
    on_event: Callable[[ChildFact], None] = log_fact,
) -> AsyncGenerator[Supervisor]:
    """Run a supervisor for the length of an `async with` block.

    The block begins when all children have started, and leaving it, in whatever way, stops
    them in reverse order. If the supervisor gives up, the block is cancelled and
    SupervisorGaveUp is raised; if a child cannot start, ChildStartFailed.
    """
    policy = policy if policy is not None else Policy()
    spec = ChildSpec(
        lambda: Supervisor(policy, children, on_event=on_event),
        name=name,
        restart=Restart.TEMPORARY,
        start_timeout=math.inf,
        stop_timeout=math.inf,
    )
    sole: BaseException | None = None
    block = trio.CancelScope()
    root = Child(spec, _Owner(block), Budget(Policy(max_restarts=0)))
    try:
        with block:
            async with trio.open_nursery() as nursery:
                root.launch(nursery)
                try:
                    await root.wait_ready()
                    if root.actor is not None:
                        yield root.actor
                finally:
                    with trio.CancelScope(shield=True):
                        # Whoever leaves before all have started need not wait for the rest.
                        if root.was_ready:
                            root.request_stop()
                        else:
                            root.cancel()
                        await root.wait_down()
    except BaseExceptionGroup as group:
        # The nursery runs nothing of the caller's: what the block raised leaves as it was.
        if len(group.exceptions) != 1:
            raise
        sole = group.exceptions[0]
    if sole is not None:
        raise sole
    ended = root.address._ended
    if ended is not None and ended.error is not None:
        raise ended.error


class _Owner:
    """Keeps the root: nobody restarts it, and its end ends the block."""

    def __init__(self, block: trio.CancelScope) -> None:
        self._block = block

    def child_ready(self, child: Child[Any]) -> None:
        """The block waits for that itself."""

    def child_over(self, child: Child[Any], error: BaseException | None) -> None:
        child.finish(child.reason_for(error), error)
        self._block.cancel()
