"""ReactMixin: React components in a live page, rendered by the server and alive in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from markupsafe import Markup

from .behaviour import Behaviour
from .react_server import ReactFailed, ReactServer, Wanted

__all__ = ["ReactBehaviour", "ReactComponents", "ReactMixin"]


class ReactComponents:
    """The registry: which components there are, and where their scripts lie.

    `browser` is the address of a module that exports `components` (by name), `createElement`,
    `createRoot` and `hydrateRoot`. `server` is the file of a script that defines
    `limelight.render(name, propsAsJson)`; without one, browsers render alone.
    """

    def __init__(self, *names: str, browser: str, server: Path | None = None) -> None:
        if not browser.startswith("/") or browser.startswith("//"):
            raise ValueError(
                f"browser={browser!r} is no path of this site. Expected one such as "
                '"/static/components.js": a module is loaded from where the page comes from.'
            )
        if server is not None and not server.is_file():
            raise FileNotFoundError(f"server={str(server)!r} is no file. Was the bundle built?")
        self.names = frozenset(names)
        self.browser = browser
        self.server = None if server is None else ReactServer(server)
        #: How many components could not be rendered here, so that browsers did.
        self.failures = 0

    def require(self, name: str) -> None:
        """Raise ValueError for a name that is not registered."""
        if name in self.names:
            return
        near = get_close_matches(name, self.names, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        known = ", ".join(sorted(self.names)) or "none"
        raise ValueError(f'No React component "{name}" is registered.{hint} There are: {known}.')


class ReactBehaviour(Behaviour):
    """Puts islands into the page, which the page's patches leave alone but for their props.

    Components are rendered here for the first HTML only: later the browser does it better.
    """

    __slots__ = ()

    react_components: ClassVar[ReactComponents]

    def render_react_component(self, name: str, props: Mapping[str, Any] | None = None) -> Markup:
        """Return the markup of a component. New props reach it, and its own state stays.

        Props are what JSON can say. The component is given two more: `pushEvent(name,
        parameters)` runs a handler of this view, `handleEvent(name, listener)` hears what
        `push_event` sends and returns a function that ends it.
        """
        components = self.react_components
        components.require(name)
        wanted = Wanted(name, _as_json(name, dict(props or {})))
        island = _ISLAND.format(name, components.browser, wanted.props)
        if not self.connected and components.server is not None:
            self._wanted_islands[island] = wanted
        return island

    def _react(self, name: str, /, **props: Any) -> Markup:
        return self.render_react_component(name, props)

    # --- hooks ------------------------------------------------------------------------

    @cached_property
    def _wanted_islands(self) -> dict[str, Wanted]:
        """What the first HTML has to show, by the markup that stands in its place."""
        return {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("react", self._react)
        return super().get_context_data(**kwargs)

    def _browser_arrived(self, params: Mapping[str, Any]) -> None:
        super()._browser_arrived(params)
        self._wanted_islands = {}

    async def _finish_html(self, html: str) -> str:
        html = await super()._finish_html(html)
        wanted, self._wanted_islands = self._wanted_islands, {}
        present = {island: one for island, one in wanted.items() if island in html}
        server = self.react_components.server if present else None
        if server is None or server.engine_module is None:
            return html
        for island, inside in zip(
            present, await self._rendered_islands(server, present), strict=True
        ):
            if inside is not None:
                html = html.replace(
                    island, f"{island[: -len(_END)]} dj-react-server>{inside}</div>"
                )
        return html

    async def _rendered_islands(
        self, server: ReactServer, islands: Mapping[str, Wanted]
    ) -> list[str | None]:
        """The HTML of components; None for those that the browser has to render alone."""
        limits = {
            "seconds": self._setting("react_seconds"),
            "memory_bytes": self._setting("react_bytes"),
        }
        render = partial(server.render_all, list(islands.values()), **limits)
        try:
            answers = await self._service("threads").run(render)
        except Exception as error:  # noqa: BLE001  # a page without it is better than none
            self._count_failure(error)
            return [None for _ in islands]
        return [self._inside(answer) for answer in answers]

    def _inside(self, answer: str | ReactFailed) -> str | None:
        if isinstance(answer, str):
            return answer
        self._count_failure(answer)
        return None

    def _count_failure(self, error: Exception) -> None:
        self.react_components.failures += 1
        self._report_failure("render_react_component", error)


class ReactMixin(ReactBehaviour):
    """`render_react_component`, and `{{ react("Name", label="Go") }}`. Name it explicitly."""

    __slots__ = ()


_END = "></div>"
_ISLAND = Markup(
    '<div class="dj-react" dj-react="{}" dj-react-src="{}" dj-react-props="{}"'
    ' dj-update="ignore"' + _END
)


def _as_json(name: str, props: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(props).decode()
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        raise TypeError(
            f"The props of {name} cannot be written as JSON: {error}. Expected text, numbers, "
            "lists, dicts, dataclasses and the like."
        ) from error
