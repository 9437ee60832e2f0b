"""The regions of a template: `{% dj_activity %}`, and which of them one render meets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

#: Attributes by which elements name what they run.
HANDLERS = re.compile(
    r"""\sdj-(?:window-)?(?:click|click-away|submit|change|input|keydown|keyup|focus|blur|poll"""
    r"""|viewport-top|viewport-bottom)(?:\.[\w.-]+)?\s*=\s*["']?(\w+)"""
)
_OPTIONS = ("visible", "eager")
_ELEMENT = Markup('<div class="dj-activity" dj-activity="{}"{}>{}</div>')


@dataclass(frozen=True, slots=True)
class Region:
    """One region as the page was rendered last."""

    name: str
    parent: str
    #: As its own tag and the author say; the regions around it are another matter.
    is_shown: bool
    #: It is shown, and so are all regions around it.
    is_visible: bool
    is_evaluated: bool
    #: The handlers that its elements name, and how often; only known while it is hidden.
    handlers: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Rendering:
    """The regions that one render meets."""

    choices: Mapping[str, bool]
    eager: Collection[str]
    known: Mapping[str, Region]
    met: dict[str, Region] = field(default_factory=dict)
    #: Those that are being rendered, innermost last.
    open: list[Region] = field(default_factory=list)

    def enter(self, name: str, visible: object, eager: object) -> Place:
        if name in self.met:
            raise ValueError(
                f"Two regions of this page are called {name!r}. A region stands in one place: "
                'give each its own name, such as {% dj_activity "row-" ~ row.id %} in a loop.'
            )
        parent = self.open[-1] if self.open else None
        is_shown = self.choices.get(name, bool(visible))
        is_visible = is_shown and (parent is None or parent.is_visible)
        is_evaluated = is_visible or bool(eager) or name in self.eager
        region = Region(name, parent.name if parent else "", is_shown, is_visible, is_evaluated)
        self.met[name] = region
        return Place(self, region)

    def regions(self) -> dict[str, Region]:
        """All regions of the page: those met, and those within one that was left as it was."""
        found = dict(self.met)
        for name, region in self.known.items():
            around = found.get(region.parent)
            if name not in found and around is not None and not around.is_evaluated:
                is_visible = region.is_shown and around.is_visible
                found[name] = replace(region, is_visible=is_visible, is_evaluated=False)
        return found


@dataclass(slots=True)
class Place:
    """One region in one render, as the renderer sees it."""

    rendering_of: Rendering
    region: Region

    @property
    def name(self) -> str:
        return self.region.name

    @property
    def is_shown(self) -> bool:
        return self.region.is_shown

    @property
    def is_evaluated(self) -> bool:
        return self.region.is_evaluated

    @contextmanager
    def rendering(self) -> Iterator[None]:
        self.rendering_of.open.append(self.region)
        yield
        self.rendering_of.open.pop()

    def rendered(self, read_html: Callable[[], str], *, has_changed: bool) -> None:
        """Note which handlers a hidden region names: it is asked for when events come."""
        if self.region.is_visible:
            return
        known = self.rendering_of.known.get(self.name)
        if has_changed or known is None or known.is_visible:
            handlers: Mapping[str, int] = Counter(HANDLERS.findall(read_html()))
        else:
            handlers = known.handlers
        self.rendering_of.met[self.name] = replace(self.region, handlers=handlers)


class ActivityTag(Extension):
    """`{% dj_activity "name" visible=... eager=... %} ... {% enddj_activity %}`."""

    tags = {"dj_activity"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        name = parser.parse_expression()
        self._refuse_second(parser, name, line)
        given: dict[str, nodes.Expr] = {}
        while not parser.stream.current.test("block_end"):
            parser.stream.skip_if("comma")
            option = parser.stream.expect("name").value
            if option not in _OPTIONS or option in given:
                parser.fail(f"{{% dj_activity %}} takes {' and '.join(_OPTIONS)}, once each.", line)
            parser.stream.expect("assign")
            given[option] = parser.parse_expression()
        body = parser.parse_statements(("name:enddj_activity",), drop_needle=True)
        activities = nodes.Name("live_activities", "load", lineno=line)
        options = [given.get(one, nodes.Const(one == "visible", lineno=line)) for one in _OPTIONS]
        call = self.call_method("_place", [activities, name, *options], lineno=line)
        statement = nodes.CallBlock(call, [], [], body, lineno=line)
        # The compiler of live templates makes a region of it, which keeps its tree.
        # Jinja2's nodes have no field for it, so that the type checkers know of none.
        statement.is_activity = True  # type: ignore[attr-defined]
        return statement

    def _refuse_second(self, parser: Parser, name: nodes.Expr, line: int) -> None:
        if not isinstance(name, nodes.Const):
            return
        names: set[Any] = vars(parser).setdefault("live_activity_names", set())
        if not isinstance(name.value, str) or not name.value:
            parser.fail(f"The name of a region is text, not {name.value!r}.", line)
        if name.value in names:
            parser.fail(f"Two regions of this template are called {name.value!r}.", line)
        names.add(name.value)

    def _place(
        self,
        activities: Any,
        name: object,
        visible: object,
        eager: object,
        caller: Callable[[], str] | None = None,
    ) -> Any:
        if isinstance(activities, Undefined):
            activities = Rendering({}, (), {})
        place: Place = activities.enter(str(name), visible, eager)
        if caller is None:
            return place
        # Within {% set %} or {% filter %} there is no tree: it is rendered every time.
        with place.rendering():
            html = caller()
        place.rendered(lambda: html, has_changed=True)
        hidden = Markup("" if place.is_shown else " hidden inert")
        return _ELEMENT.format(place.name, hidden, Markup(html))
