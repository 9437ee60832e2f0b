"""A view as it is saved: its attributes, its place in the page, and how far it had come."""

from __future__ import annotations

import dis
from collections.abc import Mapping
from typing import Any

import msgspec

from ..client.messages import Join
from .seat import Seat
from .state import StateNotLoadable, decode_state, encode_state
from .state_check import check_round_trip
from .state_errors import StateTooLarge
from .view import View

ANY_SEQUENCE = 2**53
LOSS = "The server was interrupted; the changes of the last moments were lost."


class SavedView(msgspec.Struct, frozen=True, array_like=True):
    """What another process needs to go on with a view."""

    endpoint: str
    url: str
    headers: dict[str, str]
    handled: int
    sequence: int
    epoch: str
    #: The page that has claimed the view; none has if it was never joined.
    page: str
    is_claimed: bool
    #: Saved by the last turn in an orderly end: nothing came after it.
    is_final: bool
    attributes: bytes
    behaviours: bytes
    #: In development: what `mount` assigned in the code that made this view.
    set_by_mount: list[str] = []
    #: The nested views by name, which are saved for themselves.
    children: dict[str, str] = {}

    def may_be_taken_by(self, join: Join) -> bool:
        """A second tab with the same HTML must not take the view away from the first."""
        return not self.is_claimed or self.page == join.page

    def loss_for(self, join: Join) -> str:
        """Return what the page has to hear about changes that it saw and that are gone."""
        if self.is_final or self.sequence == ANY_SEQUENCE or not join.epoch:
            return ""
        if join.epoch == self.epoch:
            return LOSS if join.seen > self.sequence else ""
        # The page was welcomed since the save, and again if another epoch was saved.
        return LOSS if join.seen > 0 or self.epoch else ""


def save_view(view: View, *, is_final: bool, most_bytes: int) -> bytes:
    """Return a view between two turns as bytes; raise StateNotSavable that says why not."""
    seat = view._seat
    attributes, behaviours = view.dump_state(), view._save()
    saved = SavedView(
        endpoint=seat.endpoint,
        url=seat.request.url,
        headers=dict(seat.request.headers),
        handled=seat.handled,
        # What `strict` saves is shown afterwards: nothing that it showed was not saved.
        sequence=ANY_SEQUENCE if view.persist == "strict" else seat.sequence,
        epoch=seat.epoch,
        page=seat.page,
        is_claimed=seat.claimed,
        is_final=is_final,
        attributes=encode_state(attributes),
        behaviours=encode_state(behaviours),
        set_by_mount=_names_set_by_mount(type(view)) if view._is_development else [],
        children={} if seat.nest is None else seat.nest.ids,
    )
    if view._is_development:
        check_round_trip(attributes, saved.attributes)
        check_round_trip(behaviours, saved.behaviours)
    encoded = _encode(saved)
    if len(encoded) > most_bytes:
        raise StateTooLarge(_largest({**attributes, **behaviours}), len(encoded), most_bytes)
    return encoded


def read_view(encoded: bytes) -> SavedView:
    """Return what was saved, with the attributes still encoded; raise StateNotLoadable."""
    try:
        return _decode(encoded)
    except msgspec.MsgspecError as error:
        raise StateNotLoadable(f"A saved view could not be read: {error}") from error


def restore_view(view: View, saved: SavedView) -> None:
    """Give a new view the attributes of a saved one, then each behaviour its part.

    Raises what the author's `load_state` raises.
    """
    view.load_state(decode_state(saved.attributes))
    view._load(decode_state(saved.behaviours))


def attributes_since(saved: SavedView, cls: type[View]) -> list[str]:
    """Return what `mount` sets since the class was changed: its methods would miss it.

    Known in development only, where classes change under their views. A class with a
    `load_state` of its own knows what to do about it.
    """
    if not saved.set_by_mount or cls.load_state is not View.load_state:
        return []
    return sorted(set(_names_set_by_mount(cls)) - set(saved.set_by_mount))


def renewal_of(saved: SavedView, cls: type[View] | None) -> str:
    """Say why a view begins anew although it was saved; "" if its class is not the reason."""
    new = attributes_since(saved, cls) if cls is not None else []
    if not new or cls is None:
        return ""
    return f"{cls.__name__}.mount sets {', '.join(new)} now, so the page begins anew."


def take_place(seat: Seat, saved: SavedView) -> None:
    """Let a new seat go on where the saved one stopped: its page is sent the whole view."""
    seat.page = saved.page
    seat.handled = saved.handled
    seat.claimed = True
    seat.saved = saved
    seat.was_restored = not saved.is_final


def _names_set_by_mount(cls: type[View]) -> list[str]:
    """Return the attributes that a class's `mount` assigns."""
    code = getattr(cls.mount, "__code__", None)
    instructions = dis.get_instructions(code) if code else ()
    return [one.argval for one in instructions if one.opname == "STORE_ATTR"]


def _largest(parts: Mapping[str, Any]) -> str:
    sizes = {name: len(encode_state({name: value})) for name, value in parts.items()}
    return max(sizes, key=sizes.__getitem__, default="(none)")


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(SavedView).decode
