"""FlashMixin: short messages that appear in a live region and go again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from jinja2 import Undefined, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from .behaviour import Behaviour

__all__ = ["FlashBehaviour", "FlashMixin"]

LEVEL = re.compile(r"[a-z][a-z0-9_-]*")
DISMISS_MILLISECONDS = 5_000
#: How long a message may be on its way to the next page.
CARRY_SECONDS = 60
#: Set by the browser's module, since a socket cannot; the server takes it once.
COOKIE = "live_next_flash"


@dataclass(frozen=True, slots=True)
class Flash:
    """One message, as the page shows it."""

    id: str
    level: str
    message: str

    def html(self) -> Markup:
        return _ITEM.format(self)


class FlashTag(Extension):
    """`{% flash %}` or `{% flash auto_dismiss=3000 %}`: where messages appear.

    `auto_dismiss` is in milliseconds; with 0 they stay until they are closed.
    """

    tags = {"flash"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        dismiss: nodes.Expr = nodes.Const(DISMISS_MILLISECONDS, lineno=line)
        if parser.stream.skip_if("name:auto_dismiss"):
            parser.stream.expect("assign")
            dismiss = parser.parse_expression()
        elif not parser.stream.current.test("block_end"):
            parser.fail("{% flash %} takes nothing but auto_dismiss=<milliseconds>.", line)
        flashes = nodes.Name("live_flashes", "load", lineno=line)
        return nodes.Output([self.call_method("_region", [flashes, dismiss])], lineno=line)

    def _region(self, flashes: Any, auto_dismiss: int) -> Markup:
        # Strict environments raise where an undefined name is used.
        shown: Sequence[Flash] = () if isinstance(flashes, Undefined) else flashes
        return _REGION.format(int(auto_dismiss), Markup().join(one.html() for one in shown))


# The browser's flash.js makes the same element, and gives each its button.
_ITEM = Markup(
    '<div id="{0.id}" class="dj-flash-item dj-flash-{0.level}" data-level="{0.level}">'
    "<span>{0.message}</span></div>"
)
_REGION = Markup('<div class="dj-flash" dj-flash="{}" dj-update="ignore" role="status">{}</div>')


class FlashBehaviour(Behaviour):
    """Puts messages into the first HTML while that is not made yet, and tells the browser of all.

    Its browser shows none twice, carries one along a move, and closes it after a while.
    """

    __slots__ = ()

    _template_extensions: ClassVar[tuple[type, ...]] = (FlashTag,)

    @cached_property
    def _first_flashes(self) -> tuple[Flash, ...]:
        """What the first HTML shows. It stays: what became of it since, only the browser knows."""
        return ()

    def put_flash(self, level: str, message: object) -> None:
        """Show a message; its element has the class `dj-flash-{level}`.

        The message is text: markup in it is shown as it stands. Put before `live_redirect`,
        it appears on the next page.
        """
        if not LEVEL.fullmatch(level):
            raise ValueError(
                f"{level!r} is no level of a flash. It becomes part of a CSS class: expected "
                'lower-case letters, digits, "-" and "_", such as "success".'
            )
        flash = Flash(f"flash-{secrets.token_hex(4)}", level, str(message))
        if not self._first_html_is_made:
            self._first_flashes = (*self._first_flashes, flash)
        token = self._sign("flash", [self.request.session_id, flash.level, flash.message])
        self._put_effect("flash", ["put", flash.id, flash.level, flash.message, token])

    def clear_flash(self, level: str | None = None) -> None:
        """Remove the messages of a level, or all of them."""
        if not self._first_html_is_made:
            kept = () if level is None else self._first_flashes
            self._first_flashes = tuple(one for one in kept if one.level != level)
        self._put_effect("flash", ["clear", level or ""])

    # --- hooks ------------------------------------------------------------------------

    @cached_property
    def _first_html_is_made(self) -> bool:
        return False

    def _add_to_context(self, context: dict[str, Any]) -> None:
        if self._first_flashes:
            context["live_flashes"] = self._first_flashes

    def _begin(self) -> Awaitable[None] | None:
        for token in self.request.cookies.get(COOKIE, "").split("~"):
            said = self._read_signed("flash", token, CARRY_SECONDS) if token else None
            if said is not None and said[0] == self.request.session_id:
                self.put_flash(said[1], said[2])
        return super()._begin()

    def _page_rendered(self) -> None:
        if not self._first_html_is_made:
            self._first_html_is_made = True


class FlashMixin(FlashBehaviour):
    """`put_flash` and `clear_flash`, and the tag `{% flash %}`. Every LiveView includes it."""

    __slots__ = ()
