"""The tree of actors as rows: all but the views, of which there may be thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...actors import ActorState, Policy, Supervisor, TreeNode
from .snapshot import ActorRow

if TYPE_CHECKING:
    from ..runtime import Runtime


def tree_of(runtime: Runtime) -> ActorRow:
    """Return the root with its services; of the views only how many there are."""
    root = actor_row(runtime.root.address.inspect(), runtime.root.policy)
    services, views = runtime.running_services, runtime.running_views
    root.children = [node_row(services.inspect_tree()), _childless(views, len(runtime.seats))]
    root.child_count = len(root.children)
    return root


def _childless(supervisor: Supervisor, child_count: int) -> ActorRow:
    row = actor_row(supervisor.address.inspect(), supervisor.policy)
    row.child_count = child_count
    return row


def node_row(node: TreeNode) -> ActorRow:
    """Return a row with all rows below it."""
    row = actor_row(node.state, node.policy)
    row.children = [node_row(child) for child in node.children]
    row.child_count = len(row.children)
    return row


def actor_row(state: ActorState, policy: Policy | None = None) -> ActorRow:
    return ActorRow(
        name=state.name,
        class_name=state.class_name,
        state=str(state.state),
        uptime_seconds=round(state.uptime, 3),
        mailbox_depth=state.mailbox_depth,
        mailbox_high_water=state.high_water,
        mailbox_capacity=state.mailbox_capacity,
        dropped=state.dropped,
        coalesced=state.coalesced,
        refused=state.refused,
        restarts=state.restarts,
        restarts_used=state.restarts_used,
        restarts_allowed=state.restarts_allowed,
        current_message=state.current_message,
        current_seconds=round(state.current_seconds, 3),
        handled=state.handled,
        tasks=state.tasks,
        last_exit=str(state.last_exit) if state.last_exit is not None else None,
        last_traceback=state.last_traceback,
        strategy=str(policy.strategy) if policy is not None else None,
        max_restarts=policy.max_restarts if policy is not None else 0,
        within_seconds=policy.within_seconds if policy is not None else 0.0,
    )
