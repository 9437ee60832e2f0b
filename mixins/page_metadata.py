"""PageMetadataMixin: the title and what else the page's head says follow the view."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from .behaviour import Behaviour

__all__ = ["PageMetadataBehaviour", "PageMetadataMixin"]

log = logging.getLogger("limelight.views")

KEY = re.compile(r"[A-Za-z][\w:.-]*")
#: These come as links; a badge is drawn upon the icon by the browser.
LINKS = {"canonical": "canonical", "favicon": "icon"}
#: Where a link may lead; addresses without a scheme belong to this site.
SCHEMES = re.compile(r"(?!\s*[A-Za-z][A-Za-z0-9+.-]*:)|\s*(?:https?:|data:image/)", re.IGNORECASE)


class Metadata(NamedTuple):
    """What a head says of its page."""

    title: str
    meta: dict[str, str]


#: That of most views, which share it.
NO_METADATA = Metadata("", {})


class PageMetadataBehaviour(Behaviour):
    """Writes metadata into the first HTML, and then tells the browser what has changed.

    It looks after every render, so that a dictionary that was changed in place is seen.
    """

    __slots__ = ()

    #: The document's title; None: that of the layout, later the name of the view.
    page_title: str | None = None

    if TYPE_CHECKING:
        #: What the head says by name: `description`, `og:image`, `canonical`, `theme-color`,
        #: `favicon`, `badge` and any other. None takes it away.
        page_meta: dict[str, Any]
    else:

        @cached_property
        def page_meta(self) -> dict[str, Any]:
            return {}

    # --- hooks ------------------------------------------------------------------------

    def _add_to_context(self, context: dict[str, Any]) -> None:
        if self.page_title:
            context["page_title"] = self.page_title

    def _head(self) -> str:
        tags = [_tag(key, value) for key, value in self._metadata().meta.items()]
        return super()._head() + "".join(f"\n{tag}" for tag in tags if tag)

    def _page_rendered(self) -> None:
        now, shown = self._metadata(), self._metadata_shown
        if now is shown or now == shown:
            return
        self._metadata_shown = now
        self._warn_of_unfit(now)
        if shown is None:
            # The first render: its HTML says it all. A page that moved here has another head.
            if self.connected:
                self._put_effect("meta", [now.meta, True])
        else:
            self._tell_changes(shown, now)

    def _page_begun(self) -> None:
        super()._page_begun()
        shown = self._metadata_shown
        if shown is not None and "badge" in shown.meta:
            self._put_effect("meta", [{"badge": shown.meta["badge"]}])

    # --- what is done in them -----------------------------------------------------------

    @cached_property
    def _metadata_shown(self) -> Metadata | None:
        return None

    def _tell_changes(self, shown: Metadata, now: Metadata) -> None:
        if now.title != shown.title:
            self._put_effect("title", now.title or type(self).__name__)
        changes: dict[str, str | None] = dict.fromkeys(shown.meta.keys() - now.meta.keys())
        changes |= {key: value for key, value in now.meta.items() if shown.meta.get(key) != value}
        if changes:
            self._put_effect("meta", [changes])

    def _metadata(self) -> Metadata:
        given = self._given()
        if not given and not self.page_title:
            return NO_METADATA
        meta = {key: str(value) for key, value in given.items() if _fits(key, value)}
        return Metadata(str(self.page_title or ""), meta)

    def _given(self) -> Mapping[str, Any]:
        """What the author has set, without making a dictionary for who has none."""
        given = vars(self).get("page_meta") or getattr(type(self), "page_meta", None)
        return given if isinstance(given, Mapping) else {}

    def _warn_of_unfit(self, now: Metadata) -> None:
        for key, value in self._given().items():
            if value is not None and key not in now.meta:
                log.warning("%s.page_meta leaves out %r: %r", type(self).__name__, key, value)


class PageMetadataMixin(PageMetadataBehaviour):
    """`page_title` and `page_meta`. Every LiveView includes it."""

    __slots__ = ()


def _fits(key: str, value: Any) -> bool:
    if value is None or not KEY.fullmatch(key):
        return False
    return key not in LINKS or bool(SCHEMES.match(str(value)))


def _tag(key: str, value: str) -> str:
    """Return the tag of a first HTML. The browser's metadata.js makes the same."""
    if key == "badge":
        return ""
    if key in LINKS:
        tag = Markup('<link rel="{}" href="{}" dj-meta="{}">')
        return tag.format(LINKS[key], value, key)
    name = "property" if key.startswith(("og:", "twitter:")) else "name"
    tag = Markup('<meta {}="{}" content="{}" dj-meta="{}">')
    return tag.format(Markup(name), key, value, key)
