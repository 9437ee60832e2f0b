"""`url_for` in the templates of views: a page outlives the request that has opened it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from werkzeug.routing import Map


class Linked(Protocol):
    """What of an application names its addresses."""

    url_map: Map

    def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None: ...


def linker_of(app: Linked) -> Callable[..., str]:
    """Return a `url_for` that needs no request under way, for addresses within this application.

    Quart's own takes the host from the request. A view renders long after, and on whichever
    worker it lives by then, so that only paths can be told.
    """
    # The host goes into no path.
    paths = app.url_map.bind("page")

    def url_for(endpoint: str, *, _anchor: str = "", **values: Any) -> str:
        """Return the path of an endpoint.

        Raises:
            ValueError: for a full address, which is asked for by `_external` or `_scheme`.
            werkzeug.routing.BuildError: there is no such endpoint, or a value is missing.
        """
        if asked := [name for name in ("_external", "_scheme") if values.pop(name, None)]:
            raise ValueError(
                f"url_for({endpoint!r}, {asked[0]}=...) asks for a full address. A page outlives "
                "the request that named the host: make the address in `mount`, and show that."
            )
        method = values.pop("_method", None)
        app.inject_url_defaults(endpoint, values)
        path = paths.build(endpoint, values, method)
        return f"{path}#{quote(_anchor, safe='%!#$&()*+,/:;=?@[]~')}" if _anchor else path

    return url_for
