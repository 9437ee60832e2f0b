"""The page: a live view like any other, of everything that runs beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlencode

from ...actors import ActorError
from ...client.events import event_handler
from ...client.messages import Error, Moved
from ..request import Request
from ..view import View
from ..view_messages import GetState
from . import words
from .actions import ACTOR_ACTIONS, NODE_ACTIONS, VIEW_ACTIONS, Action, ActionRefused, Actions
from .redaction import redacted_state
from .snapshot import ActorRow, ViewRow
from .supervision import Supervision
from .views import MOST_ROWS, ORDERS, ViewQuery, view_row

if TYPE_CHECKING:
    from .installation import Dashboard

#: How long a view may take to say what its state is, before it is called busy.
STATE_SECONDS: Final = 0.2
#: Of a trace, the newest first.
MOST_TURNS: Final = 20
FUNCTIONS: Final = {
    name: getattr(words, name) for name in ("duration", "uptime", "size", "count", "clock", "line")
}
TILES: Final = (
    ("views", "Views", ""),
    ("turns", "Turns", "/s"),
    ("p99_ms", "Turn p99", " ms"),
    ("frames", "Frames", "/s"),
    ("sent_bytes", "Sent", "/s"),
    ("lag_ms", "Loop late by", " ms"),
)


class SupervisionPage(View):
    """Shows a snapshot a second, and does what its visitor may do."""

    template = (Path(__file__).parent.parent / "templates/supervision.html").read_text()
    tick_interval = 1000
    persist = "never"

    #: Set on the class that an application's page is made of.
    _dashboard: ClassVar[Dashboard]

    @classmethod
    def _guard(cls, request: Any) -> Moved | Error | None:
        return cls._dashboard.refusal(request)

    def mount(self, request: Request, **params: Any) -> None:
        self.query = ViewQuery()
        #: The view that is shown closely, and the process, "" for the one that serves the page.
        self.chosen = self.worker = ""
        #: The action that waits to be confirmed, and what it is meant for.
        self.asked: Action | None = None
        self.target = self.target_name = ""
        self.notice = ""

    async def handle_params(self, params: dict[str, Any], uri: str) -> None:
        sort, search = params.get("sort"), params.get("search")
        self.query = ViewQuery(
            sort=sort if isinstance(sort, str) and sort in ORDERS else "newest",
            search=search[:100] if isinstance(search, str) else "",
            limit=_limit(params.get("limit")),
        )
        chosen = params.get("show")
        self.chosen = chosen if isinstance(chosen, str) else ""
        worker = params.get("worker")
        is_known = worker in {node.id for node in self._supervision.others()}
        self.worker = str(worker) if is_known else ""
        await self._look()

    async def handle_tick(self) -> None:
        await self._look()

    async def _look(self) -> None:
        if self.worker:
            self._look_elsewhere()
            return
        self.now = self._supervision.snapshot(self.query)
        self.detail = self._detail_of(self.chosen)
        self.state = await self._state_of(self.chosen) if self.detail else {}

    def _look_elsewhere(self) -> None:
        """Show another process as it was when it last answered, without its views' state."""
        now = self._supervision.snapshot_of(self.worker, self.query)
        if now is not None:
            self.now = now
        elif "now" not in vars(self):
            self.now = self._supervision.snapshot(self.query)
        rows = (row for row in self.now.views if row.id == self.chosen)
        self.detail, self.state = next(rows, None), {}

    # --- what the visitor asks for ----------------------------------------------------------

    @event_handler()
    async def search(self, search: str) -> None:
        self._go(search=search)

    @event_handler()
    def ask(self, action: str, target: str) -> None:
        """Ask whether an action is meant. Nothing happens yet."""
        self.notice = ""
        self.asked = next((one for one in self._offered(target) if one.name == action), None)
        self.target, self.target_name = target, self._name_of(target)
        if self.asked is None:
            self.notice = f"You may not {action} {self.target_name}."

    @event_handler()
    def cancel(self, **kwargs: Any) -> None:
        self.asked, self.target = None, ""

    @event_handler()
    async def confirm(self, action: str) -> None:
        """Do what was asked for, if it is still the same that is confirmed."""
        asked, self.asked = self.asked, None
        if asked is None or asked.name != action:
            return
        try:
            self.notice = self._actions.perform(self.request, asked.name, self.target)
        except ActionRefused as refusal:
            self.notice = str(refusal)
        await self._look()

    # --- for the template -------------------------------------------------------------------

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        permitted = self._permitted()
        trace = self._actions.traces.get(self.chosen)
        return super().get_context_data(
            **FUNCTIONS,
            page_title=f"{self.now.node.views} views · Supervision",
            tiles=TILES,
            orders=tuple(ORDERS),
            actors=list(_flat(self.now.tree)),
            view_actions=_those(VIEW_ACTIONS, permitted),
            actor_actions=_those(ACTOR_ACTIONS, permitted),
            node_actions=_those(NODE_ACTIONS, permitted),
            is_read_only=not permitted,
            audit=list(reversed(self._supervision.audit.newest))[:10],
            trace=trace,
            turns=list(reversed(trace.turns))[:MOST_TURNS] if trace is not None else [],
            stacks=self._stacks(),
            own_id=self._view_id,
            own_node=self._supervision.node_id,
            link_to=self._link_to,
            **kwargs,
        )

    @property
    def _supervision(self) -> Supervision:
        service: Supervision = self._service("supervision")
        return service

    @property
    def _actions(self) -> Actions:
        return self._dashboard.actions

    def _name_of(self, target: str) -> str:
        seat = self._supervision.runtime.seats.get(target)
        if seat is None:
            return target or "this worker"
        return f"{seat.view.__name__} of {seat.request.user.username or 'somebody anonymous'}"

    def _offered(self, target: str) -> list[Action]:
        if not target:
            kinds = NODE_ACTIONS
        elif target in self._supervision.runtime.seats:
            kinds = VIEW_ACTIONS
        else:
            kinds = ACTOR_ACTIONS
        return _those(kinds, self._permitted())

    def _permitted(self) -> frozenset[str]:
        """Only the process that serves this page can be acted on from it."""
        return frozenset() if self.worker else self._actions.permitted(self.request)

    def _detail_of(self, view_id: str) -> ViewRow | None:
        seat = self._supervision.runtime.seats.get(view_id)
        return view_row(seat) if seat is not None and seat.is_alive else None

    async def _state_of(self, view_id: str) -> dict[str, str]:
        """Ask a view for its state; one that is busy does not keep the page waiting."""
        if view_id == self._view_id:
            return {}
        seat = self._supervision.runtime.seats[view_id]
        try:
            state = await seat.address.ask(GetState(), timeout=STATE_SECONDS)
        except ActorError:
            return {}
        return redacted_state(state, shows_texts=self._is_development)

    def _stacks(self) -> dict[str, tuple[str, ...]]:
        seat = self._supervision.runtime.seats.get(self.chosen)
        return seat.address.await_stacks() if seat is not None and seat.is_alive else {}

    def _link_to(self, **changes: Any) -> str:
        """Return the query of this page with some changes."""
        now = {
            "sort": self.query.sort,
            "search": self.query.search,
            "limit": self.query.limit,
            "show": self.chosen,
            "worker": self.worker,
        }
        return "?" + urlencode({name: value for name, value in (now | changes).items() if value})

    def _go(self, **changes: Any) -> None:
        self.live_patch(path=self.request.path + self._link_to(**changes), replace=True)


def _those(actions: tuple[Action, ...], permitted: frozenset[str]) -> list[Action]:
    return [action for action in actions if action.name in permitted]


def _flat(row: ActorRow, depth: int = 0) -> Any:
    """Yield the rows of the tree with their depth, from the root on."""
    yield depth, row
    for child in row.children:
        yield from _flat(child, depth + 1)


def _limit(text: Any) -> int:
    try:
        return max(1, min(int(text), MOST_ROWS))
    except (TypeError, ValueError):
        return ViewQuery().limit
