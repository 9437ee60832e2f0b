"""ActivityMixin: regions of a page that are hidden and shown again, as they were left."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any, ClassVar

from jinja2 import Undefined, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from ..actors import Message, handles
from ..client.messages import Event
from .behaviour import Behaviour

__all__ = ["ActivityBehaviour", "ActivityMixin"]

#: Attributes by which elements name what they run.
_HANDLERS = re.compile(
    r"""\sdj-(?:window-)?(?:click|click-away|submit|change|input|keydown|keyup|focus|blur|poll"""
    r"""|viewport-top|viewport-bottom)(?:\.[\w.-]+)?\s*=\s*["']?(\w+)"""
)
#: A tag whose name is computed, or one whose name is known: then that is the group.
_NAMED = re.compile(r"""\{%[-+]?\s*dj_activity\s+(?:"([^"]*)"|'([^']*)'|[^"'\s])""")
_OPTIONS = ("visible", "eager")


class RegionsShown(Message, frozen=True):
    """The page shows regions again for which events wait."""

    is_control: ClassVar[bool] = True


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
            handlers: Mapping[str, int] = Counter(_HANDLERS.findall(read_html()))
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


_ELEMENT = Markup('<div class="dj-activity" dj-activity="{}"{}>{}</div>')


class ActivityBehaviour(Behaviour):
    """Decides which regions are shown, and keeps what their elements say while they are not.

    A hidden region stays in the page. Its expressions are not evaluated; showing it sends
    what has changed since. Events of its elements wait, and run once it is shown.
    """

    __slots__ = ()

    _template_extensions: ClassVar[tuple[type, ...]] = (ActivityTag,)

    #: Names of regions that are kept up to date while they are hidden.
    eager_activities: Collection[str] = ()
    #: So many events of one region wait while it is hidden; beyond that the oldest go.
    activity_event_queue_cap: int = 100

    def set_activity_visible(self, name: str, visible: bool) -> None:
        """Show or hide a region. From then on this counts, not the tag's `visible`.

        Events that have waited for the region run at the end of this turn.
        """
        self._require_activity(name)
        self._activity_choices = {**self._activity_choices, name: bool(visible)}

    def is_activity_visible(self, name: str) -> bool:
        """A region is shown, and so are the regions around it.

        What a tag's `visible` says is known once the page was rendered; before, it counts as true.
        """
        self._require_activity(name)
        region = self._activity_regions.get(name)
        is_shown = self._activity_choices.get(name, region is None or region.is_shown)
        if not is_shown or region is None or not region.parent:
            return is_shown
        return self.is_activity_visible(region.parent)

    def _require_activity(self, name: str) -> None:
        if name in self._activity_regions or name in self._activity_choices:
            return
        found = [match for one in self._template_sources for match in _NAMED.finditer(one)]
        names = {match[1] or match[2] for match in found}
        # Where a name is computed, any may come.
        if None not in names and name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            known = ", ".join(sorted(names)) or "none"
            raise ValueError(f"The template has no region {name!r}.{hint} Its regions: {known}.")

    # --- state ----------------------------------------------------------------------------

    @cached_property
    def _activity_choices(self) -> dict[str, bool]:
        """What the author has said, by region."""
        return {}

    @cached_property
    def _activity_regions(self) -> dict[str, Region]:
        """The regions of the page as it was rendered last."""
        return {}

    @cached_property
    def _activity_rendering(self) -> Rendering:
        """The render that is under way, or was the last."""
        return Rendering({}, (), {})

    @cached_property
    def _waiting_events(self) -> tuple[tuple[str, Event], ...]:
        """What elements of hidden regions have said, with their regions, oldest first."""
        return ()

    # --- hooks ----------------------------------------------------------------------------

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self._activity_rendering = Rendering(
            self._activity_choices, self.eager_activities, self._activity_regions
        )
        kwargs["live_activities"] = self._activity_rendering
        return super().get_context_data(**kwargs)

    def _page_rendered(self) -> None:
        super()._page_rendered()
        self._activity_regions = self._activity_rendering.regions()
        if any(self._is_shown_now(name) for name, _ in self._waiting_events):
            self._address.tell(RegionsShown())

    def _holds_back(self, event: Event) -> bool:
        name = self._hidden_place_of(event)
        if not name:
            return super()._holds_back(event)
        waiting = [*self._waiting_events, (name, event)]
        places = [index for index, (region, _) in enumerate(waiting) if region == name]
        if len(places) > self.activity_event_queue_cap:
            del waiting[places[0]]
        self._waiting_events = tuple(waiting)
        return True

    async def _turn_done(self) -> None:
        await super()._turn_done()
        if self._waiting_events:
            await self._replay_shown(self._is_certainly_shown)

    def _save(self) -> dict[str, Any]:
        waiting = [[region, event.name, event.parameters] for region, event in self._waiting_events]
        said = {"choices": self._activity_choices, "waiting": waiting}
        return super()._save() | ({"activity": said} if any(said.values()) else {})

    def _load(self, saved: Mapping[str, Any]) -> None:
        super()._load(saved)
        said = saved.get("activity", {})
        self._activity_choices = said.get("choices", {})
        self._waiting_events = tuple(
            (region, Event(0, name, parameters))
            for region, name, parameters in said.get("waiting", ())
        )

    # --- events of hidden regions -----------------------------------------------------------

    def _hidden_place_of(self, event: Event) -> str:
        """The hidden region that an event comes from, or nothing.

        Where only hidden regions name the handler, that decides. What the browser says of
        the element counts for the rest, such as what a hook runs.
        """
        hidden = [one for one in self._activity_regions.values() if not one.is_visible]
        if not hidden:
            return ""
        if any(one.name == event.target for one in hidden):
            return event.target
        # The innermost stand behind those around them.
        naming = [one for one in hidden if event.name in one.handlers]
        if not naming or self._stands_elsewhere(event.name, hidden):
            return ""
        return naming[-1].name

    def _stands_elsewhere(self, handler: str, hidden: list[Region]) -> bool:
        """An element outside of all hidden regions names the handler as well."""
        html = self._shown_html()
        if html is None:
            return True
        names = {region.name for region in hidden}
        outermost = [region for region in hidden if region.parent not in names]
        within = sum(region.handlers.get(handler, 0) for region in outermost)
        return _HANDLERS.findall(html).count(handler) > within

    def _is_shown_now(self, name: str) -> bool:
        return name in self._activity_regions and self.is_activity_visible(name)

    def _is_certainly_shown(self, name: str) -> bool:
        """The author has said so. What tags say now, only the next render can tell."""
        region = self._activity_regions.get(name)
        while region is not None and self._activity_choices.get(region.name):
            if not region.parent:
                return True
            region = self._activity_regions.get(region.parent)
        return False

    async def _replay_shown(self, is_shown: Callable[[str], bool]) -> None:
        """Run what has waited for regions that are shown now, each event in a turn of its own."""
        while True:
            waiting = self._waiting_events
            found = (place for place, (name, _) in enumerate(waiting) if is_shown(name))
            place = next(found, None)
            if place is None:
                return
            self._waiting_events = waiting[:place] + waiting[place + 1 :]
            await self._replay(waiting[place][1])

    @handles(RegionsShown)
    async def _on_regions_shown(self, shown: RegionsShown) -> None:
        await self._replay_shown(self._is_shown_now)


class ActivityMixin(ActivityBehaviour):
    """`set_activity_visible`, and the tag `{% dj_activity %}`. Every LiveView includes it."""

    __slots__ = ()
