"""Which view answers which address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from .request import split_url
from .view import View


@dataclass(frozen=True, slots=True)
class Route:
    """A live view's place in the address space, with the parameters of one address."""

    endpoint: str
    view: type[View]
    params: Mapping[str, Any]


class Routes:
    """The live part of an application's routes, in Quart's own rule syntax."""

    def __init__(self, url_map: Map) -> None:
        self._url_map = url_map
        self._views: dict[str, type[View]] = {}

    def add(self, endpoint: str, view: type[View]) -> None:
        self._views[endpoint] = view

    def template_extensions(self) -> list[type]:
        """Return the Jinja2 extensions that the views' behaviours need, each once."""
        classes = [base for view in self._views.values() for base in view.__mro__]
        declared = (vars(one).get("_template_extensions", ()) for one in classes)
        return list(dict.fromkeys(extension for each in declared for extension in each))

    def view_of(self, endpoint: str) -> type[View] | None:
        return self._views.get(endpoint)

    def watched_tables(self) -> list[Any]:
        """Return the tables that the views' behaviours watch in the database, each once."""
        found = [table for view in self._views.values() for table in view._watched_tables()]
        return list(dict.fromkeys(found))

    def route(self, endpoint: str, params: Mapping[str, Any]) -> Route:
        return Route(endpoint, self._views[endpoint], params)

    def match(self, url: str, host: str = "") -> Route | None:
        """Return the live route of an address on this site, or None if no view answers it.

        Raises ValueError for an address that is no path on this site.
        """
        path, _ = split_url(url)
        try:
            endpoint, params = self._url_map.bind(host or "localhost").match(path, method="GET")
        except HTTPException:
            return None
        view = self._views.get(endpoint)
        return Route(endpoint, view, params) if view is not None else None
