"""Serve the gallery of examples and say where: `python -m build_support.demo`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

APPLICATION = "examples.gallery:app"
HOST = "127.0.0.1"
PREFERRED_PORT = 8000


def main() -> int:
    """Serve until Ctrl-C, on port 8000 or, where that is taken, on a free one."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    listener = bind(int(os.environ.get("PORT", PREFERRED_PORT)))
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    server = serve(listener.fileno())
    try:
        if wait_until_it_listens(server, listener.getsockname()):
            print(f"Limelight's examples are at {address} (Ctrl-C ends them)", flush=True)
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        return server.wait()


def bind(port: int) -> socket.socket:
    """Return a socket on this port or, where it is taken, on a free one."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.bind((HOST, 0))
    return listener


def serve(descriptor: int) -> subprocess.Popen[bytes]:
    """Start the gallery, in development, on a socket that is bound already."""
    command = [sys.executable, "-m", "hypercorn", "-k", "trio", "--log-level", "WARNING"]
    return subprocess.Popen(
        [*command, "--bind", f"fd://{descriptor}", APPLICATION],
        env={**os.environ, "LIVE_ENV": "development", "PYTHONUNBUFFERED": "1"},
        pass_fds=[descriptor],
    )


def wait_until_it_listens(server: subprocess.Popen[bytes], address: tuple[str, int]) -> bool:
    """Return once it can be reached; False if it has ended instead."""
    while server.poll() is None:
        try:
            socket.create_connection(address).close()
        except ConnectionRefusedError:
            # Hypercorn tells nobody when it listens, and a refused connection ends at once.
            time.sleep(0.05)
        else:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
