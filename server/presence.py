"""Presence: who is where, counted per user, in this process alone or with others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..actors import Actor, Address, MailboxFull, Message, Reason
from .later import Later
from .presence_room import Member, Room, UserPresence
from .settings import Settings

log = logging.getLogger("limelight.presence")

#: Makes a message to a view of what somebody says to all.
Letter = Callable[[Any], Message]


class Follower:
    """A view that follows a key, and what it has not been told yet."""

    __slots__ = (
        "_is_told",
        "_letter",
        "_news",
        "_notice",
        "address",
        "hands_over",
        "member",
        "room",
        "view",
        "when_stopped",
    )

    def __init__(
        self, room: Room, view: str, address: Address[Any], notice: Message, letter: Letter
    ) -> None:
        self.room = room
        self.view = view
        self.address = address
        #: The view as a member of the room, once it has entered.
        self.member: Member | None = None
        #: The view goes on in another process.
        self.hands_over = False
        #: By name what behaviours want to do when the view does not follow any more.
        self.when_stopped: dict[str, Callable[[], None]] = {}
        self._notice = notice
        self._letter = letter
        self._is_told = False
        self._news: dict[str, tuple[str, UserPresence]] = {}

    def hear(self, joins: list[UserPresence], leaves: list[UserPresence]) -> None:
        """Keep the news for the view's next turn. A user who came and went is no news."""
        for kind, presences in (("join", joins), ("leave", leaves)):
            for presence in presences:
                if self._news.pop(presence["id"], None) is None:
                    self._news[presence["id"]] = (kind, presence)
        self.tell()

    def take(self) -> tuple[str, UserPresence] | None:
        """Return the oldest news: "join" or "leave", and who. None: there is no more."""
        self._is_told = False
        return self._news.pop(next(iter(self._news))) if self._news else None

    @property
    def has_news(self) -> bool:
        return bool(self._news)

    def tell(self) -> None:
        """Let the view know that something has changed, once until it takes the news."""
        if not self._is_told and self.address.is_alive:
            self._is_told = True
            self.address.tell(self._notice)

    def deliver(self, said: Any) -> None:
        """Tell the view what somebody says to all; one that has no room for it misses it."""
        try:
            if self.address.is_alive:
                self.address.tell(self._letter(said))
        except MailboxFull as full:
            log.warning("a view under %r was told nothing: %s", self.room.key, full)


class Presence:
    """Follows and enters views, as `Room` keeps them. This one knows its own process only.

    A view follows one key at a time, and is a member for as long as its actor lives. All of
    it is called in the event loop's thread, never waits, and is there at once.
    """

    #: Names this process among those that share its rooms.
    node = "here"

    def __init__(self, settings: Settings) -> None:
        self.later = Later()
        self._hold_seconds = settings.presence_hold_seconds
        self._hand_over_seconds = settings.presence_hand_over_seconds
        self._rooms: dict[str, Room] = {}
        self._followers: dict[str, Follower] = {}

    # --- what views ask for -------------------------------------------------------------

    def follow(
        self, key: str, view: str, address: Address[Any], notice: Message, letter: Letter
    ) -> Follower:
        """Tell a view's actor from now on when somebody comes or goes under a key.

        It is told `notice` once, and finds what has happened in `take()`. What others say to
        all comes as the message that `letter` makes of it.
        """
        former = self._followers.get(view)
        if former is not None and former.room.key == key and former.address is address:
            return former
        follower = Follower(self._room(key), view, address, notice, letter)
        follower.room.followers += 1
        if former is not None:
            if former.room is follower.room:
                # The view has come back to this process before its entry was given up.
                follower.member, former.member = former.member, None
            self._stop(former, at_once=True)
        self._followers[view] = follower
        follower.room.listeners[view] = follower.hear
        address.watch(lambda ended: self._has_ended(follower))
        return follower

    def follower(self, view: str) -> Follower | None:
        return self._followers.get(view)

    def room(self, key: str) -> Room | None:
        """Return what is known of a key, if anybody here follows it."""
        return self._rooms.get(key)

    def enter(
        self, view: str, user: str, meta: dict[str, Any], joined_at: float, changed_at: float
    ) -> None:
        """Make a view that follows a key a member of it, or change its entry."""
        follower = self._followers[view]
        member = Member(view, user, joined_at, changed_at, meta)
        if follower.member != member:
            follower.member = member
            follower.room.put(self.node, member)
            self._own_changed(follower.room.key, member.connection, member)

    def leave(self, view: str) -> None:
        """A view is no member any more, and nothing is held back. It still follows."""
        follower = self._followers.get(view)
        if follower is not None:
            self._take_out(follower, at_once=True)

    def hand_over(self, view: str) -> None:
        """The view goes on in another process: it stays a member until it is there."""
        follower = self._followers.get(view)
        if follower is not None:
            follower.hands_over = True

    def broadcast(self, key: str, said: Any) -> None:
        """Tell something to all views that follow a key, at once; nobody keeps it."""
        room = self._rooms.get(key)
        for view in tuple(room.listeners) if room is not None else ():
            if view in self._followers:
                self._followers[view].deliver(said)

    # --- what happens to them -------------------------------------------------------------

    def _room(self, key: str) -> Room:
        room = self._rooms.get(key)
        if room is None:
            room = self._rooms[key] = Room(key, self._hold_back)
            self._room_opened(room)
        return room

    def _has_ended(self, follower: Follower) -> None:
        if follower.hands_over:
            follower.room.listeners.pop(follower.view, None)
            self.later.call(self._hand_over_seconds, lambda: self._stop(follower, at_once=False))
        else:
            self._stop(follower, at_once=False)

    def _stop(self, follower: Follower, *, at_once: bool) -> None:
        room = follower.room
        if self._followers.get(follower.view) is not follower:
            return
        del self._followers[follower.view]
        room.listeners.pop(follower.view, None)
        for callback in follower.when_stopped.values():
            callback()
        self._take_out(follower, at_once=at_once)
        room.followers -= 1
        if not room.followers:
            del self._rooms[room.key]
            for callback in room.when_closed:
                callback()
            self._room_closed(room)

    def _take_out(self, follower: Follower, *, at_once: bool) -> None:
        member, follower.member = follower.member, None
        if member is not None:
            follower.room.drop(self.node, member.connection, at_once=at_once)
            self._own_changed(follower.room.key, member.connection, None, at_once=at_once)

    def _hold_back(self, callback: Callable[[], None]) -> None:
        self.later.call(self._hold_seconds, callback)

    # --- for presence over several processes ------------------------------------------------

    def _room_opened(self, room: Room) -> None:
        """Somebody here follows a key."""

    def _room_closed(self, room: Room) -> None:
        """Nobody here follows a key any more."""

    def _own_changed(
        self, key: str, connection: str, member: Member | None, *, at_once: bool = False
    ) -> None:
        """A member of this process has come, changed or gone."""

    async def run(self) -> None:
        """Do for ever what presence needs to have done."""
        await self.later.run()

    async def close(self) -> None:
        """This process ends: tell others, if there are any."""


class PresenceActor(Actor):
    """Runs the presence of one process."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    async def started(self) -> None:
        self._nursery.start_soon(self._presence.run)

    async def stopped(self, reason: Reason) -> None:
        await self._presence.close()
