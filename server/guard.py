"""Decides at every door whether a visitor may have a view, before any of it exists."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from ..client.messages import Error, Moved
from .request import Request, split_url

if TYPE_CHECKING:
    from .seat import Channel
    from .view import View

DEFAULT_LOGIN_URL = "/accounts/login/"
#: What stands in a path as it is (RFC 3986); everything else is escaped once more.
PATH_CHARACTERS = "/:@!$&'()*+,;=~-._"


def own_path(url: str | None, default: str = "/") -> str:
    """Return an address if it is a path on this site, else the default.

    Whatever a browser could read as another site is none: a scheme, two slashes, a backslash,
    a tab, a line break.
    """
    try:
        split_url(url or "")
    except ValueError:
        return default
    return url or default


def require_own_path(url: str, name: str) -> None:
    """Raise ValueError, naming the setting, for an address that is no path on this site."""
    try:
        split_url(url)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


class Guard:
    """Asks a view's class, and turns its answer into where the visitor is sent."""

    def __init__(self, login_url: str) -> None:
        require_own_path(login_url, "LOGIN_URL")
        self._login_url = login_url

    def refusal(self, view: type[View], request: Request) -> Moved | Error | None:
        """Return None if this visitor may have the view; else where to log in, or a 403."""
        refusal = view._guard(request)
        if not isinstance(refusal, Moved):
            return refusal
        to = refusal.to or self._login_url
        require_own_path(to, f"{view.__qualname__}.login_url")
        return msgspec.structs.replace(refusal, to=_coming_back(to, request))


def refuse(channel: Channel, refusal: Moved | Error, number: int = 0) -> None:
    """Tell a page why its view ends: where to log in, or that it is forbidden."""
    if isinstance(refusal, Moved):
        channel.send(msgspec.structs.replace(refusal, view=channel.number))
    else:
        channel.send(msgspec.structs.replace(refusal, view=channel.number, number=number))


def _coming_back(to: str, request: Request) -> str:
    """Let whoever logs in find the way back."""
    path = quote(request.path, safe=PATH_CHARACTERS)
    url = own_path(f"{path}?{request.query}" if request.query else path)
    joint = "&" if urlsplit(to).query else "?"
    return f"{to}{joint}next={quote(url, safe='/')}"
