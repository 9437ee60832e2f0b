"""Puts the page, `tree.json` and the metrics under one path of an application, behind one guard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from quart import Response, abort
from quart import request as quart_request

from ...actors import ChildSpec
from ...client.messages import Error, Moved
from ..metrics import CONTENT_TYPE, metrics_of
from ..outside import Services
from ..pages import request_of_page
from ..request import Request
from ..this_machine import is_this_machine
from .actions import Actions, May
from .elsewhere import Elsewhere
from .snapshot import Snapshot
from .supervision import Supervision, SupervisionActor
from .view import SupervisionPage
from .views import ViewQuery

if TYPE_CHECKING:
    from ..application import LiveApp
    from ..runtime import Runtime

#: Asked whether a visitor may look: True, False, or the path where to log in.
MayLook = Callable[[Request], bool | str]

LAYOUT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{{ page_title }}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{{ live_page_css }}">
<link rel="stylesheet" href="STYLESHEET">
{{ live_head }}
</head>
<body class="live-page supervision">
<main>
{{ live_content }}
</main>
</body>
</html>
"""


class Dashboard:
    """The dashboard of one application. What runs is `attach`ed when the application starts."""

    def __init__(
        self, app: LiveApp, path: str, guard: MayLook | None, may: May | None, stylesheet: str
    ) -> None:
        if not path.startswith("/") or path.endswith("/"):
            raise ValueError(
                f"enable_dashboard({path!r}): expected a path such as '/_supervision', which "
                "begins with a slash and does not end with one."
            )
        self.path = path
        self.actions: Actions
        self.elsewhere: Elsewhere
        self._app = app
        self._guard = guard
        self._may = may
        self._is_development = False
        layout = LAYOUT.replace("STYLESHEET", stylesheet)
        page = type("Supervision", (SupervisionPage,), {"_dashboard": self, "layout": layout})
        app.live(path, page, endpoint="live supervision")
        for name, answer in (
            ("tree.json", self._answer_tree),
            ("tree.schema.json", self._answer_schema),
            ("metrics", self._answer_metrics),
        ):
            app.add_url_rule(f"{path}/{name}", f"supervision {name}", answer)

    def attach(self, runtime: Runtime) -> Services:
        """Return the service that watches an application which is about to run.

        Raises RuntimeError outside development if nobody has said who may look.
        """
        self._is_development = runtime.settings.is_development
        if self._guard is None and not self._is_development:
            raise RuntimeError(
                f"The dashboard at {self.path} shows everything that runs, so outside "
                "development it needs a guard: app.enable_dashboard(guard=lambda request: "
                'request.user.has_perm("supervision.look")).'
            )
        supervision = Supervision(self._app, runtime)
        self.actions = Actions(supervision, self._may)
        elsewhere = self.elsewhere = Elsewhere(supervision, self.actions)
        spec = ChildSpec(lambda: SupervisionActor(supervision, elsewhere), "supervision")
        return Services({"supervision": supervision}, (spec,))

    def refusal(self, request: Request) -> Moved | Error | None:
        """Return None for who may look; else a 403, or where the guard sends the visitor."""
        if self._guard is None:
            if self._is_development and is_this_machine(request.client, request.host):
                return None
            return Error("forbidden", "Without a guard this page is for its own machine only.")
        answer = self._guard(request)
        if isinstance(answer, str):
            return Moved(answer, "page")
        return None if answer is True else Error("forbidden", "You may not see this page.")

    # --- for programs -----------------------------------------------------------------------

    async def _answer_tree(self) -> Response:
        supervision = await self._require_visitor()
        arguments = quart_request.args
        try:
            query = msgspec.convert(dict(arguments), ViewQuery, strict=False)
        except msgspec.ValidationError as error:
            abort(400, f"{error}. Known are sort, search and limit.")
        return _json(msgspec.json.encode(supervision.snapshot(query)))

    async def _answer_schema(self) -> Response:
        await self._require_visitor()
        return _json(msgspec.json.encode(msgspec.json.schema(Snapshot)))

    async def _answer_metrics(self) -> Response:
        supervision = await self._require_visitor()
        try:
            text = metrics_of(supervision.snapshot(ViewQuery(limit=1)))
        except ModuleNotFoundError as error:
            abort(501, f"{error.name} is not installed: pip install 'limelight[metrics]'.")
        return Response(text, headers=_HEADERS, content_type=CONTENT_TYPE)

    async def _require_visitor(self) -> Supervision:
        """Ask the guard. Programs may show a header `Authorization`, which it finds there."""
        visit = request_of_page(await self._app.logins.user_of_page())
        authorization = quart_request.headers.get("Authorization", "")
        headers = {**visit.headers, "authorization": authorization}
        if self.refusal(replace(visit, headers=headers)) is not None:
            abort(403)
        supervision: Supervision = self._app.runtime.service("supervision")
        return supervision


_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _json(encoded: bytes) -> Response:
    return Response(encoded, headers=_HEADERS, content_type="application/json")


def refuse_second(dashboard: Any) -> None:
    """Raise RuntimeError if an application has a dashboard already."""
    if dashboard is not None:
        raise RuntimeError(f"This application has a dashboard already, at {dashboard.path}.")
