"""Presence over several processes: each writes its own members down, and tells the others."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from random import uniform
from typing import Any

import msgspec
import trio

from .presence import Presence
from .presence_ledger import Ledger, LedgerUnavailable, NodeEntry, PresenceLedger
from .presence_room import Member, Room
from .pubsub import PubSub, Subscription
from .settings import Settings

log = logging.getLogger("limelight.presence")

TOPIC = "presence:"
#: Of so many heartbeats, at one all rooms are compared with the ledger.
HEARTBEATS_BETWEEN_CHECKS = 5


class Change(msgspec.Struct, array_like=True):
    """What has changed among one node's members of a key, as the others hear of it."""

    node: str
    #: The version before; 0: the node had no members before, or tells all that it has.
    former: int
    version: int
    members: list[Member]
    #: Connections that have gone, and whether nothing shall be held back.
    gone: list[tuple[str, bool]]


class Said(msgspec.Struct, array_like=True):
    """What somebody says to all views under a key."""

    node: str
    said: Any


class SharedRoom:
    """What this process has heard of a key from others, beside the room itself."""

    __slots__ = ("room", "subscriptions", "versions")

    def __init__(self, room: Room) -> None:
        self.room = room
        self.subscriptions: list[Subscription] = []
        #: By node the newest version that the room shows.
        self.versions: dict[str, int] = {}

    def forget(self, node: str) -> None:
        """A node has ended: its members have gone, and whoever wanted to be back is."""
        if self.versions.pop(node, None) is not None:
            self.room.replace(node, [], at_once=True)


