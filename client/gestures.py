"""What a page's elements ask for when they are clicked, changed or submitted: the dj-* rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from selectolax.lexbor import LexborNode

from .controls import is_disabled
from .document import Document, PageError, attribute_of, closest, described, listed, with_ancestors

VALUE_PREFIX = "dj-value-"
TRUE_TEXTS = frozenset({"true", "1", "yes", "on"})
#: A key's name in an attribute, where that is not simply the key in lower case.
KEY_NAMES = {" ": "space", "esc": "escape"}


class NoHandler(PageError):
    """The element that was clicked, changed or submitted does nothing on this page."""


@dataclass(frozen=True, slots=True)
class Call:
    """An event handler that the page asks for."""

    name: str
    parameters: dict[str, Any]
    #: The controls whose values go with it.
    carries: tuple[LexborNode, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """An address that the page asks for: `page` is a link that leaves the socket behind."""

    url: str
    kind: Literal["patch", "redirect", "page"]


Wish = Call | Visit


def click_wish(node: LexborNode) -> Wish | None:
    """Return what a click on this element, or on one inside it, asks for."""
    for candidate in with_ancestors(node):
        if is_disabled(candidate):
            raise PageError(f"{described(candidate)} is disabled: a user cannot click it.")
        handler = attribute_of(candidate, "dj-click")
        if handler:
            return Call(handler, values_of(candidate))
        visit = _visit_of(candidate)
        if visit is not None:
            return visit
    return None


def _visit_of(node: LexborNode) -> Visit | None:
    href = attribute_of(node, "href")
    for attribute, kind in (("dj-patch", "patch"), ("dj-navigate", "redirect")):
        target = attribute_of(node, attribute)
        if target is not None and node.tag != "form":
            return Visit(target or href or "", "patch" if kind == "patch" else "redirect")
    if node.tag == "a" and href and not href.startswith(("#", "javascript:", "mailto:", "tel:")):
        return Visit(href, "page")
    return None


def handler_call(
    node: LexborNode, attribute: str, parameters: Mapping[str, Any] | None = None
) -> Call | None:
    """Return the call of the nearest element around the node that has this attribute."""
    owner = closest(node, attribute)
    handler = attribute_of(owner, attribute) if owner is not None else None
    if owner is None or not handler:
        return None
    return Call(handler, {**values_of(owner), **(parameters or {})})


def key_calls(document: Document, node: LexborNode | None, kind: str, key: str) -> list[Call]:
    """Return the calls for a key: the nearest element's, and those that watch the window."""
    owners = [] if node is None else _nearest_for_key(node, f"dj-{kind}", key)
    owners += [
        (one, name)
        for one in document.with_attribute(f"dj-window-{kind}")
        for name in _matching(one, f"dj-window-{kind}", key)
    ]
    return [
        Call(attribute_of(owner, name) or "", {**values_of(owner), "key": key})
        for owner, name in owners
    ]


def _nearest_for_key(node: LexborNode, attribute: str, key: str) -> list[tuple[LexborNode, str]]:
    for candidate in with_ancestors(node):
        names = _matching(candidate, attribute, key)
        if names:
            return [(candidate, name) for name in names]
    return []


def _matching(node: LexborNode, attribute: str, key: str) -> list[str]:
    """Return the node's attributes for this key: dj-keydown, or dj-keydown.enter for Enter."""
    lower = key.lower()
    names = {lower, KEY_NAMES.get(lower, lower)}
    return [
        name
        for name in node.attributes
        if name == attribute or name.removeprefix(f"{attribute}.") in names
    ]


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
