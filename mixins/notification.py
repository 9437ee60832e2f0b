"""NotificationMixin: a view hears of changes in the database, and of what others broadcast."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import trio

from ..actors import handles
from .behaviour import Behaviour
from .notices import Notice, Noticed, NoticedLate, Notices, Source, read_payload
from .watched_tables import notify_on_save, watched_tables

__all__ = ["NotificationBehaviour", "NotificationMixin", "notify_on_save"]


class NotificationBehaviour(Behaviour):
    """Brings what the view listens to into `handle_info`, each as a turn of its own.

    What is listened to is state like any other: a failed turn takes it back, a restart and
    another process go on with it, and it ends with the view.
    """

    __slots__ = ()

    # --- verbs ------------------------------------------------------------------------

    def listen(self, channel: str) -> None:
        """Hear a channel of PostgreSQL from now on, until `unlisten` or the view's end.

        `handle_info` gets {"type": "db_notify", "channel", "payload"}: the payload is what
        the notification's text is in JSON, or {"raw": text} if that is no object. It gets
        {"type": "db_gap", "channel"} when changes may have been missed: look again. That is
        so as well when nobody in this process has listened to the channel before.
        """
        self._listen_to(Source("channel", channel), wants_gaps=True)

    def unlisten(self, channel: str) -> None:
        """Hear a channel no longer. Does nothing if it was not listened to."""
        self._ignore(Source("channel", channel))

    async def notify(self, channel: str, payload: Any) -> None:
        """Send a notification to all who listen to a channel, in whatever process.

        The payload travels as JSON. Raises ValueError if that has 8,000 bytes or more.
        """
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        await self._service("database").notify(channel, text)

    def subscribe(self, topic: str, *, gaps: bool = False) -> None:
        """Hear a topic: `handle_info` gets what is broadcast to it, as it is.

        With `gaps` it also gets {"type": "gap", "topic"} when messages of other processes may
        have been missed.
        """
        self._listen_to(Source("topic", topic), wants_gaps=gaps)

    def unsubscribe(self, topic: str) -> None:
        """Hear a topic no longer. Does nothing if it was not subscribed to."""
        self._ignore(Source("topic", topic))

    def broadcast(self, topic: str, message: Any) -> None:
        """Tell all views that have subscribed to a topic, this one as well if it has.

        Views of other processes get plain data.
        """
        self._service("pubsub").publish(topic, message)

    # --- what is listened to ------------------------------------------------------------

    @cached_property
    def _sources(self) -> Mapping[Source, bool]:
        """What the view wants to hear, and whether of its gaps as well."""
        return {}

    @property
    def _notices(self) -> Notices:
        if not trio.lowlevel.in_trio_run():
            raise RuntimeError(
                "Listening was asked for in a thread. Ask in `mount` or in a handler, or write "
                "the background work as an `async def`."
            )
        held: dict[str, Any] = self._held
        if "notices" not in held:
            held["notices"] = Notices(self._address, self._setting("notices"))
        notices: Notices = held["notices"]
        return notices

    def _listen_to(self, source: Source, *, wants_gaps: bool) -> None:
        if source.kind == "channel":
            self._notices.listen(source, self._service("listener").listen)
        else:
            self._notices.listen(source, self._service("pubsub").subscribe)
        self._sources = {**self._sources, source: wants_gaps}

    def _ignore(self, source: Source) -> None:
        """A turn that fails listens on, so the service hears of it when this one has not."""
        if source in self._sources:
            self._sources = {one: gaps for one, gaps in self._sources.items() if one != source}
            self._when_shown(lambda: self._stop_unless_wanted(source))

    def _stop_unless_wanted(self, source: Source) -> None:
        if source not in self._sources:
            self._notices.stop(source)

    # --- turns ------------------------------------------------------------------------

    @handles(Noticed)
    async def _on_noticed(self, noticed: Noticed) -> None:
        notice = self._notices.take()
        if notice is None:
            return
        wants_gaps = self._sources.get(notice.source)
        if wants_gaps is None:
            self._notices.stop(notice.source)
        elif wants_gaps or not notice.is_gap:
            self._changed()
            await self._call("handle_info", _as_message(notice))

    @handles(NoticedLate)
    async def _on_noticed_late(self, noticed: NoticedLate) -> None:
        await self._on_noticed(Noticed())

    # --- beyond this process ------------------------------------------------------------

    @classmethod
    def _watched_tables(cls) -> list[Any]:
        return [*super()._watched_tables(), *watched_tables()]

    def _save(self) -> dict[str, Any]:
        saved = super()._save()
        if self._sources:
            saved["notifications"] = [[*source, gaps] for source, gaps in self._sources.items()]
        return saved

    def _load(self, saved: Mapping[str, Any]) -> None:
        super()._load(saved)
        for kind, name, wants_gaps in saved.get("notifications", ()):
            source = Source(kind, name)
            self._listen_to(source, wants_gaps=wants_gaps)
            # Nobody has listened for this view since it was saved.
            self._notices.add_gap(source)


class NotificationMixin(NotificationBehaviour):
    """`listen`, `notify`, `subscribe`, `broadcast`. Every LiveView includes it."""

    __slots__ = ()


def _as_message(notice: Notice) -> Any:
    """Return what `handle_info` gets."""
    kind, name = notice.source
    if kind == "topic":
        return {"type": "gap", "topic": name} if notice.is_gap else notice.message
    if notice.is_gap:
        return {"type": "db_gap", "channel": name}
    payload = read_payload(notice.message)
    if payload is None:
        payload = {"raw": notice.message}
    return {"type": "db_notify", "channel": name, "payload": payload}