class SharedPresence(Presence):
    """Members are written to a ledger first and told to others then, in numbered changes.

    Whoever has missed a change reads the whole. While the ledger is away, all stays as it was;
    then each process writes what it has. One task, `_converse`, does all that takes time.
    """

    def __init__(
        self, settings: Settings, node: str, ledger: PresenceLedger, pubsub: PubSub
    ) -> None:
        super().__init__(settings)
        self.node = node
        self._pubsub = pubsub
        self._heartbeat_seconds = settings.presence_heartbeat_seconds
        self._retry_seconds = settings.presence_retry_seconds
        self._lease_seconds = settings.presence_lease_seconds
        self._ledger = ledger
        self._shared: dict[str, SharedRoom] = {}
        #: This process's own members by key, and their version there.
        self._own: dict[str, dict[str, Member]] = {}
        self._own_versions: dict[str, int] = {}
        self._version = 0
        #: What others have not been told: by key and connection, the member or how it went.
        self._untold: dict[str, dict[str, Member | bool]] = {}
        #: The same, while it is being told.
        self._telling: dict[str, dict[str, Member | bool]] = {}
        #: Keys whose whole has to be read.
        self._unsure: set[str] = set()
        #: The ledger has not what this process has.
        self._must_assert = True
        self._has_work = trio.Event()
        #: Since when the ledger can be believed that somebody has ended.
        self._trusted_since = float("inf")
        self._heartbeats = 0

    # --- what happens here ----------------------------------------------------------------

    def broadcast(self, key: str, said: Any) -> None:
        self._pubsub.publish(f"{TOPIC}said:{key}", [self.node, said])
        super().broadcast(key, said)

    def _room_opened(self, room: Room) -> None:
        shared = self._shared[room.key] = SharedRoom(room)
        look = partial(self._look, room.key)
        subscribe = self._pubsub.subscribe
        shared.subscriptions = [
            subscribe(TOPIC + room.key, partial(self._heard, shared), look),
            subscribe(f"{TOPIC}said:{room.key}", partial(self._heard_said, room.key)),
        ]
        self._look(room.key)

    def _room_closed(self, room: Room) -> None:
        for subscription in self._shared.pop(room.key).subscriptions:
            subscription.cancel()
        self._unsure.discard(room.key)

    def _own_changed(
        self, key: str, connection: str, member: Member | None, *, at_once: bool = False
    ) -> None:
        own = self._own.setdefault(key, {})
        if member is not None:
            own[connection] = member
        else:
            own.pop(connection, None)
        if not own:
            del self._own[key]
        self._untold.setdefault(key, {})[connection] = at_once if member is None else member
        self._has_work.set()

    def _look(self, key: str) -> None:
        """Something may have been missed: read the whole."""
        self._unsure.add(key)
        self._has_work.set()

    # --- what others tell -------------------------------------------------------------------

    def _heard(self, shared: SharedRoom, message: Any) -> None:
        change = msgspec.convert(message, Change)
        if change.node == self.node:
            return
        known = shared.versions.get(change.node, 0)
        if change.version <= known:
            return
        if change.former == 0:
            shared.room.replace(change.node, change.members)
        elif change.former == known:
            for member in change.members:
                shared.room.put(change.node, member)
            for connection, at_once in change.gone:
                shared.room.drop(change.node, connection, at_once=at_once)
        else:
            self._look(shared.room.key)
            return
        shared.versions[change.node] = change.version

    def _heard_said(self, key: str, message: Any) -> None:
        heard = msgspec.convert(message, Said)
        if heard.node != self.node:
            super().broadcast(key, heard.said)

    # --- the conversation with the ledger ----------------------------------------------------------

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.later.run)
            nursery.start_soon(self._converse)

    async def close(self) -> None:
        """This process ends: the others need not wait for its lease to end."""
        for key, changed in self._telling.items():
            # The telling was interrupted by this end.
            self._untold[key] = {**changed, **self._untold.get(key, {})}
        try:
            await self._tell_changes()
            if not self._own:
                await self._ledger.leave()
        except LedgerUnavailable as error:
            log.warning("others see who was here until the lease ends: %s", error)

    async def _converse(self) -> None:
        heartbeat_at = -1.0
        is_away = False
        while True:
            self._has_work = trio.Event()
            try:
                if trio.current_time() >= heartbeat_at:
                    await self._beat()
                    # Not all processes in step.
                    heartbeat_at = trio.current_time() + self._heartbeat_seconds * uniform(0.8, 1)
                await self._assert_all()
                await self._tell_changes()
                await self._read_unsure()
            except LedgerUnavailable as error:
                if not is_away:
                    log.warning("presence is as it was until its ledger is back: %s", error)
                is_away = self._must_assert = True
                heartbeat_at = -1.0
                await trio.sleep(self._retry_seconds)
                continue
            is_away = False
            with trio.move_on_at(heartbeat_at):
                if not self._is_due():
                    await self._has_work.wait()

    def _is_due(self) -> bool:
        return bool(self._must_assert or self._untold or self._unsure)

    async def _beat(self) -> None:
        """Say that this process lives, and look who does not."""
        if not await self._ledger.renew_lease():
            self._must_assert = True
            return
        if trio.current_time() - self._trusted_since >= self._lease_seconds:
            known = {node for shared in self._shared.values() for node in shared.versions}
            for node in await self._ledger.ended_nodes(known):
                log.info("the process %s has ended", node)
                for shared in self._shared.values():
                    shared.forget(node)
        self._heartbeats += 1
        if self._heartbeats % HEARTBEATS_BETWEEN_CHECKS == 0:
            self._unsure |= self._shared.keys()

    async def _assert_all(self) -> None:
        """Write all that is here: the ledger has lost it, or did not hear of it."""
        if not self._must_assert:
            return
        self._must_assert = False
        self._untold, self._telling = {}, {}
        versions = {key: self._next_version() for key in self._own}
        own = {key: dict(members) for key, members in self._own.items()}
        former = self._own_versions.keys() - own.keys()
        await self._ledger.write_all(own, versions)
        self._own_versions = versions
        for key, members in own.items():
            self._publish(key, Change(self.node, 0, versions[key], [*members.values()], []))
        for key in former:
            self._publish(key, Change(self.node, 0, self._next_version(), [], []))
        # Others may have to write theirs as well before their absence says anything.
        self._trusted_since = trio.current_time()
        self._unsure |= self._shared.keys()

    async def _tell_changes(self) -> None:
        if not self._untold:
            return
        self._telling, self._untold = self._untold, {}
        changes = {key: self._change_of(key, changed) for key, changed in self._telling.items()}
        empty = changes.keys() - self._own.keys()
        await self._ledger.write(
            {
                key: NodeEntry(change.version, change.members, [gone for gone, _ in change.gone])
                for key, change in changes.items()
            },
            empty,
        )
        for key, change in changes.items():
            self._own_versions[key] = change.version
            self._publish(key, change)
        for key in empty:
            self._own_versions.pop(key, None)
        self._telling = {}

    def _change_of(self, key: str, changed: dict[str, Member | bool]) -> Change:
        members = [one for one in changed.values() if isinstance(one, Member)]
        gone = [(name, one) for name, one in changed.items() if isinstance(one, bool)]
        return Change(
            self.node, self._own_versions.get(key, 0), self._next_version(), members, gone
        )

    def _next_version(self) -> int:
        self._version += 1
        return self._version

    def _publish(self, key: str, change: Change) -> None:
        self._pubsub.publish(TOPIC + key, msgspec.to_builtins(change))

    async def _read_unsure(self) -> None:
        if not self._unsure:
            return
        keys, self._unsure = self._unsure & self._shared.keys(), set()
        before = {key: dict(self._shared[key].versions) for key in keys}
        try:
            ledgers = await self._ledger.read(before)
        except LedgerUnavailable:
            self._unsure |= keys
            raise
        for key, ledger in ledgers.items():
            if key in self._shared:
                self._compare(self._shared[key], ledger, before[key])

    def _compare(self, shared: SharedRoom, ledger: Ledger, before: dict[str, int]) -> None:
        """Show what is written of a key, where that is newer than what was heard."""
        for node, entry in ledger.entries.items():
            if node != self.node and entry.version > shared.versions.get(node, 0):
                shared.room.replace(node, entry.members)
                shared.versions[node] = entry.version
        for node in _absent(before, ledger):
            # It lives and has nobody here. If it does not live, its lease will tell.
            if shared.versions.get(node) == before[node]:
                shared.room.replace(node, [])


def _absent(before: dict[str, int], ledger: Ledger) -> Iterable[str]:
    return [node for node in before if node not in ledger.nodes and node in ledger.living]
