"""In development: what a template says that means nothing, such as `dj-clik`, with the fix."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from jinja2.meta import find_undeclared_variables

from .handlers import missing_handler, suggestion

if TYPE_CHECKING:
    from .rendering.templates import LiveTemplate
    from .view import View

_log = logging.getLogger("limelight.templates")

#: Their values name handlers.
EVENTS = frozenset(
    f"dj-{name}"
    for name in (
        *("click", "submit", "input", "change", "focus", "blur", "keydown", "keyup", "poll"),
        *("window-keydown", "window-keyup", "click-away", "viewport-top", "viewport-bottom"),
    )
)
ATTRIBUTES = EVENTS | {
    f"dj-{name}"
    for name in (
        *("activity", "confirm", "cursors", "debounce", "disable-with", "flash", "hook", "key"),
        *("loading", "model", "navigate", "no-recover", "patch", "poll-interval", "step-title"),
        *("stream", "stream-mode", "throttle", "update", "upload", "upload-drop"),
        *("upload-preview", "upload-progress"),
        # Those that Limelight itself writes.
        *("child", "meta", "nonce", "react", "react-props", "react-server", "react-src"),
        *("token", "view"),
    )
}
#: What Jinja2 puts in or leaves out. It may hold angle brackets and quotes of its own.
_DYNAMIC = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_MARK = "\x00"
_NEAR = 0.8


def advise_on_markup(view: type[View], sources: Iterable[str]) -> None:
    """Log each attribute that does not exist, and each handler that is not there."""
    for source in sources:
        reader = _Reader()
        reader.feed(_DYNAMIC.sub(_MARK, source))
        reader.close()
        for attribute, value in reader.found:
            said = _complaint(view, attribute, value)
            if said:
                _log.warning("in the template of %s: %s", view.__qualname__, said)


def advise_on_names(view: type[View], template: LiveTemplate, context: Mapping[str, Any]) -> None:
    """Log each name that a template asks for, is not set, and is almost one that is."""
    environment = template.templates.environment
    known = {*context, *environment.globals}
    asked = set[str]().union(
        *(find_undeclared_variables(environment.parse(source)) for source in template.sources)
    )
    for name in sorted(asked - known):
        near = get_close_matches(name, list(context), n=1, cutoff=_NEAR)
        if near:
            _log.warning(
                'in the template of %s: "%s" is not set, so nothing is shown. Did you mean "%s"?',
                *(view.__qualname__, name, near[0]),
            )


def _complaint(view: type[View], attribute: str, value: str) -> str:
    name = attribute.partition(".")[0].partition(":")[0]
    if name.startswith("dj-value-") or _MARK in attribute:
        return ""
    if name not in ATTRIBUTES:
        return f"there is no attribute {name}.{suggestion(name, ATTRIBUTES)}"
    is_handler = name in EVENTS and value.isidentifier() and value not in view._event_handlers
    if not is_handler:
        return ""
    return f'{name}="{value}", but {missing_handler(view, view._event_handlers, value)}'


class _Reader(HTMLParser):
    """Reads tags as a browser does: none in comments or scripts."""

    def __init__(self) -> None:
        super().__init__()
        self._attributes: dict[tuple[str, str], None] = {}

    @property
    def found(self) -> Iterator[tuple[str, str]]:
        """Each attribute of ours with its value, once."""
        return iter(self._attributes)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for attribute, value in attrs:
            if attribute.startswith("dj-"):
                self._attributes[attribute, value or ""] = None
