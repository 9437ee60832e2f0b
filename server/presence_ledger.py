"""Where processes write down who is present, so that one who has missed news can read the whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .presence_room import Member


class LedgerUnavailable(Exception):
    """What holds the ledger cannot be reached, or did not answer in time."""


@dataclass(slots=True)
class NodeEntry:
    """One node's members of a key, or what changes of them."""

    version: int
    members: list[Member]
    gone: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """One key, as it was written down."""

    #: Nodes that have members here, those of them that were asked for, and nodes that live.
    nodes: set[str]
    entries: dict[str, NodeEntry]
    living: set[str]


class PresenceLedger(Protocol):
    """Written and read by one node. All of it raises LedgerUnavailable."""

    async def renew_lease(self) -> bool:
        """Live on; False if the lease had ended, and others may have swept this node."""
        raise NotImplementedError

    async def write_all(
        self, own: Mapping[str, Mapping[str, Member]], versions: Mapping[str, int]
    ) -> None:
        """Write all members of this node, and its lease, in one step."""

    async def write(self, changes: Mapping[str, NodeEntry], empty: Collection[str]) -> None:
        """Write changes; of the keys in `empty` this node has nobody left."""

    async def leave(self) -> None:
        """This node has nobody left and ends."""

    async def ended_nodes(self, known: Collection[str]) -> list[str]:
        """Return the nodes whose lease has ended, and sweep what they have left."""
        raise NotImplementedError

    async def read(self, known: Mapping[str, Mapping[str, int]]) -> dict[str, Ledger]:
        """Return what is written of these keys: of nodes that have another version than known."""
        raise NotImplementedError
