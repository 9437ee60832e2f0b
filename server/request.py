"""What a view may know of the visit that it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

NOTHING: Mapping[str, Any] = MappingProxyType({})

#: The name under which the session keeps the random name that page tokens are bound to.
SESSION_KEY = "_live"


def _nothing() -> Mapping[str, Any]:
    return NOTHING


#: Kept for as long as the view lives; the others would cost each idle view a kilobyte.
KEPT_HEADERS = ("accept-language", "referer", "user-agent")


class User(Protocol):
    """Whoever visits. Authentication brings its own class with these names."""

    @property
    def is_authenticated(self) -> bool: ...

    @property
    def auth_id(self) -> str | None: ...

    @property
    def username(self) -> str: ...

    def has_perm(self, name: str) -> bool: ...


class Anonymous:
    """A visitor who has not logged in."""

    is_authenticated = False
    auth_id: str | None = None
    username = ""

    def has_perm(self, name: str) -> bool:
        return False


ANONYMOUS = Anonymous()


@dataclass(frozen=True, slots=True)
class Request:
    """One visit: the address, what the browser said of itself, the session, the user."""

    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=_nothing)
    session: Mapping[str, Any] = field(default_factory=_nothing)
    #: Those that the browser was given for this one page: their names begin with `live_next_`.
    cookies: Mapping[str, str] = field(default_factory=_nothing)
    user: User = ANONYMOUS
    host: str = ""
    scheme: str = "http"
    client: str = ""
    #: The random name that ties pages to the cookie they were served with.
    session_id: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Path and query, as the browser shows them."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def at(self, path: str, query: str) -> Request:
        """Return the same visit at another address."""
        return replace(self, path=path, query=query)

    def by(self, user: User) -> Request:
        """Return the same visit by whoever it is now known to be."""
        return self if user == self.user else replace(self, user=user)

    @property
    def args(self) -> dict[str, str | list[str]]:
        """The query's parameters; one that stands there twice is a list."""
        return query_parameters(self.query)


def query_parameters(query: str) -> dict[str, str | list[str]]:
    """Return the parameters of a query string; a repeated one is a list."""
    parsed = parse_qs(query, keep_blank_values=True, max_num_fields=200)
    return {name: found[0] if len(found) == 1 else found for name, found in parsed.items()}


def split_url(url: str) -> tuple[str, str]:
    """Return path and query of an address on this site.

    An address with a scheme or a host, a backslash or a control character raises ValueError:
    browsers read some of those as another site.
    """
    if not url.startswith("/") or url.startswith("//") or "\\" in url or not url.isprintable():
        raise ValueError(f"{url!r} is not a path on this site. Expected one like '/orders?page=2'.")
    parts = urlsplit(url)
    return parts.path, parts.query
