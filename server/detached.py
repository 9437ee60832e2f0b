"""A shallow copy of a view for another thread, and how the view takes over what it has done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .turns import TurnState
from .view_outbox import ViewOutbox

if TYPE_CHECKING:
    from .view import View

ViewT = TypeVar("ViewT", bound="View")


def detach(view: ViewT) -> ViewT:
    """Return a copy with the view's attributes and place, and an outbox of its own.

    It has neither address nor nursery, so it may be assigned to from any thread.
    """
    copy = object.__new__(type(view))
    vars(copy).update(vars(view))
    copy._seat = view._seat
    copy._outbox = ViewOutbox(view._seat.runtime.settings.effects)
    copy._turns = TurnState()
    return copy


def take_over(view: ViewT, copy: ViewT, before: Mapping[str, Any]) -> None:
    """Bind what the copy has bound anew since `before`, and send what it wants to send."""
    own, done = vars(view), vars(copy)
    for name, value in done.items():
        if name not in before or before[name] is not value:
            own[name] = value
    for name in before.keys() - done.keys():
        own.pop(name, None)
    view._outbox.take_from(copy._outbox)
    view._turns.new_address = copy._turns.new_address or view._turns.new_address
