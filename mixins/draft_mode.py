"""DraftModeMixin: what is typed is kept in the browser until it is saved, and restored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from ..client.events import EventRefused, event_handler
from .behaviour import Behaviour

__all__ = ["DraftModeBehaviour", "DraftModeMixin"]


class DraftModeBehaviour(Behaviour):
    """Tells the browser where a page's draft lies, takes it in once it is restored, and ends it.

    The draft itself never leaves the browser but for that one event.
    """

    __slots__ = ()

    _hooks: ClassVar[frozenset[str]] = frozenset({"get_draft_key", "handle_draft_restored"})

    #: Nothing is kept before this is true.
    draft_enabled: bool = False
    #: Tells the drafts of one page from each other; the name of the class, if empty.
    draft_key: str = ""

    def get_draft_key(self) -> str:
        """Return the key: override it for one draft for each article, say."""
        return self.draft_key or type(self).__name__

    def clear_draft(self) -> None:
        """Forget the draft, in all tabs: what it held is saved. A next edit begins another."""
        self._put_effect("draft", ["clear", self.get_draft_key()])

    def handle_draft_restored(self, values: Mapping[str, Any]) -> Any:
        """The page shows a draft again: take from `values` what this view keeps itself.

        They come from the browser, by the names of the controls, like those of any event. Names
        that `dj-model` binds, and the fields of a `form_class`, are taken already.
        """

    @event_handler()
    async def restore_draft(self, values: dict[str, Any]) -> None:
        """Take in what the browser has put back into the page."""
        for name, value in values.items():
            with suppress(EventRefused):  # It is bound to nothing: the hook may know it.
                await self._call("update_model", name, value)
        if hasattr(self, "validate_field"):
            await self._call("validate_field", **values)
        await self._call("handle_draft_restored", values)

    # --- hooks ----------------------------------------------------------------------------

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft = {"draft_enabled": self.draft_enabled, "draft_key": self.get_draft_key()}
        return super().get_context_data(**{**draft, **kwargs})

    def _page_begun(self) -> None:
        super()._page_begun()
        if self.draft_enabled:
            seconds = self._setting("draft_seconds")
            self._put_effect("draft", ["begin", self.get_draft_key(), self._draft_place(), seconds])

    def _draft_place(self) -> str:
        """Return where drafts lie: no other app, user or page on this site finds them there."""
        request, app = self.request, type(self).__module__
        whose = hashlib.sha256(str(request.user.auth_id or "").encode()).hexdigest()[:12]
        return f"{app}:{whose}:{request.path}"


class DraftModeMixin(DraftModeBehaviour):
    """`draft_enabled`, `draft_key`, `get_draft_key` and `clear_draft`."""

    __slots__ = ()
