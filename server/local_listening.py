"""How the launcher listens for its workers."""

from __future__ import annotations

from pathlib import Path

import trio

WAITING_CONNECTIONS = 128


async def private_listener(path: Path) -> trio.SocketListener:
    """Listen on a Unix socket that only its user may open. So must be its folder."""
    listener = trio.socket.socket(trio.socket.AF_UNIX, trio.socket.SOCK_STREAM)
    await listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(WAITING_CONNECTIONS)
    return trio.SocketListener(listener)
