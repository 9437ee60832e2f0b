"""What may be done to a running application from its page: permitted, confirmed, written down."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ...actors import Address
from ...client.messages import CloseCode, Error
from ..audit import who_asks
from ..request import Request
from ..seat import Seat
from ..view_messages import Crash
from .tracing import Trace

if TYPE_CHECKING:
    from .supervision import Supervision

#: Asked with the name of an action: may this visitor do that?
May = Callable[[Request, str], bool]

TRACE_SECONDS: Final = 20.0
MOST_TRACES: Final = 20


class ActionRefused(Exception):
    """It cannot be done, or this visitor may not; the text says which."""


class CrashedFromDashboard(Exception):
    """Somebody has pressed the button that crashes this actor."""


@dataclass(frozen=True, slots=True)
class Action:
    """One kind of action: what its button says, and what it asks first."""

    name: str
    label: str
    question: str
    is_dangerous: bool = True


VIEW_ACTIONS: Final[tuple[Action, ...]] = (
    Action("trace", "Trace", "Write down its messages for 20 seconds: names, not contents.", False),
    Action(
        "disconnect", "Drop its socket", "Its browser comes back by itself, and misses nothing."
    ),
    Action("restart", "Begin anew", "The view mounts again. What its state holds is lost."),
    Action(
        "crash",
        "Crash",
        "It fails as a bug would, and its supervisor restarts it from its last good turn.",
    ),
    Action(
        "stop",
        "Stop",
        "The view ends for good. Its browser is told, and mounts a new one if it comes back.",
    ),
)
ACTOR_ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        "restart",
        "Restart",
        "It ends after its turn and is started again. A supervisor takes all below it along.",
    ),
    Action("crash", "Crash", "It fails as a bug would. Its supervisor does what its policy says."),
)
NODE_ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        "drain",
        "Drain this worker",
        "Its views are saved, their browsers go to other workers, and the launcher starts a new one.",
    ),
)
NAMES: Final = ("stop", "restart", "crash", "disconnect", "trace", "drain")


class Actions:
    """Does what a visitor asks for, if they may. Everything is written to the audit log."""

    def __init__(self, supervision: Supervision, may: May | None) -> None:
        self._supervision = supervision
        self._may = may
        self.traces: dict[str, Trace] = {}

    def permitted(self, request: Request) -> frozenset[str]:
        """Return the names of the actions that a visitor may ask for."""
        if self._may is None:
            return frozenset()
        may = self._may
        return frozenset(name for name in NAMES if may(request, name))

    def require_permission(self, request: Request, name: str, target: str) -> None:
        """Raise ActionRefused, which is written down, if a visitor may not do that."""
        if name not in self.permitted(request):
            text = f"You may not {name} anything here."
            self._supervision.audit.write(request, name, target, f"refused: {text}")
            raise ActionRefused(text)

    def perform(self, request: Request, name: str, target: str) -> str:
        """Do it and return a sentence about it; raise ActionRefused, which is written down too."""
        self.require_permission(request, name, target)
        return self.perform_for(*who_asks(request), name, target)

    def perform_for(self, who: str, client: str, name: str, target: str) -> str:
        """Do it for somebody whose permission was asked for: here, or in another process."""
        audit = self._supervision.audit
        try:
            outcome = self._perform(who, name, target)
        except ActionRefused as refusal:
            audit.note(who, client, name, target, f"refused: {refusal}")
            raise
        audit.note(who, client, name, target, outcome)
        return outcome

    def _perform(self, who: str, name: str, target: str) -> str:
        if name not in NAMES:
            raise ActionRefused(f"Nothing is known of an action {name!r}.")
        if name == "drain":
            return self._drain()
        seat = self._supervision.runtime.seats.get(target)
        if seat is not None and seat.is_alive:
            return self._act_on_view(seat, name, who)
        return self._act_on_actor(self._actor(target), name, who)

    def _drain(self) -> str:
        if not self._supervision.runtime.settings.store:
            raise ActionRefused("Without a launcher nobody would start another worker.")
        # As a service manager would: the worker saves its views and ends.
        os.kill(os.getpid(), signal.SIGTERM)
        return "The worker drains."

    def _act_on_view(self, seat: Seat, name: str, who: str) -> str:
        address, view = seat.address, seat.view.__name__
        if name == "stop":
            if seat.channel is not None:
                text = "This view was stopped. It stays down until it is asked for again."
                seat.channel.send(Error("down", text, view=seat.channel.number))
            address.request_stop()
            return f"{view} is being stopped."
        if name == "crash":
            # In its nursery, so that a view that hangs in mid-turn crashes as well.
            address.crash(CrashedFromDashboard(f"crashed by {who}"))
            return f"{view} was crashed."
        if name == "restart":
            address.tell(Crash(f"begun anew by {who}", keeps_state=False))
            return f"{view} begins anew."
        if name == "disconnect":
            if seat.channel is None:
                raise ActionRefused(f"{view} has no socket at the moment.")
            seat.channel.close(CloseCode.RESTART, "disconnected from the dashboard")
            return f"The socket of {view} was closed."
        self._trace(seat)
        return f"{view} is traced for {TRACE_SECONDS:g} s."

    def _trace(self, seat: Seat) -> None:
        former = self.traces.pop(seat.id, None)
        if former is not None:
            former.stop()
        self.traces[seat.id] = Trace(seat, TRACE_SECONDS)
        while len(self.traces) > MOST_TRACES:
            self.traces.pop(next(iter(self.traces))).stop()

    def _act_on_actor(self, address: Address[Any], name: str, who: str) -> str:
        if name == "crash":
            address.crash(CrashedFromDashboard(f"crashed by {who}"))
            return f"{address.name} was crashed."
        if name == "restart":
            address.request_restart()
            return f"{address.name} is restarted."
        raise ActionRefused(
            f"{address.name} is part of the application: only views can be asked to {name}."
        )

    def _actor(self, name: str) -> Address[Any]:
        """Return a service, or one of the two supervisors."""
        runtime = self._supervision.runtime
        known = [*runtime.root.children, *runtime.running_services.children]
        for address in known:
            if address.name == name and address.is_alive:
                return address
        raise ActionRefused("It has ended meanwhile.")
