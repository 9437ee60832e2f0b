"""The live door: live sockets leave Hypercorn right after their upgrade request was read.

They are served on the bare stream from then on, which costs a third. Everything else goes
through Hypercorn as ever, and so do live sockets where the door cannot be used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import h11
import trio
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.worker_context import WorkerContext

from .connection import Gate, Handshake, Refusal, TransportCounts, TransportLimits
from .door_handshake import (
    Headers,
    accept_response,
    find_fault,
    read_upgrade,
    refusal_response,
)
from .door_keeper import DoorKeeper
from .door_socket import DoorSocket
from .door_wire import open_wire
from .hardening import SafeTCPServer, harden

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Door:
    """What the door knows of one application: the application's attribute `live_door`."""

    #: Who decides about a socket; None leaves the request to the application.
    gate_for: Callable[[Handshake], Gate | None]
    limits: TransportLimits = field(default_factory=TransportLimits)
    counts: TransportCounts = field(default_factory=TransportCounts)
    #: A closed door leaves live sockets to ASGI; the limits hold there as well.
    is_open: bool = True
    _keepers: WeakKeyDictionary[WorkerContext, DoorKeeper] = field(
        default_factory=WeakKeyDictionary, repr=False
    )

    def keeper_for(self, context: WorkerContext) -> DoorKeeper:
        """The keeper of a running server, started with the first socket.

        Must be called from the task that serves a connection: the nursery of that task is
        the server's, and the keeper lives as long.
        """
        keeper = self._keepers.get(context)
        if keeper is None:
            keeper = self._keepers[context] = DoorKeeper(context.terminated, self.limits)
            server_nursery = trio.lowlevel.current_task().parent_nursery
            assert server_nursery is not None
            server_nursery.start_soon(keeper.keep, name="live door keeper")
        return keeper


def install_door() -> bool:
    """Have Hypercorn's trio worker ask each served application for its `live_door`.

    Returns whether that is so; if not (another version of Hypercorn), a warning was logged
    and live sockets take the ASGI path. May be called more than once.
    """
    return harden(LiveTCPServer)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An upgrade request for a live socket, and what came right behind it."""

    request: h11.Request
    handshake: Handshake
    gate: Gate
    trailing: bytes


class UpgradeArrived(Exception):
    """Ends Hypercorn's part of a connection."""

    def __init__(self, upgrade: Upgrade) -> None:
        super().__init__(upgrade.handshake.path)
        self.upgrade = upgrade


class LiveTCPServer(SafeTCPServer):
    """One connection of a server whose application may have a live door."""

    def __init__(self, app: Any, *arguments: Any) -> None:
        super().__init__(app, *arguments)
        self._upgrade: Upgrade | None = None
        self._door: Door | None = getattr(getattr(app, "app", None), "live_door", None)
        if self._door is not None:
            self.stall_seconds = self._door.limits.stall_seconds

    async def _read_to_the_end(self) -> None:
        door, protocol = self._door, self.protocol.protocol
        if door is None or not door.is_open or not isinstance(protocol, H11Protocol):
            await super()._read_to_the_end()
            return
        self._watch_for_upgrades(door, protocol)
        try:
            await super()._read_to_the_end()
        except UpgradeArrived as arrived:
            self._upgrade = arrived.upgrade
        else:
            return
        del protocol, self.protocol  # Some kilobytes that nobody needs any more.
        await self._serve_live(door)

    def _watch_for_upgrades(self, door: Door, protocol: H11Protocol) -> None:
        serve_by_hypercorn = protocol._create_stream
        client = protocol.client[0] if protocol.client else ""

        async def serve_by_the_door(request: h11.Request) -> None:
            handshake = read_upgrade(request, is_secure=protocol.ssl, client=client)
            gate = None if handshake is None else door.gate_for(handshake)
            if handshake is None or gate is None:
                await serve_by_hypercorn(request)
                return
            trailing = bytes(protocol.connection.trailing_data[0])
            raise UpgradeArrived(Upgrade(request, handshake, gate, trailing))

        setattr(protocol, "_create_stream", serve_by_the_door)  # noqa: B010

    async def _serve_live(self, door: Door) -> None:
        await self.context.mark_request()
        refusal = await self._refusal_of_upgrade()
        server_headers = self.config.response_headers("h11")
        if refusal is None:
            await self._serve_socket(door, server_headers)
            return
        door.counts.refused += 1
        with trio.move_on_after(door.limits.close_seconds):
            await self.stream.send_all(refusal_response(refusal, server_headers))

    async def _refusal_of_upgrade(self) -> Refusal | None:
        upgrade = self._upgrade
        assert upgrade is not None
        refusal = self._find_refusal(upgrade)
        await self._log_access(upgrade.handshake, 101 if refusal is None else refusal.status)
        return refusal

    def _find_refusal(self, upgrade: Upgrade) -> Refusal | None:
        handshake = upgrade.handshake
        if self.context.terminated.is_set():
            return Refusal(503, "The server is restarting.", retry_after_seconds=1)
        if self.config.server_names and handshake.host not in self.config.server_names:
            return Refusal(404, f"Nothing is served under the name {handshake.host!r}.")
        fault = find_fault(upgrade.request, handshake)
        if fault is not None:
            return fault
        try:
            return upgrade.gate.admit(handshake)
        except Exception:
            logger.exception("The gate failed to decide about a live socket")
            return Refusal(500, "The server failed to decide whether to open this socket.")

    async def _serve_socket(self, door: Door, headers: Headers) -> None:
        # The headers of an open socket are its application's to keep: nobody here holds them.
        upgrade, self._upgrade = self._upgrade, None
        assert upgrade is not None
        keeper = door.keeper_for(self.context)
        wire = open_wire(self.stream)
        socket = DoorSocket(wire, self._task_group.spawn, door.limits, door.counts)
        socket.answer(accept_response(upgrade.handshake, headers))
        handler = upgrade.gate.open(upgrade.handshake, socket)
        trailing = upgrade.trailing
        del upgrade
        keeper.enter(socket)
        try:
            await socket.serve(trailing, handler)
        finally:
            keeper.leave(socket)

    async def _log_access(self, handshake: Handshake, status: int) -> None:
        if self.config.accesslog is None:
            return
        headers = [(name.encode(), value.encode()) for name, value in handshake.headers.items()]
        scope: Any = {
            "type": "websocket",
            "http_version": "1.1",
            "method": "GET",
            "scheme": handshake.scheme,
            "path": handshake.path,
            "raw_path": handshake.path.encode(),
            "query_string": handshake.query.encode(),
            "root_path": self.config.root_path,
            "headers": headers,
            "client": (handshake.client, 0),
            "server": None,
        }
        await self.config.log.access(scope, {"status": status, "headers": []}, 0)
