"""PresenceMixin: a view knows who else looks at the same thing, as they come and go."""

from __future__ import annotations

import hashlib
import string
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import msgspec

from ..actors import Message, handles
from .behaviour import Behaviour

__all__ = ["PresenceMixin"]


class PresenceMoved(Message, frozen=True):
    """Somebody has come or gone, or says something else of themselves."""

    #: One waits at most: the news itself waits beside the mailbox.
    is_control: ClassVar[bool] = True


class PresenceSaid(Message, frozen=True):
    """Somebody who is present says something to all."""

    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """Under which key the view wants to be present, and what it says of its user."""

    key: str
    meta: Mapping[str, Any]
    joined_at: float = field(default_factory=time.time)
    changed_at: float = field(default_factory=time.time)


class PresenceMixin(Behaviour):
    """Makes the view's user present under a key, from its browser's arrival to the view's end.

    A user with several views under a key is there once. Name the class before LiveView, and
    call `track_presence` in `mount`.
    """

    __slots__ = ()

    _hooks: ClassVar[frozenset[str]] = frozenset({"handle_presence_join", "handle_presence_leave"})

    #: Who shares it meets. `{name}` stands for an attribute of the view or a route's parameter.
    presence_key: ClassVar[str] = ""

    # --- verbs ------------------------------------------------------------------------

    def track_presence(self, meta: Mapping[str, Any] | None = None) -> None:
        """Be present under `presence_key` once the browser is there; `meta` is what others see.

        Called again it replaces the meta, and where the key has changed it goes there.
        Raises ValueError if the key names what is neither attribute nor parameter.
        """
        wish = Wish(self._fill_presence_key(), self._fit_meta(meta or {}))
        former = self._presence_wish
        if former is not None and former.key == wish.key:
            wish = replace(wish, joined_at=former.joined_at)
        self._wish_presence(wish)
        self._followed_presence()

    def update_presence(self, meta: Mapping[str, Any]) -> None:
        """Change entries of one's meta; the others stay. Raises RuntimeError if not tracked."""
        wish = self._presence_wish
        if wish is None:
            raise RuntimeError("update_presence() changes what track_presence() has begun.")
        merged = self._fit_meta({**wish.meta, **meta})
        self._wish_presence(replace(wish, meta=merged, changed_at=time.time()))

    def untrack_presence(self) -> None:
        """Be present no longer: others see it at once. The view still follows who is there."""
        self._wish_presence(None)

    def list_presences(self) -> list[dict[str, Any]]:
        """Return who is present, one entry a user, those who came first in front.

        An entry has `id`, `joined_at` (seconds since 1970), `metas`, one for each of the
        user's connections, and `meta`, the newest of them.
        """
        room = self._followed_presence()
        presences: list[dict[str, Any]] = room.presences() if room is not None else []
        return presences

    def presence_count(self) -> int:
        """Return how many users are present."""
        room = self._followed_presence()
        return len(room) if room is not None else 0

    @property
    def presence_id(self) -> str:
        """The user's id. Who has not logged in has one that belongs to the session."""
        request = self.request
        if request.user.is_authenticated and request.user.auth_id:
            return str(request.user.auth_id)
        # The session's own name must stay between browser and server.
        name = (request.session_id or self._view_id).encode()
        return f"anonymous-{hashlib.blake2b(name, digest_size=8, person=b'presence').hexdigest()}"

    def broadcast_to_presence(self, event: str, payload: Any = None) -> None:
        """Tell all views under the key, this one as well. It arrives in their `handle_info`.

        The message is `{"type": "presence_event", "event", "payload", "sender"}`, with the
        user's id as the sender. The payload is plain data.
        """
        said = {
            "type": "presence_event",
            "event": event,
            "payload": payload,
            "sender": self.presence_id,
        }
        self._service("presence").broadcast(self._presence_place, said)

    # --- hooks of the author --------------------------------------------------------------

    def handle_presence_join(self, presence: dict[str, Any]) -> Any:
        """A user has come, in whichever view: called in every view under the key."""

    def handle_presence_leave(self, presence: dict[str, Any]) -> Any:
        """A user's last view has gone, and was not back within two seconds."""

    # --- what the view wants, and what is so ------------------------------------------------

    @cached_property
    def _presence_wish(self) -> Wish | None:
        return None

    @property
    def _presence_place(self) -> str:
        wish = self._presence_wish
        return wish.key if wish is not None else self._fill_presence_key()

    def _wish_presence(self, wish: Wish | None) -> None:
        """Wish now, which a failed turn takes back, and have it so once the turn is shown."""
        self._presence_wish = wish
        self._when_shown(self._settle_presence)

    def _settle_presence(self) -> None:
        """A browser is there: others see what the view wishes."""
        presence, wish = self._service("presence"), self._presence_wish
        if wish is None:
            presence.leave(self._view_id)
            return
        self._follow_presence(wish.key)
        presence.enter(
            self._view_id, self.presence_id, dict(wish.meta), wish.joined_at, wish.changed_at
        )

    def _followed_presence(self) -> Any:
        """Return the room of the key; from its first use on the view is told what happens there."""
        presence, key = self._service("presence"), self._presence_place
        follower = presence.follower(self._view_id)
        if follower is None or not follower.address.is_alive:
            follower = self._follow_presence(key)
        # A turn that goes to another key may fail: until it is shown the view follows the former.
        return follower.room if follower.room.key == key else presence.room(key)

    def _follow_presence(self, key: str) -> Any:
        return self._service("presence").follow(
            key, self._view_id, self._address, PresenceMoved(), PresenceSaid
        )

    def _fill_presence_key(self) -> str:
        if not self.presence_key:
            name = type(self).__name__
            raise ValueError(
                f'{name} has no presence_key. Set one, such as presence_key = "document:{{id}}".'
            )
        parts = []
        for text, field_name, _, _ in string.Formatter().parse(self.presence_key):
            parts.append(text)
            if field_name is not None:
                parts.append(str(self._presence_name(field_name)))
        return "".join(parts)

    def _presence_name(self, name: str) -> object:
        attributes = {} if name.startswith("_") else vars(self)
        found = attributes.get(name, self._params.get(name))
        if found is None:
            known = ", ".join(sorted({*self._params, *_public(vars(self))})) or "none"
            raise ValueError(
                f"presence_key {self.presence_key!r} of {type(self).__name__} needs {name!r}, "
                f"which is neither an attribute of the view nor a parameter of its route. "
                f"There are: {known}."
            )
        return found

    def _fit_meta(self, meta: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy as others will see it; raise for what cannot go to another process."""
        try:
            encoded = msgspec.json.encode(dict(meta))
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"The meta of a presence goes to other processes as plain data, and {meta!r:.200} "
                f"cannot: {error}"
            ) from None
        most = self._setting("presence_meta_bytes")
        if len(encoded) > most:
            raise ValueError(
                f"The meta of a presence has {len(encoded)} bytes; LIVE_PRESENCE_META_BYTES "
                f"allows {most}. Keep an id in it, and look the rest up."
            )
        fitted: dict[str, Any] = msgspec.json.decode(encoded)
        return fitted

    # --- turns ------------------------------------------------------------------------

    @handles(PresenceMoved)
    async def _on_presence_moved(self, moved: PresenceMoved) -> None:
        """One turn for each who came or went, so that a hook that fails spoils no other."""
        self._changed()
        follower = self._service("presence").follower(self._view_id)
        news = follower.take() if follower is not None else None
        if follower is None or news is None:
            return
        if follower.has_news:
            follower.tell()
        kind, presence = news
        await self._call(f"handle_presence_{kind}", presence)

    @handles(PresenceSaid)
    async def _on_presence_said(self, said: PresenceSaid) -> None:
        self._changed()
        await self._call("handle_info", said.said)

    # --- the life of the view -----------------------------------------------------------

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("list_presences", self.list_presences)
        kwargs.setdefault("presence_count", self.presence_count)
        return super().get_context_data(**kwargs)

    def _begin(self) -> Awaitable[None] | None:
        if self._presence_wish is None and self._service("presence").follower(self._view_id):
            # A former incarnation of the view was present, and this one does not want to be.
            self._settle_presence()
        return super()._begin()

    def _browser_arrived(self, params: Mapping[str, Any]) -> None:
        super()._browser_arrived(params)
        if self._presence_wish is not None:
            self._settle_presence()

    async def _close(self) -> None:
        if self._goes_on_elsewhere:
            self._service("presence").hand_over(self._view_id)
        await super()._close()

    def _save(self) -> dict[str, Any]:
        saved = super()._save()
        wish = self._presence_wish
        if wish is not None:
            saved["presence"] = [wish.key, dict(wish.meta), wish.joined_at, wish.changed_at]
        return saved

    def _load(self, saved: Mapping[str, Any]) -> None:
        super()._load(saved)
        if "presence" in saved:
            self._presence_wish = Wish(*saved["presence"])


def _public(names: Mapping[str, Any]) -> list[str]:
    return [name for name in names if not name.startswith("_")]
