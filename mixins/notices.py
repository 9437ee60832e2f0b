"""What views are told from outside waits here, beside their mailbox, and is taken one at a time."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Hashable
from typing import Any, ClassVar, NamedTuple, Protocol

from ..actors import Address, MailboxFull, Message


class Subscription(Protocol):
    """What a service gives to whoever listens."""

    def cancel(self) -> None: ...


class Noticed(Message, frozen=True):
    """Something waits to be taken. One that is in the mailbox already is enough."""


NOTICED = Noticed()


class NoticedLate(Message, frozen=True):
    """The same, for a mailbox that is full."""

    is_control: ClassVar[bool] = True


class Source(NamedTuple):
    """Where notices come from: a "channel" of the database, or a "topic"."""

    kind: str
    name: str


class Notice(NamedTuple):
    """One thing to be told. A gap has no message."""

    source: Source
    message: Any
    is_gap: bool = False


class Notices:
    """The sources that one view listens to, and what has come from them.

    The view's own task and the services touch it, all of them in the event loop's thread.
    Its mailbox holds one token, however much waits here, so a busy view still hears its
    browser, and no burst of changes fills it.
    """

    def __init__(self, address: Address[Any], most: int) -> None:
        self._address = address
        self._most = most
        self._waiting: dict[Hashable, Notice] = {}
        self._numbers = itertools.count()
        self._subscriptions: dict[Source, Subscription] = {}
        #: A token is in the mailbox, and so is one that comes before all that waits.
        self._has_told = self._has_told_late = False

    def listen(self, source: Source, subscribe: Callable[..., Subscription]) -> None:
        """Listen, if that is not so already."""
        if source not in self._subscriptions:
            self._subscriptions[source] = subscribe(
                source.name,
                lambda message: self._arrived(source, message),
                lambda: self.add_gap(source),
            )

    def stop(self, source: Source) -> None:
        subscription = self._subscriptions.pop(source, None)
        if subscription is not None:
            subscription.cancel()
            self._forget(source)

    def close(self) -> None:
        for source in tuple(self._subscriptions):
            self.stop(source)

    def take(self) -> Notice | None:
        """Return the oldest notice; if there are more, the mailbox gets another token."""
        self._has_told = self._has_told_late = False
        if not self._waiting:
            return None
        notice = self._waiting.pop(next(iter(self._waiting)))
        if self._waiting:
            self._tell()
        return notice

    def add_gap(self, source: Source) -> None:
        """Tell, in the place of the next notice, that some may have been missed."""
        self._waiting[(source, "gap")] = Notice(source, None, is_gap=True)
        self._tell()

    def _arrived(self, source: Source, message: Any) -> None:
        if len(self._waiting) >= self._most:
            self._forget(source)
            self.add_gap(source)
            return
        # The database often says the same again before it is looked at. What people say is
        # never the same.
        key = message if source.kind == "channel" else next(self._numbers)
        self._waiting[(source, key)] = Notice(source, message)
        self._tell()

    def _forget(self, source: Source) -> None:
        kept = {key: one for key, one in self._waiting.items() if one.source != source}
        self._waiting = kept

    def _tell(self) -> None:
        if self._has_told or not self._address.is_alive:
            return
        try:
            self._address.tell(NOTICED)
            self._has_told = True
        except MailboxFull:
            self._tell_late()

    def _tell_late(self) -> None:
        """Nothing makes room for the token but its being served before all that waits."""
        if not self._has_told_late:
            self._has_told_late = True
            self._address.tell(NoticedLate())


def read_payload(text: str) -> dict[str, Any] | None:
    """Return the object that a notification's text is in JSON; None for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
