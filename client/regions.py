"""What streams have built in a page: rows by their DOM ids, and streamed text.

Operations are noted as they come, and carried out when somebody looks at the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

ROW_OPERATIONS = frozenset({"insert", "delete", "prune", "reset"})


@dataclass(slots=True)
class Rows:
    """The rows of one container, and the HTML of the page that they began with."""

    began_with: str
    html: dict[str, str]

    def insert(self, at: int, html: str) -> None:
        fresh = _rows_in(html)
        if at >= 0:
            for name in fresh:
                self.html.pop(name, None)
            shown = list(self.html.items())
            self.html = dict([*shown[:at], *fresh.items(), *shown[at:]])
        else:
            self.html.update(fresh)

    def delete(self, name: str) -> None:
        self.html.pop(name, None)

    def prune(self, limit: int, edge: str) -> None:
        names = list(self.html)
        surplus = max(len(names) - limit, 0)
        for name in names[:surplus] if edge == "top" else names[len(names) - surplus :]:
            del self.html[name]

    def reset(self) -> None:
        self.html.clear()


@dataclass(slots=True)
class Text:
    """What one stream of text shows."""

    before: str = ""
    html: str = ""
    behind: str = ""
    error: str = ""
    is_active: bool = False

    def change(self, wire: dict[str, Any]) -> None:
        if wire.get("r"):
            self.before = self.html = self.behind = ""
        if wire.get("s"):
            self.is_active, self.error = True, ""
        self.before = wire.get("p", "") + self.before
        self.html = wire.get("h", self.html)
        self.behind += wire.get("t", "")
        self.error = wire.get("x", self.error)
        if wire.get("d") or wire.get("x"):
            self.is_active = False

    def show(self, node: LexborNode) -> None:
        alert = f'<span role="alert">{escape(self.error)}</span>' if self.error else ""
        node.inner_html = escape(self.before) + self.html + escape(self.behind) + alert
        if self.is_active:
            node.attrs["data-stream-active"] = ""
        if self.error:
            node.attrs["data-stream-error"] = ""


@dataclass(slots=True)
class Regions:
    """All that operations have built in one view."""

    _waiting: list[tuple[str, str, list[Any]]] = field(default_factory=list)
    _rows: dict[str, Rows] = field(default_factory=dict)
    _texts: dict[tuple[str, str], Text] = field(default_factory=dict)

    def operate(self, operation: list[Any]) -> None:
        """Take one operation of a frame; those of other features are left alone."""
        match operation:
            case ["stream", str(name), str(target), dict(change)]:
                self._texts.setdefault((name, target), Text()).change(change)
            case ["rows", str(name), str(kind), *details] if kind in ROW_OPERATIONS:
                self._waiting.append((kind, name, details))

    def clear(self) -> None:
        """The whole view was sent anew."""
        self._waiting.clear()
        self._rows.clear()
        self._texts.clear()

    def remember(self, page: str) -> None:
        """The view is sent whole, without the rows that it leaves to this page."""
        containers = _containers_in(LexborHTMLParser(page))
        self._follow_page(containers)
        for name, node in containers.items():
            self._rows.setdefault(name, _rows_of(node))

    def html(self, page: str) -> str:
        """Return the page's HTML with what the streams have built in it."""
        if not (self._waiting or self._rows or self._texts):
            return page
        parsed = LexborHTMLParser(page)
        containers = _containers_in(parsed)
        self._follow_page(containers)
        for name, rows in self._rows.items():
            containers[name].inner_html = "".join(rows.html.values())
        for (name, target), text in self._texts.items():
            found = parsed.css(target) if target else [containers.get(name)]
            for node in found:
                if node is not None:
                    text.show(node)
        body = parsed.body
        return (body.inner_html or "") if body is not None else page

    def _follow_page(self, containers: dict[str, LexborNode]) -> None:
        """Forget containers that have gone, begin with those that have come, then operate."""
        for name in list(self._rows):
            began_with = containers[name].inner_html or "" if name in containers else None
            if began_with is None or began_with.strip() not in ("", self._rows[name].began_with):
                del self._rows[name]
        for kind, name, details in self._waiting:
            if name in containers:
                rows = self._rows.setdefault(name, _rows_of(containers[name]))
                getattr(rows, kind)(*details)
        self._waiting.clear()


def _containers_in(parsed: LexborHTMLParser) -> dict[str, LexborNode]:
    return {str(node.attributes.get("dj-stream")): node for node in parsed.css("[dj-stream]")}


def _rows_of(container: LexborNode) -> Rows:
    began_with = (container.inner_html or "").strip()
    return Rows(began_with, _rows_in(began_with))


#: What a parser wants around elements that cannot stand alone.
AROUND = {
    "tr": "<table><tbody id=around>",
    "td": "<table><tbody><tr id=around>",
    "tbody": "<table id=around>",
    "option": "<select id=around>",
}
FIRST_TAG = re.compile(r"<([a-zA-Z][^\s/>]*)")


def _rows_in(html: str) -> dict[str, str]:
    """Return the elements at the top of some HTML by their ids, in order."""
    tag = FIRST_TAG.search(html)
    opened = AROUND.get(tag[1].lower() if tag else "", "<div id=around>")
    around = LexborHTMLParser(opened + html).css_first("#around")
    children = around.iter() if around is not None else ()
    return {str(child.attributes.get("id")): child.html or "" for child in children}
