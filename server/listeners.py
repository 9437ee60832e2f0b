"""The sockets that the launcher opens once, and that all its workers accept from."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import hypercorn.config

from .launch_options import BACKLOG, TCP_USER_TIMEOUT_MILLISECONDS


def open_listeners(binds: Sequence[str]) -> list[socket.socket]:
    """Open and bind sockets: `host:port`, `unix:path` or `fd://number`. Raises OSError."""
    config = hypercorn.config.Config()
    config.bind = list(binds)
    # A proxy runs as another user. Who may reach a Unix socket is for its folder to say.
    config.umask = 0
    listeners = config.create_sockets().insecure_sockets
    for listener in listeners:
        if listener.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            # Accepted sockets inherit it: a peer that vanished is noticed while we send.
            limit = TCP_USER_TIMEOUT_MILLISECONDS
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limit)
        listener.listen(BACKLOG)
    return listeners


def address_of(listener: socket.socket) -> str:
    """Return how a browser reaches a socket."""
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"{host}:{name[1]}"
