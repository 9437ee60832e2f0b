"""Turns a view's attributes into bytes and back, so that every value loads equal and of its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import msgspec

from .state_classes import KINDS, class_name, find_class, kind_of
from .state_errors import StateNotLoadable, StateNotSavable, TypeNotSavable
from .state_types import BUILT_IN, StateType

__all__ = [
    "StateNotLoadable",
    "StateNotSavable",
    "decode_state",
    "encode_state",
    "register_state_type",
]

#: msgpack's own values of exactly these types need no tag.
PLAIN = frozenset({type(None), bool, float, bytes})
#: The integers that msgpack holds itself.
INTEGERS = range(-(2**63), 2**64)
#: So deep may lists, dictionaries and objects contain each other.
MOST_DEPTH = 100

#: Extension codes of msgpack: a value of a registered type, and one of a class of some kind.
REGISTERED, OF_CLASS = 1, 2

AnyType = TypeVar("AnyType")

_encode = msgspec.msgpack.Encoder().encode
_types: dict[type, StateType] = {one.cls: one for one in BUILT_IN}
_loads: dict[str, Callable[[Any], Any]] = {one.name: one.load for one in BUILT_IN}


def register_state_type(
    cls: type[AnyType], dump: Callable[[AnyType], Any], load: Callable[[Any], AnyType]
) -> None:
    """Let views keep values of a class of yours.

    `dump` returns what `load` needs, made of values that can be saved; what `load` returns
    must equal the value and be of its type. Subclasses are registered for themselves.
    """
    name = class_name(cast(type, cls))
    _types[cls] = StateType(cls, name, cast(Callable[[Any], Any], dump), load)
    _loads[name] = load


def encode_state(attributes: Mapping[str, Any]) -> bytes:
    """Return the attributes as bytes; raise StateNotSavable that names what cannot be saved."""
    packed = {}
    for name, value in attributes.items():
        try:
            packed[name] = _pack(value, 0)
        except TypeNotSavable as refusal:
            raise StateNotSavable(name, refusal) from refusal
    return _encode(packed)


def decode_state(encoded: bytes) -> dict[str, Any]:
    """Return the attributes that were encoded; raise StateNotLoadable if that cannot be."""
    try:
        return cast("dict[str, Any]", _decode(encoded))
    except (msgspec.MsgspecError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise StateNotLoadable(f"Saved state could not be loaded: {error}") from error


def _pack(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is str:
        return value if value.isascii() else _pack_text(value)
    if kind is int:
        return (
            value
            if value in INTEGERS
            else _tagged("int", value.to_bytes(_size(value), signed=True))
        )
    if depth > MOST_DEPTH:
        raise TypeNotSavable(kind, f"it is nested more than {MOST_DEPTH} deep, or contains itself")
    if kind is list:
        return [_pack(item, depth + 1) for item in value]
    if kind is dict and all(type(key) is str and key.isascii() for key in value):
        return {key: _pack(item, depth + 1) for key, item in value.items()}
    return _pack_object(value, kind, depth)


def _pack_object(value: Any, kind: type, depth: int) -> msgspec.msgpack.Ext:
    found = _types.get(kind)
    if found is not None:
        return _tagged(found.name, _pack(found.dump(value), depth + 1))
    letter = kind_of(kind)
    if letter is None:
        raise TypeNotSavable(
            kind,
            "it is no plain value, dataclass, Struct, NamedTuple or Enum. Keep it in an attribute "
            "that begins with an underscore, or see `register_state_type`",
        )
    payload = _pack(KINDS[letter].dump(value), depth + 1)
    encoded = _encode([letter, class_name(kind), payload])
    return msgspec.msgpack.Ext(OF_CLASS, encoded)


def _pack_text(text: str) -> Any:
    """Half a surrogate pair cannot be written as UTF-8; Python's strings may hold one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _tagged("str", text.encode("utf-8", "surrogatepass"))
    return text


def _size(number: int) -> int:
    return number.bit_length() // 8 + 1


def _tagged(name: str, payload: Any) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(REGISTERED, _encode([name, payload]))


def _load_extension(code: int, encoded: memoryview) -> Any:
    parts = _decode(encoded)
    if code == REGISTERED:
        name, payload = parts
        if name not in _loads:
            raise LookupError(f"no type {name!r} is registered with register_state_type")
        return _loads[name](payload)
    letter, name, payload = parts
    cls = find_class(name)
    if kind_of(cls) != letter:
        raise TypeError(f"{name} is not what it was when it was saved")
    return KINDS[letter].load(cls, payload)


_decode = msgspec.msgpack.Decoder(ext_hook=_load_extension).decode
