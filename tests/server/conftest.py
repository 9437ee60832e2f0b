"""Echo servers for the transport tests: one behind the live door, one over ASGI."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.raw_socket import PATIENCE_SECONDS, get_json
from tests.fixtures.serving import HYPERCORN, Serve, Server, _running

ECHO = f"{Path(__file__).parent / 'echo_application.py'}:app"
TRANSPORTS = {"door": {"LIVE_DOOR": "on"}, "asgi": {"LIVE_DOOR": "off"}}


@pytest.fixture(scope="module", params=TRANSPORTS)
def echo_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """An echo server, shared by a module's tests, which all run over both transports."""
    log_path = tmp_path_factory.mktemp(request.param) / "server.log"
    with _running([*HYPERCORN, ECHO], log_path, TRANSPORTS[request.param]) as server:
        yield server


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Mapping[str, str]:
    """The environment that chooses a transport, for tests that start a server themselves."""
    return TRANSPORTS[request.param]


@pytest.fixture
def serve_echo(serve: Serve, transport: Mapping[str, str]) -> ServeEcho:
    """Start an echo server with limits of one's own."""
    return ServeEcho(serve, transport)


class ServeEcho:
    def __init__(self, serve: Serve, transport: Mapping[str, str]) -> None:
        self._serve = serve
        self._transport = transport

    def __call__(self, *arguments: str, limits: str = "{}", workers: int = 0) -> Server:
        """Without workers the server is one process, which starts sooner but only dies."""
        workers_option = ("-w", str(workers))
        env = {**self._transport, "LIMITS": limits}
        return self._serve(ECHO, *workers_option, *arguments, env=env)


def state(server: Server) -> Any:
    return get_json(server.port, "/state")


def wait_for(server: Server, holds: Callable[[Any], bool]) -> Any:
    """Ask the server for its state until it is as expected."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(found := state(server)):
        assert time.monotonic() < deadline, found
    return found
