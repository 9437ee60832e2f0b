"""A supervisor starts its children in order, restarts those that fail, and stops them in reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import trio

from .actor import Actor
from .address import Address, Ended, Reason
from .child import Child
from .errors import ActorEnded, ActorNotFound, ChildStartFailed, SupervisorGaveUp, TooManyChildren
from .facts import (
    ChildCrashed,
    ChildFact,
    ChildGaveUp,
    ChildRestarted,
    ChildStarted,
    ChildStopped,
    log_fact,
    logger,
)
from .hints import near_miss
from .inspection import Activity, TreeNode
from .policy import Budget, ChildSpec, Policy, Restart, Strategy

ActorT = TypeVar("ActorT", bound=Actor)

#: How many dynamic children are stopped at a time: each cancelled task costs the others time.
STOP_BATCH: Final = 100


class Supervisor(Actor):
    """Keeps children running, according to a policy.

    Children given here start in order, each after the one before has started, and stop in
    reverse. More may come and go by `start_child` and `stop_child`. A child that fails in its
    first start is not tried again: the error goes to whoever starts it.

    A supervisor is an actor, so that it can be a child of another one. Its own stop takes as
    long as the deadlines of its children allow, whatever its spec says.
    """

    def __init__(
        self,
        policy: Policy | None = None,
        children: Sequence[ChildSpec[Any]] = (),
        *,
        on_event: Callable[[ChildFact], None] = log_fact,
    ) -> None:
        self.policy = policy if policy is not None else Policy()
        self._specs = tuple(children)
        self._on_event = on_event
        self._children: dict[str, Child[Any]] = {}
        self._budget = Budget(self.policy)
        self._static: frozenset[str] = frozenset(spec.name for spec in self._specs)
        self._is_closing = False
        self._is_mending = False
        self._mend_at = 0.0
        self._mend_pause = trio.CancelScope()
        if len(self._static) != len(self._specs):
            names = ", ".join(spec.name for spec in self._specs)
            raise ValueError(f"Children of one supervisor need different names, not {names}.")

    @property
    def address(self) -> Address[Any]:
        """Where the supervisor itself is reached."""
        return self._address

    @property
    def children(self) -> tuple[Address[Any], ...]:
        """The addresses of the children, in the order of their start."""
        return tuple(child.address for child in self._children.values())

    def child(self, name: str) -> Address[Any]:
        """Return the address of the child of this name."""
        return self._find(name).address

    async def start_child(self, spec: ChildSpec[ActorT]) -> Address[ActorT]:
        """Start one more child and return its address once it has started.

        Raises ChildStartFailed from what its start raised, TooManyChildren, or ActorEnded if
        this supervisor is stopping. If the caller is cancelled, so is the start.
        """
        self._check_may_start(spec)
        budget = Budget(self.policy) if self.policy.per_child else self._budget
        child = Child(spec, self, budget)
        self._children[spec.name] = child
        child.launch(self._nursery)
        try:
            await child.wait_ready()
        finally:
            if not child.was_ready:
                child.cancel()
        if not child.was_ready:
            raise _start_failure(await child.address.wait_ended())
        return child.address

    async def stop_child(self, name: str, timeout: float | None = None) -> Ended:
        """Stop a child for good and return how it ended."""
        return await self._find(name).address.stop(timeout)

    def inspect_tree(self) -> TreeNode:
        """Return a snapshot of this supervisor and all below it."""
        return TreeNode(self._address.inspect(), self.policy, self._tree_children())

    # --- what children report (Keeper) ------------------------------------------------

    def child_ready(self, child: Child[Any]) -> None:
        """Tell that a child has started. Its runner calls this."""
        if child.was_ready:
            self._tell_event(ChildRestarted(*self._place(child), child.restarts))
        else:
            self._tell_event(ChildStarted(*self._place(child)))

    def child_over(self, child: Child[Any], error: BaseException | None) -> None:
        """Decide what follows the end of an incarnation."""
        reason = child.reason_for(error)
        if reason is Reason.CRASHED and error is not None:
            self._count_failure(child, error)
        if child.is_unwanted or self._is_closing or not child.was_ready:
            self._forget(child, reason, error)
        elif child.must_restart and child.spec.restart is not Restart.TEMPORARY:
            child.activity = Activity.RESTARTING
        elif _wants_restart(child, reason):
            self._restart(child, error)
        else:
            self._forget(child, reason, error)

    # --- restarting -------------------------------------------------------------------

    def _restart(self, child: Child[Any], error: BaseException | None) -> None:
        now = trio.current_time()
        if not child.budget.spend(now):
            self._give_up(child, error)
            return
        delay = self.policy.backoff.delay(max(child.failures, 1))
        if self.policy.strategy is Strategy.ONE_FOR_ONE:
            child.launch(self._nursery, delay)
            return
        for affected in self._affected_by(child):
            affected.must_restart = True
        child.activity = Activity.RESTARTING
        self._mend_at = now + delay
        self._mend_pause.cancel()
        if not self._is_mending:
            self._is_mending = True
            self._nursery.start_soon(self._mend, name=f"restart below {self._address.name}")

    async def _mend(self) -> None:
        """Stop and start the children that must restart together, one step at a time.

        Each step looks again at what is to be done, since any child may fail meanwhile.
        """
        while waiting := [child for child in self._children.values() if child.must_restart]:
            running = [child for child in waiting if child.has_task]
            if running:
                running[-1].halt()
                await running[-1].wait_down()
            elif trio.current_time() < self._mend_at:
                with trio.CancelScope(deadline=self._mend_at) as self._mend_pause:
                    await trio.sleep_forever()
            else:
                await self._start_again(waiting[0])
        self._is_mending = False

    async def _start_again(self, child: Child[Any]) -> None:
        child.must_restart = False
        child.launch(self._nursery)
        await child.wait_up()

    def _affected_by(self, failed: Child[Any]) -> Iterable[Child[Any]]:
        children = list(self._children.values())
        if self.policy.strategy is Strategy.REST_FOR_ONE:
            return children[children.index(failed) :]
        return children

    def _count_failure(self, child: Child[Any], error: BaseException) -> None:
        if child.uptime >= self.policy.within_seconds:
            child.failures = 0
        child.failures += 1
        self._tell_event(
            ChildCrashed(
                *self._place(child),
                error=_error_text(error),
                traceback=child.last_traceback or "",
                count=child.failures,
                message=child.last_message,
            )
        )

    def _give_up(self, child: Child[Any], error: BaseException | None) -> None:
        """Give up the child, or with it this supervisor, so that the next one above decides."""
        budget = child.budget
        used = budget.used(trio.current_time())
        name = child.spec.name
        self._tell_event(
            ChildGaveUp(
                *self._place(child),
                error=_error_text(error) if error else "ended normally, but is permanent",
                traceback=child.last_traceback or "",
                count=used,
                allowed=budget.allowed,
            )
        )
        self._forget(child, Reason.GAVE_UP, error)
        if not self.policy.per_child:
            raise SupervisorGaveUp(
                f"{self._address.name!r} gave up: {used} failures within {budget.within_seconds} "
                f"seconds, {budget.allowed} restarts allowed. The last child to fail was {name!r}."
            ) from error

    # --- starting and stopping --------------------------------------------------------

    async def _on_start(self) -> None:
        for spec in self._specs:
            await self.start_child(spec)

    async def _run(self, ready: Callable[[], None], start_timeout: float) -> None:
        try:
            await super()._run(ready, start_timeout)
        finally:
            await self._stop_children()

    async def _stop_children(self) -> None:
        """Stop the dynamic children in batches, then the others in reverse order."""
        self._is_closing = True
        # Ends restarts and starts that are under way. The children are shielded from it.
        self._nursery.cancel_scope.cancel()
        static = [child for name, child in self._children.items() if name in self._static]
        dynamic = [child for name, child in self._children.items() if name not in self._static]
        size = STOP_BATCH if self.policy.strategy is Strategy.ONE_FOR_ONE else 1
        dynamic.reverse()
        batches = [dynamic[first : first + size] for first in range(0, len(dynamic), size)]
        with trio.CancelScope(shield=True):
            for batch in [*batches, *([child] for child in reversed(static))]:
                for child in batch:
                    child.request_stop()
                for child in batch:
                    await child.wait_down()

    def _forget(self, child: Child[Any], reason: Reason, error: BaseException | None) -> None:
        self._children.pop(child.spec.name, None)
        child.finish(reason, error)
        if reason is not Reason.GAVE_UP:
            self._tell_event(ChildStopped(*self._place(child), reason))

    def _check_may_start(self, spec: ChildSpec[Any]) -> None:
        if self._is_closing:
            raise ActorEnded(f"{self._address.name!r} is stopping and starts no more children.")
        if spec.name in self._children:
            raise ValueError(
                f"{self._address.name!r} already has a child named {spec.name!r}. "
                "Give the new one another name, or stop the other first."
            )
        limit = self.policy.max_children
        if limit is not None and len(self._children) >= limit:
            raise TooManyChildren(f"{self._address.name!r} has {limit} children, its limit.")

    # --- small things -----------------------------------------------------------------

    def _find(self, name: str) -> Child[Any]:
        child = self._children.get(name)
        if child is None:
            hint = near_miss(name, self._children)
            raise ActorNotFound(f'{self._address.name!r} has no child named "{name}".{hint}')
        return child

    def _place(self, child: Child[Any]) -> tuple[str, str, Address[Any]]:
        return self._address.name, child.spec.name, child.address

    def _tell_event(self, fact: ChildFact) -> None:
        try:
            self._on_event(fact)
        except Exception:  # noqa: BLE001
            # An observer's mistake must not end the supervisor.
            logger.exception("The observer of %r failed", self._address.name)

    def _tree_children(self) -> tuple[TreeNode, ...]:
        return tuple(_node(child) for child in self._children.values())

    def _unhandled(self, message: Any) -> None:
        logger.warning("%r ignores a %s", self._address.name, type(message).__name__)


def _node(child: Child[Any]) -> TreeNode:
    actor = child.actor
    policy = actor.policy if isinstance(actor, Supervisor) else None
    return TreeNode(child.inspect(), policy, actor._tree_children() if actor is not None else ())


def _wants_restart(child: Child[Any], reason: Reason) -> bool:
    if child.spec.restart is Restart.PERMANENT:
        return reason is not Reason.STOPPED
    return child.spec.restart is Restart.TRANSIENT and reason is Reason.CRASHED


def _error_text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _start_failure(ended: Ended) -> ChildStartFailed:
    why = _error_text(ended.error) if ended.error else "it was stopped before it had started"
    failure = ChildStartFailed(f"{ended.address.name!r} failed in its start: {why}.")
    failure.__cause__ = ended.error
    return failure
