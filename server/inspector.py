"""What the inspector in a page asks the server: one view's state, and to crash it.

Only in development, only from the server's own machine, and only with the token of a page.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
from quart import Response, abort
from quart import request as quart_request

from ..actors import ActorError
from .assets import PREFIX
from .dashboard.redaction import HIDDEN, redacted
from .pages import request_of_page
from .seat import Seat
from .this_machine import is_this_machine
from .tokens import TokenRefused
from .view_messages import GetState

if TYPE_CHECKING:
    from .application import LiveApp

#: A header of ours: a page of another site cannot send it.
TOKEN_HEADER: Final = "X-Limelight-Page"
STATE_SECONDS: Final = 1.0
MOST_DEEP: Final = 4
MOST_BRANCHES: Final = 50


class Branch(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attribute or item, as a short text, and what is inside it."""

    name: str
    text: str
    inside: list[Branch] = []


class CrashedFromInspector(Exception):
    """Somebody has pressed the button that crashes this view."""


class Inspector:
    """Answers the inspectors of one application's pages."""

    def __init__(self, app: LiveApp) -> None:
        self._app = app
        app.add_url_rule(f"{PREFIX}/inspector/state", "live inspector state", self._answer_state)
        app.add_url_rule(
            f"{PREFIX}/inspector/crash", "live inspector crash", self._crash, methods=["POST"]
        )

    async def _answer_state(self) -> Response:
        seat = await self._asked_for()
        try:
            state = await seat.address.ask(GetState(), timeout=STATE_SECONDS)
        except ActorError as error:
            abort(_said(503, f"The view does not answer: {error}"))
        actor = seat.address.inspect()
        answer = {
            "view": seat.view.__name__,
            "messages": actor.handled,
            "failed_turns": seat.failed_turns,
            "restarts": actor.restarts,
            "mailbox": actor.mailbox_depth,
            "frames": seat.frames,
            "sent_bytes": seat.sent_bytes,
            "state": state_tree(state),
        }
        return Response(
            msgspec.json.encode(answer), headers=_HEADERS, content_type="application/json"
        )

    async def _crash(self) -> Response:
        seat = await self._asked_for()
        seat.address.crash(CrashedFromInspector("crashed from the page's inspector"))
        return _said(200, f"{seat.view.__name__} was crashed. Its supervisor starts it again.")

    async def _asked_for(self) -> Seat:
        """Return the view of the page that asks; abort for everybody else."""
        runtime = self._app.runtime
        visit = request_of_page(await self._app.logins.user_of_page())
        if not (runtime.settings.is_development and is_this_machine(visit.client, visit.host)):
            abort(404)
        try:
            token = runtime.signer.read(quart_request.headers.get(TOKEN_HEADER, ""), visit)
        except TokenRefused as refused:
            abort(_said(403, str(refused)))
        seat = runtime.seats.get(token.view_id)
        if seat is None or not seat.is_alive:
            abort(_said(404, "This view has ended, or another worker has it."))
        return seat


_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _said(status: int, text: str) -> Response:
    return Response(text, status, headers=_HEADERS, content_type="text/plain; charset=utf-8")


def state_tree(attributes: Mapping[str, Any]) -> list[Branch]:
    """Return a view's public attributes and what is in them, redacted as on the dashboard."""
    public = ((name, value) for name, value in sorted(attributes.items()) if name[0] != "_")
    return [_branch(name, value, 1) for name, value in public]


def _branch(name: str, value: object, depth: int) -> Branch:
    text = redacted(name, value, shows_texts=True)
    if text == HIDDEN or depth == MOST_DEEP:
        return Branch(name, text)
    inside = list(islice(_inside(value), MOST_BRANCHES))
    return Branch(name, text, [_branch(one, item, depth + 1) for one, item in inside])


def _inside(value: object) -> Iterable[tuple[str, Any]]:
    """Yield what a value holds, by names."""
    if isinstance(value, Mapping):
        yield from ((str(key)[:80], item) for key, item in value.items())
    elif isinstance(value, str | bytes | bytearray | memoryview | range):
        return
    elif isinstance(value, Sequence | AbstractSet):
        yield from ((str(index), item) for index, item in enumerate(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from _fields(value, [field.name for field in dataclasses.fields(value)])
    elif isinstance(value, msgspec.Struct):
        yield from _fields(value, value.__struct_fields__)


def _fields(value: object, names: Iterable[str]) -> Iterable[tuple[str, Any]]:
    return ((name, getattr(value, name, None)) for name in names if name[0] != "_")
