"""Who is present under one key, as this process knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

#: One user as views see it: id, joined_at, metas, meta.
UserPresence = dict[str, Any]


class Member(msgspec.Struct, frozen=True, array_like=True):
    """One connection of one user: a view that tracks its presence."""

    connection: str
    user: str
    joined_at: float
    changed_at: float
    meta: dict[str, Any]


class Place(NamedTuple):
    """Where a member lives: its process, and its view there."""

    node: str
    connection: str


#: Is told who has come and who has gone; nobody, if only metas have changed.
Listener = Callable[[list[UserPresence], list[UserPresence]], None]


class Room:
    """The members of one key, on all nodes, counted per user.

    A user whose last member has gone is held back for a while, and has not left if another
    member comes meanwhile: so a reload shows nobody leaving.
    """

    def __init__(self, key: str, hold_back: Callable[[Callable[[], None]], None]) -> None:
        self.key = key
        #: Counts the changes of what is listed.
        self.version = 0
        #: Views of this process that follow it.
        self.followers = 0
        self.listeners: dict[str, Listener] = {}
        #: What behaviours keep here for as long as anybody follows the key.
        self.belongings: dict[str, Any] = {}
        self.when_closed: list[Callable[[], None]] = []
        self._hold_back = hold_back
        self._members: dict[Place, Member] = {}
        self._users: dict[str, dict[Place, Member]] = {}
        #: Users that have no member any more, as they were shown last.
        self._leaving: dict[str, UserPresence] = {}

    # --- what is asked ------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._users) + len(self._leaving)

    def __contains__(self, user: object) -> bool:
        return user in self._users or user in self._leaving

    def presences(self) -> list[UserPresence]:
        """Return one entry a user, those who came first in front."""
        present = [_presence_of(user, members) for user, members in self._users.items()]
        present += [_copy_of(presence) for presence in self._leaving.values()]
        return sorted(present, key=lambda one: (one["joined_at"], one["id"]))

    def presence(self, user: str) -> UserPresence | None:
        """Return one user's entry."""
        if user in self._users:
            return _presence_of(user, self._users[user])
        return _copy_of(self._leaving[user]) if user in self._leaving else None

    def members_on(self, node: str) -> dict[str, Member]:
        """Return a node's members by their connection."""
        return {
            place.connection: member
            for place, member in self._members.items()
            if place.node == node
        }

    # --- what happens -------------------------------------------------------------------

    def put(self, node: str, member: Member) -> None:
        """A member has come, or says something else of itself."""
        joins, leaves = self._put(node, member)
        self._tell(joins, leaves)

    def drop(self, node: str, connection: str, *, at_once: bool = False) -> None:
        """A member has gone. One that is not there is no error."""
        if Place(node, connection) in self._members:
            self._tell([], self._drop(Place(node, connection), at_once=at_once))

    def replace(self, node: str, members: Iterable[Member], *, at_once: bool = False) -> None:
        """Take these for all members of a node."""
        joins: list[UserPresence] = []
        leaves: list[UserPresence] = []
        former = self.members_on(node)
        for member in members:
            if former.pop(member.connection, None) != member:
                come, gone = self._put(node, member)
                joins += come
                leaves += gone
        for connection in former:
            leaves += self._drop(Place(node, connection), at_once=at_once)
        self._tell(joins, leaves)

    def _put(self, node: str, member: Member) -> tuple[list[UserPresence], list[UserPresence]]:
        place = Place(node, member.connection)
        former = self._members.get(place)
        is_other = former is not None and former.user != member.user
        leaves = self._drop(place, at_once=True) if is_other else []
        is_known = member.user in self
        self._leaving.pop(member.user, None)
        self._members[place] = member
        self._users.setdefault(member.user, {})[place] = member
        joins = [] if is_known else [_presence_of(member.user, self._users[member.user])]
        return joins, leaves

    def _drop(self, place: Place, *, at_once: bool) -> list[UserPresence]:
        member = self._members.pop(place)
        others = self._users[member.user]
        last = _presence_of(member.user, others)
        del others[place]
        if others:
            return []
        del self._users[member.user]
        if at_once:
            return [last]
        self._leaving[member.user] = last
        self._hold_back(lambda: self._has_left(last))
        return []

    def _has_left(self, presence: UserPresence) -> None:
        """The time for which a leave is held back is over."""
        if self._leaving.get(presence["id"]) is presence:
            del self._leaving[presence["id"]]
            self._tell([], [presence])

    def _tell(self, joins: list[UserPresence], leaves: list[UserPresence]) -> None:
        self.version += 1
        for listener in tuple(self.listeners.values()):
            listener(joins, leaves)


def _presence_of(user: str, members: dict[Place, Member]) -> UserPresence:
    newest = list(_one_each(members))
    return {
        "id": user,
        "joined_at": min(member.joined_at for member in newest),
        "metas": [dict(member.meta) for member in newest],
        "meta": dict(newest[-1].meta),
    }


def _one_each(members: dict[Place, Member]) -> Iterator[Member]:
    """Yield one member for each connection, the newest last.

    A view that has moved to another node stays a member of the former until that is swept.
    """
    by_age = sorted(members.values(), key=lambda one: (one.changed_at, one.connection))
    last = {member.connection: member for member in by_age}
    return (member for member in by_age if last[member.connection] is member)


def _copy_of(presence: UserPresence) -> UserPresence:
    return {**presence, "metas": [dict(meta) for meta in presence["metas"]]}
