"""The launcher's ledger of presence: it outlives its workers, and ends those that fall silent."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import trio

from .local_ledger_messages import (
    Answer,
    Ended,
    EndNode,
    Ledgers,
    Names,
    Question,
    Read,
    Renew,
    Renewed,
    Write,
    WriteAll,
    Written,
    decode_question,
)
from .local_listening import private_listener
from .local_store_messages import frame, frames
from .presence_ledger import Ledger, NodeEntry
from .presence_room import Member

log = logging.getLogger("limelight.presence")


@dataclass(slots=True)
class _Page:
    """One node's members of one key, by their connection."""

    version: int
    members: dict[str, Member]


@dataclass(slots=True)
class _Node:
    """One worker."""

    lives_until: float
    pages: dict[str, _Page] = field(default_factory=dict)


class LedgerTable:
    """Who is present at which worker. Touched by one task at a time, and never awaits."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}

    def renew(self, name: str, seconds: float) -> bool:
        """Let a node live on; False if it had ended."""
        if not self._lives(name):
            return False
        self._nodes[name].lives_until = trio.current_time() + seconds
        return True

    def write_all(self, name: str, seconds: float, entries: Mapping[str, NodeEntry]) -> None:
        """Put what a node has in the place of what it had."""
        self._nodes[name] = _Node(trio.current_time() + seconds)
        self.write(name, entries, ())

    def write(self, name: str, changes: Mapping[str, NodeEntry], empty: Collection[str]) -> None:
        """Change what a node has. One that was swept meanwhile writes all of it soon."""
        node = self._nodes.get(name)
        if node is None:
            return
        for key, entry in changes.items():
            page = node.pages.setdefault(key, _Page(0, {}))
            page.version = entry.version
            page.members |= {one.connection: one for one in entry.members}
            for connection in entry.gone:
                page.members.pop(connection, None)
        for key in empty:
            node.pages.pop(key, None)

    def end(self, name: str) -> None:
        self._nodes.pop(name, None)

    def ended(self, asker: str, known: Collection[str]) -> list[str]:
        """Return the nodes that live no more, and forget what they had."""
        others = {*self._nodes, *known} - {asker}
        gone = sorted(name for name in others if not self._lives(name))
        for name in gone:
            self.end(name)
        return gone

    def read(self, key: str, known: Mapping[str, int]) -> Ledger:
        """Return what nodes have of a key, where it is newer than what is known."""
        pages = {name: node.pages[key] for name, node in self._nodes.items() if key in node.pages}
        newer = {
            name: NodeEntry(page.version, [*page.members.values()])
            for name, page in pages.items()
            if page.version > known.get(name, 0)
        }
        return Ledger(set(pages), newer, {name for name in known if self._lives(name)})

    def _lives(self, name: str) -> bool:
        node = self._nodes.get(name)
        return node is not None and node.lives_until > trio.current_time()


async def serve_local_ledger(
    path: Path, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve a ledger at a path until cancelled. The folder must be its user's alone."""
    listener = await private_listener(path)
    table = LedgerTable()

    async def serve(stream: trio.SocketStream) -> None:
        try:
            async with stream:
                async for encoded in frames(stream):
                    await stream.send_all(frame(_answer(table, decode_question(encoded))))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return  # The worker was killed.
        except msgspec.MsgspecError as error:
            log.warning("a worker's connection for presence was closed: %s", error)

    task_status.started()
    await trio.serve_listeners(serve, [listener])


def _answer(table: LedgerTable, question: Question) -> Answer:
    match question:
        case Renew(number, node, seconds):
            return Renewed(number, table.renew(node, seconds))
        case Ended(number, node, known):
            return Names(number, table.ended(node, known))
        case Read(number, known_by_key):
            return Ledgers(number, {key: table.read(key, one) for key, one in known_by_key.items()})
        case WriteAll(_, node, seconds, entries):
            table.write_all(node, seconds, entries)
        case Write(_, node, changes, empty):
            table.write(node, changes, empty)
        case EndNode(_, node):
            table.end(node)
    return Written(question.number)
