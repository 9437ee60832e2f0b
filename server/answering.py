"""Answers requests as Quart does, without tasks of their own for those that bring no body."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import trio
from quart.utils import encode_headers
from quart.wrappers import Response
from quart.wrappers.response import DataBody
from quart_trio.asgi import TrioASGIHTTPConnection

from .connection import LEAVE_EXTENSION

_BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})


class LeanHTTPConnection(TrioASGIHTTPConnection):
    """One request and its answer.

    Quart reads a request in one task, answers it in another, and sends an answer in three
    parts. Where our server offers to call back when the client leaves, a request without a
    body needs no task at all, and an answer that is one text needs two parts. What Quart calls
    in between (hooks, signals, sessions, error handlers) it calls as ever.
    """

    async def __call__(self, receive: Any, send: Any) -> None:
        scope = self.scope
        extensions: dict[str, Any] = scope.get("extensions") or {}
        when_client_leaves = extensions.get(LEAVE_EXTENSION)
        if when_client_leaves is None or any(name in _BODY_HEADERS for name, _ in scope["headers"]):
            await super().__call__(receive, send)
            return
        request = self._create_request_from_scope(send)
        request.body.set_complete()
        with trio.CancelScope() as patience:
            when_client_leaves(patience.cancel)
            response: Any = await self.app.handle_request(request)
            patience.deadline = self._deadline(response)
            await self._send_response(_until_last(send, when_client_leaves), response)

    def _deadline(self, response: Any) -> float:
        own = response.timeout if isinstance(response, Response) else ...
        seconds = self.app.config["RESPONSE_TIMEOUT"] if own is ... else own
        return math.inf if seconds is None else trio.current_time() + float(seconds)

    async def _send_response(self, send: Any, response: Any) -> None:
        body = response.response
        if type(body) is not DataBody:
            await super()._send_response(send, response)
            return
        headers = encode_headers(response.headers)
        await send(
            {"type": "http.response.start", "status": response.status_code, "headers": headers}
        )
        await send({"type": "http.response.body", "body": body.data[body.begin : body.end]})


def _until_last(send: Any, when_client_leaves: Callable[[Any], None]) -> Any:
    """Behind the last part nobody is left to be cancelled: the server ends the request itself."""

    async def send_part(message: Any) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            when_client_leaves(None)
        await send(message)

    return send_part
