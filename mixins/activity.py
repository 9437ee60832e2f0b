"""ActivityMixin: regions of a page that are hidden and shown again, as they were left."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Any, ClassVar

from ..actors import Message, handles
from ..client.messages import Event
from .activity_regions import HANDLERS, ActivityTag, Place, Region, Rendering
from .behaviour import Behaviour

__all__ = ["ActivityBehaviour", "ActivityMixin"]

#: A tag whose name is computed, or one whose name is known: then that is the group.
_NAMED = re.compile(r"""\{%[-+]?\s*dj_activity\s+(?:"([^"]*)"|'([^']*)'|[^"'\s])""")


class RegionsShown(Message, frozen=True):
    """The page shows regions again for which events wait."""

    is_control: ClassVar[bool] = True


class RegionsInTemplate:
    """Is `live_activities` in every template; a view that has no regions pays nothing for it."""

    __slots__ = ("_view",)

    def __init__(self, view: ActivityBehaviour) -> None:
        self._view = view

    def enter(self, name: str, visible: object, eager: object) -> Place:
        """Meet a region in the render that is under way."""
        return self._view._activity_rendering.enter(name, visible, eager)


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
        """The render that is under way, or was the last. Unknown until a region was met."""
        return Rendering(self._activity_choices, self.eager_activities, self._activity_regions)

    @cached_property
    def _waiting_events(self) -> tuple[tuple[str, Event], ...]:
        """What elements of hidden regions have said, with their regions, oldest first."""
        return ()

    # --- hooks ----------------------------------------------------------------------------

    def _add_to_context(self, context: dict[str, Any]) -> None:
        vars(self).pop("_activity_rendering", None)
        context["live_activities"] = RegionsInTemplate(self)

    def _page_rendered(self) -> None:
        if "_activity_rendering" not in vars(self):
            if self._activity_regions:
                self._activity_regions = {}
            return
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

    def _turn_done(self) -> Awaitable[None] | None:
        if self._waiting_events:
            return self._replay_shown(self._is_certainly_shown)
        return super()._turn_done()

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
        return HANDLERS.findall(html).count(handler) > within

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
