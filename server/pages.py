"""Answers a GET with a live page: the view starts, mounts, renders, and waits for its browser."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from urllib.parse import unquote

import jinja2
from markupsafe import Markup, escape
from quart import Request as QuartRequest
from quart import Response, abort, redirect
from quart import request as asked_request
from quart import session as kept_session

from ..client.messages import Moved
from .assets import Assets
from .connection import Handshake
from .logins import Logins
from .request import KEPT_HEADERS, NOTHING, SESSION_KEY, Request, User
from .routes import Route
from .runtime import Runtime, ViewDidNotStart
from .seat import Seat
from .this_machine import is_this_machine
from .view import View
from .view_templates import found_by_name, require_live_parts

#: Cookies whose names begin so are for the next page only: its view is given them.
ONCE = "live_next_"

ThingT = TypeVar("ThingT")

DEFAULT_LAYOUT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ page_title or view_name }}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{{ live_page_css }}">
{{ live_head }}
</head>
<body class="live-page">
<main>
{{ live_content }}
</main>
</body>
</html>
"""


class Pages:
    """Renders live pages of one application into their layouts."""

    def __init__(
        self, runtime: Runtime, logins: Logins, environment: jinja2.Environment, assets: Assets
    ) -> None:
        self._runtime = runtime
        self._logins = logins
        self._environment = environment
        self._live_heads = {
            is_near: Markup(assets.live_head(for_this_machine=is_near)) for is_near in (True, False)
        }
        self._page_css = assets.address("page.css")
        self._layouts: dict[str, jinja2.Template] = {}
        self._headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": runtime.settings.content_security_policy,
        }

    async def answer(self, endpoint: str, params: Mapping[str, Any]) -> Response:
        """Answer the current request with the page of a live route."""
        visit = request_of_page(await self._logins.user_of_page())
        route = self._runtime.routes.route(endpoint, params)
        refusal = self._runtime.guard.refusal(route.view, visit)
        if isinstance(refusal, Moved):
            return _sent_away(refusal)
        if refusal is not None:
            abort(403, refusal.message)
        seat = await self._open_seat(route, visit)
        content = (
            f'<div dj-view="{seat.id}" dj-token="{escape(self._runtime.token_for(seat))}" '
            f'dj-nonce="{seat.nonce}">{seat.first_html}</div>'
        )
        is_near = is_this_machine(visit.client, visit.host)
        live_head = self._live_heads[is_near]
        page = self._layout_of(route.view).render(
            seat.layout_context,
            live_head=live_head + Markup(seat.first_head),
            live_content=Markup(content),
            live_page_css=self._page_css,
            view_name=route.view.__name__,
        )
        if self._runtime.settings.is_development:
            require_live_parts(route.view, page, content, live_head)
        seat.forget_first_page()
        asked = _behind(asked_request)
        if asked.method == "HEAD" or _is_prefetch(asked):
            self._runtime.let_go(seat)
        else:
            self._runtime.await_browser(seat)
        response = Response(page, headers=self._headers, mimetype="text/html")
        for name in visit.cookies:
            response.delete_cookie(name)
        return response

    async def _open_seat(self, route: Route, visit: Request) -> Seat:
        try:
            return await self._runtime.open_seat(route, visit, nonce=secrets.token_hex(3))
        except ViewDidNotStart as failure:
            if failure.is_late:
                abort(503)
            raise

    def _layout_of(self, view: type[View]) -> jinja2.Template:
        layout = view.layout or DEFAULT_LAYOUT
        found = self._layouts.get(layout)
        if found is None:
            is_markup = "<" in layout
            environment = self._environment
            found = self._layouts[layout] = (
                environment.from_string(layout)
                if is_markup
                else found_by_name(view, "layout", environment, environment.get_template)
            )
        return found


def _sent_away(moved: Moved) -> Response:
    response = redirect(moved.to)
    response.headers["Cache-Control"] = "no-store"
    assert isinstance(response, Response)
    return response


def _is_prefetch(visit: QuartRequest) -> bool:
    """Speculative loading (the Sec-Purpose header of Fetch): nobody may ever look at it."""
    return "prefetch" in visit.headers.get("Sec-Purpose", visit.headers.get("Purpose", ""))


def _behind(proxy: ThingT) -> ThingT:
    """Return what one of Quart's global names stands for now."""
    thing: ThingT = cast(Any, proxy)._get_current_object()
    return thing


def request_of_page(user: User) -> Request:
    """Return our own frozen picture of the HTTP request that is being answered."""
    # Looked up once: each use of Quart's global names looks for the request in work.
    asked, kept = _behind(asked_request), _behind(kept_session)
    session_id = kept.get(SESSION_KEY)
    if session_id is None:
        session_id = kept[SESSION_KEY] = secrets.token_urlsafe(12)
    headers = asked.headers
    return Request(
        path=asked.path,
        query=asked.query_string.decode("latin-1"),
        headers={name: headers[name] for name in KEPT_HEADERS if name in headers},
        session=dict(kept),
        cookies=_cookies_for_once(asked),
        user=user,
        host=asked.host,
        scheme=asked.scheme,
        client=asked.remote_addr or "",
        session_id=session_id,
    )


def _cookies_for_once(asked: QuartRequest) -> Mapping[str, str]:
    given = {name: text for name, text in asked.cookies.items() if name.startswith(ONCE)}
    return given or NOTHING


def request_of_socket(handshake: Handshake, session: Mapping[str, Any] | None) -> Request:
    """Return the same picture of the request that opened a socket."""
    held = dict(session) if session else NOTHING
    headers = handshake.headers
    return Request(
        path=unquote(handshake.path),
        headers={name: headers[name] for name in KEPT_HEADERS if name in headers},
        session=held,
        host=handshake.host,
        scheme="https" if handshake.scheme == "wss" else "http",
        client=handshake.client,
        session_id=str(held.get(SESSION_KEY, "")),
    )
