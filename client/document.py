"""A small DOM: what a page says, by CSS selector, with errors that name what is there instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

#: `button:has-text("Save")` picks by text; the parser knows it under a longer name.
HAS_TEXT = re.compile(r":has-text\(\s*(\"[^\"]*\"|'[^']*')\s*\)")
SHOWN_LENGTH = 120
SHOWN_ELEMENTS = 8
#: Around all other elements a reader sees a gap.
INLINE_TAGS = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "font", "i", "ins"}
    | {"del", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup"}
    | {"time", "u", "var", "wbr"}
)
#: Their text is no part of what a reader sees.
UNSEEN_TAGS = frozenset({"script", "style", "template", "head"})


class PageError(Exception):
    """Something that a user of the page could not have done, or a server should not do."""


class ElementNotFound(PageError, LookupError):
    """No element, or more than one, where exactly one was meant."""


class Document:
    """One state of a page's HTML. It is parsed when it is first looked at, and never changes."""

    def __init__(self, html: str) -> None:
        self.html = html
        self._parsed: LexborHTMLParser | None = None

    @property
    def parsed(self) -> LexborHTMLParser:
        if self._parsed is None:
            self._parsed = LexborHTMLParser(self.html)
        return self._parsed

    def find_all(self, selector: str) -> list[LexborNode]:
        """Return the elements that match, in the order of the page."""
        try:
            return self.parsed.css(HAS_TEXT.sub(r":lexbor-contains(\1 i)", selector))
        except SelectolaxError:
            raise ValueError(
                f"{selector!r} is not a CSS selector that can be read. Quote values with special "
                'characters ([name="a[]"]); text is matched by :has-text("Save").'
            ) from None

    def find(self, selector: str) -> LexborNode:
        """Return the one element that matches; none or several are an error."""
        found = self.find_all(selector)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ElementNotFound(self._nothing_matches(selector))
        raise ElementNotFound(
            f"{len(found)} elements match {selector!r}, and one was expected: {listed(found)}. "
            'Say which, by id, :nth-of-type(2) or :has-text("..."), or use texts() and count().'
        )

    def text(self, selector: str | None = None) -> str:
        """Return the text a reader sees there, with white space as a browser shows it."""
        if selector is not None:
            return text_of(self.find(selector))
        body = self.parsed.body
        return text_of(body) if body is not None else ""

    def texts(self, selector: str) -> list[str]:
        return [text_of(node) for node in self.find_all(selector)]

    def count(self, selector: str) -> int:
        return len(self.find_all(selector))

    def attribute(self, selector: str, name: str) -> str | None:
        """Return an attribute's value, "" for one without a value, None for one not there."""
        return attribute_of(self.find(selector), name)

    def with_attribute(self, *names: str) -> list[LexborNode]:
        """Return the elements that have one of these attributes, plain or with a suffix."""
        return [node for node in self.elements() if has_attribute(node, *names)]

    def elements(self) -> Iterator[LexborNode]:
        body = self.parsed.body
        if body is not None:
            yield from (node for node in body.traverse() if node.is_element_node)

    def _nothing_matches(self, selector: str) -> str:
        names = {name: node for node in self.elements() for name in _selectors_of(node)}
        near = difflib.get_close_matches(selector, names, n=3)
        if near:
            meant = ", ".join(f"{name} ({described(names[name])})" for name in near)
            return f"No element matches {selector!r}. Did you mean {meant}?"
        shown = self.text()
        return (
            f"No element matches {selector!r}. The page says: {shown[:300]!r}"
            f"{' ...' if len(shown) > 300 else ''}."
        )


def text_of(node: LexborNode) -> str:
    """Return an element's text as read: without scripts, white space collapsed."""
    return " ".join("".join(_texts(node)).split())


def _texts(node: LexborNode) -> Iterator[str]:
    for child in node.iter(include_text=True):
        if child.is_text_node:
            yield child.text_content or ""
        elif child.tag in INLINE_TAGS:
            yield from _texts(child)
        elif child.tag not in UNSEEN_TAGS:
            yield " "
            yield from _texts(child)
            yield " "


def attribute_of(node: LexborNode, name: str) -> str | None:
    attributes = node.attributes
    return (attributes[name] or "") if name in attributes else None


def has_attribute(node: LexborNode, *names: str) -> bool:
    """Tell whether the element has one of the attributes, such as dj-keydown or dj-keydown.enter."""
    present = node.attributes
    return any(
        attribute == name or attribute.startswith(f"{name}.")
        for attribute in present
        for name in names
    )


def closest(node: LexborNode, *names: str) -> LexborNode | None:
    """Return the element itself or the nearest around it that has one of the attributes."""
    for candidate in with_ancestors(node):
        if has_attribute(candidate, *names):
            return candidate
    return None


def with_ancestors(node: LexborNode) -> Iterator[LexborNode]:
    current: LexborNode | None = node
    while current is not None and current.is_element_node:
        yield current
        current = current.parent


def described(node: LexborNode) -> str:
    """Return how to show an element in an error: its open tag and the start of its text."""
    attributes = "".join(
        f" {name}" if value is None else f' {name}="{value}"'
        for name, value in node.attributes.items()
    )
    text = text_of(node)
    whole = f"<{node.tag}{attributes}>{text}"
    return whole if len(whole) <= SHOWN_LENGTH else whole[:SHOWN_LENGTH] + "..."


def listed(nodes: list[LexborNode]) -> str:
    shown = ", ".join(described(node) for node in nodes[:SHOWN_ELEMENTS])
    rest = len(nodes) - SHOWN_ELEMENTS
    return f"{shown} and {rest} more" if rest > 0 else shown or "none"


def _selectors_of(node: LexborNode) -> Iterator[str]:
    attributes = node.attributes
    yield str(node.tag)
    if attributes.get("id"):
        yield f"#{attributes['id']}"
        yield f"{node.tag}#{attributes['id']}"
    for name in (attributes.get("class") or "").split():
        yield f".{name}"
        yield f"{node.tag}.{name}"
    if attributes.get("name"):
        yield f"[name={attributes['name']}]"
        yield f"{node.tag}[name={attributes['name']}]"
