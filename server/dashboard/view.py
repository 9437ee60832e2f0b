"""The page: a live view like any other, of everything that runs beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlencode

from ...client.events import event_handler
from ...client.messages import Error, Moved
from ..request import Request
from ..view import View
from . import words
from .actions import ACTOR_ACTIONS, NODE_ACTIONS, VIEW_ACTIONS, Action, ActionRefused, Actions
from .looking import Look, look_at
from .snapshot import ActorRow, ViewRow
from .supervision import Supervision
from .views import MOST_ROWS, ORDERS, ViewQuery, view_row

if TYPE_CHECKING:
    from .installation import Dashboard

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
        #: The process that was shown when it was asked for.
        self._asked_at = ""
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
        look = await self._look_elsewhere() if self.worker else None
        if look is None:
            self.worker = ""
            look = await look_at(
                self._supervision, self._actions, self.query, self.chosen, asker=self._view_id
            )
        self.now, self.detail, self.state = look.now, look.detail, look.state
        self.stacks, self.trace = look.stacks, look.trace

    async def _look_elsewhere(self) -> Look | None:
        """Return what another process shows; None if it has ended, or never answers."""
        if self.worker not in {node.id for node in self._supervision.others()}:
            self.notice = f"The process {self.worker} has ended."
            return None
        look = await self._dashboard.elsewhere.look(self.worker, self.query, self.chosen)
        if look is None:
            self.notice = f"The process {self.worker} does not answer."
        return look

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
        self._asked_at = self.worker
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
        if self._asked_at != self.worker:
            self.notice = f"Nothing was done: {self.target_name} is not shown any more."
            return
        try:
            self.notice = await self._perform(asked.name)
        except ActionRefused as refusal:
            self.notice = str(refusal)
        await self._look()

    # --- for the template -------------------------------------------------------------------

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        permitted = self._permitted()
        return super().get_context_data(
            **FUNCTIONS,
            page_title=f"{self.now.node.views} views · Supervision",
            tiles=TILES,
            orders=tuple(ORDERS),
            processes=sorted([self.now.node, *self.now.others], key=lambda one: one.id),
            actors=list(_flat(self.now.tree)),
            view_actions=_those(VIEW_ACTIONS, permitted),
            actor_actions=_those(ACTOR_ACTIONS, permitted),
            node_actions=_those(NODE_ACTIONS, permitted),
            is_read_only=not permitted,
            audit=list(reversed(self._supervision.audit.newest))[:10],
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
        row = self._row_of(target)
        if row is None:
            return target or f"process {self.now.node.pid}"
        return f"{row.view} of {row.user or 'somebody anonymous'}"

    def _row_of(self, target: str) -> ViewRow | None:
        """Return the view of an id, if there is one in the process that is shown."""
        if not self.worker:
            seat = self._supervision.runtime.seats.get(target)
            return view_row(seat) if seat is not None else None
        rows = [*self.now.views, self.detail] if self.detail is not None else self.now.views
        return next((row for row in rows if row.id == target), None)

    def _offered(self, target: str) -> list[Action]:
        if not target:
            kinds = NODE_ACTIONS
        elif self._row_of(target) is not None:
            kinds = VIEW_ACTIONS
        else:
            kinds = ACTOR_ACTIONS
        return _those(kinds, self._permitted())

    def _permitted(self) -> frozenset[str]:
        permitted = self._actions.permitted(self.request)
        return permitted if self.now.node.can_drain else permitted - {"drain"}

    async def _perform(self, action: str) -> str:
        """Do it here, or have it done by the process that is shown."""
        if not self.worker:
            return self._actions.perform(self.request, action, self.target)
        return await self._dashboard.elsewhere.perform(
            self.request, self.worker, action, self.target
        )

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
