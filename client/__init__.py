"""The other end of the socket: the wire's messages and a browser without a screen."""

from __future__ import annotations

if __name__ != "limelight.client":
    raise ImportError("This folder is installed as limelight.client; import it by that name.")

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .connecting import connect
    from .document import ElementNotFound, PageError
    from .gestures import NoHandler
    from .line import NoAnswer
    from .link import EventFailed, PushedEvent
    from .page import Page
    from .socket import SocketClosed, SocketRefused
    from .uploading import LocalFile, UploadFailed

__all__ = [
    "ElementNotFound",
    "EventFailed",
    "LocalFile",
    "NoAnswer",
    "NoHandler",
    "Page",
    "PageError",
    "PushedEvent",
    "SocketClosed",
    "SocketRefused",
    "UploadFailed",
    "connect",
]

# A server needs only the messages. What the names below bring along, an HTML parser and a
# websocket client, is imported when one of them is first asked for.
_HOMES = {
    "ElementNotFound": "document",
    "EventFailed": "link",
    "LocalFile": "uploading",
    "NoAnswer": "line",
    "NoHandler": "gestures",
    "Page": "page",
    "PageError": "document",
    "PushedEvent": "link",
    "SocketClosed": "socket",
    "SocketRefused": "socket",
    "UploadFailed": "uploading",
    "connect": "connecting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
