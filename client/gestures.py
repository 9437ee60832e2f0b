"""What a page's elements ask for when they are clicked, changed or submitted: the dj-* rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from selectolax.lexbor import LexborNode

from .controls import is_checkable, is_disabled
from .document import Document, PageError, attribute_of, described, listed, with_ancestors
from .history import Arrival

VALUE_PREFIX = "dj-value-"
TRUE_TEXTS = frozenset({"true", "1", "yes", "on"})
#: Other names that attributes may use for a key.
KEY_ALIASES = {" ": "space", "escape": "esc", "delete": "del"}


class NoHandler(PageError):
    """The element that was clicked, changed or submitted does nothing on this page."""


@dataclass(frozen=True, slots=True)
class Call:
    """An event handler that the page asks for."""

    name: str
    parameters: dict[str, Any]
    #: The controls whose values go with it.
    carries: tuple[LexborNode, ...] = field(default=(), compare=False)
    #: A submitted form shows afterwards what its template says.
    is_submit: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """An address that the page asks for: `page` is a link that leaves the socket behind."""

    url: str
    kind: Literal["patch", "redirect", "page"]
    arrival: Arrival = "push"


Wish = Call | Visit


def click_wish(node: LexborNode, is_checked: bool) -> Wish | None:
    """Return what a click on this element, or on one inside it, asks for."""
    for candidate in with_ancestors(node):
        if is_disabled(candidate):
            raise PageError(f"{described(candidate)} is disabled: a user cannot click it.")
        wish = _visit_of(candidate)
        handler = attribute_of(candidate, "dj-click")
        if wish is None and handler:
            return Call(handler, {**_clicked(candidate, is_checked), **values_of(candidate)})
        if wish is not None:
            return wish
    return next((wish for one in with_ancestors(node) if (wish := _plain_link(one))), None)


def _clicked(node: LexborNode, is_checked: bool) -> dict[str, Any]:
    """A box tells whether it is checked now, a button its value."""
    if is_checkable(node):
        return {"checked": is_checked}
    value = attribute_of(node, "value")
    return {} if value is None else {"value": value}


def _visit_of(node: LexborNode) -> Visit | None:
    target = attribute_of(node, "dj-navigate")
    if target is not None:
        return Visit(target or attribute_of(node, "href") or "", "redirect")
    target = attribute_of(node, "dj-patch")
    if target is not None:
        return Visit(target or attribute_of(node, "href") or "", "patch")
    return None


def _plain_link(node: LexborNode) -> Visit | None:
    href = attribute_of(node, "href") if node.tag == "a" else None
    if not href or href.startswith(("#", "javascript:", "mailto:", "tel:")):
        return None
    return Visit(href, "page")


def key_owners(node: LexborNode, attribute: str, key: str) -> list[tuple[LexborNode, str]]:
    """Return the nearest element that hears this key, once for each attribute that names it."""
    for candidate in with_ancestors(node):
        names = _matching(candidate, attribute, key)
        if names:
            return [(candidate, name) for name in names]
    return []


def window_key_owners(document: Document, attribute: str, key: str) -> list[tuple[LexborNode, str]]:
    """Return all elements that hear this key wherever it is pressed."""
    return [
        (one, name)
        for one in document.with_attribute(attribute)
        for name in _matching(one, attribute, key)
    ]


def _matching(node: LexborNode, attribute: str, key: str) -> list[str]:
    """Return the node's attributes for this key: dj-keydown, or dj-keydown.enter for Enter."""
    names = {attribute, *(f"{attribute}.{name}" for name in _key_names(key))}
    return [name for name in node.attributes if name in names]


def _key_names(key: str) -> list[str]:
    name = key.lower()
    alias = name.removeprefix("arrow") if name.startswith("arrow") else KEY_ALIASES.get(name)
    return [name, alias] if alias else [name]


def values_of(node: LexborNode) -> dict[str, Any]:
    """Return the dj-value-* parameters of an element; a suffix such as `:int` types them."""
    values: dict[str, Any] = {}
    for attribute, text in node.attributes.items():
        if attribute.startswith(VALUE_PREFIX):
            name, _, kind = attribute.removeprefix(VALUE_PREFIX).partition(":")
            values[name.replace("-", "_")] = _typed(node, attribute, kind, text or "")
    return values


def _as_bool(text: str) -> bool:
    return text.lower() in TRUE_TEXTS


def _as_list(text: str) -> list[str]:
    return [one.strip() for one in text.split(",")] if text else []


TYPES: dict[str, Callable[[str], Any]] = {
    "": str,
    "str": str,
    "int": int,
    "float": float,
    "bool": _as_bool,
    "list": _as_list,
    "json": json.loads,
}


def _typed(node: LexborNode, attribute: str, kind: str, text: str) -> Any:
    if kind not in TYPES:
        known = ", ".join(name for name in TYPES if name)
        raise PageError(f"{attribute} of {described(node)} has the type {kind!r}; known: {known}.")
    try:
        return TYPES[kind](text)
    except ValueError:
        raise PageError(
            f"{attribute} of {described(node)} is {text!r}, which is no {kind}."
        ) from None


def no_handler(document: Document, node: LexborNode, *attributes: str) -> NoHandler:
    """Return the error for an element that does nothing, with those that would."""
    wanted = " or ".join(attributes)
    others = listed(document.with_attribute(*attributes))
    return NoHandler(
        f"{described(node)} has no {wanted}, and nothing around it has. "
        f"Elements of this page that have: {others}."
    )
