"""Ordinary Jinja2 templates, compiled so that a view can show their changes."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import jinja2
from jinja2 import Environment, Template
from jinja2.ext import Extension
from jinja2.runtime import Context

from .advice import Adviser
from .generator import LiveGenerator
from .keys import KeyTag
from .references import referenced_sources
from .regions import Region
from .tree import Node
from .values import nothing
from .writing import node_to_html, value_to_html

#: How many templates are found without asking Jinja2's own cache.
_MOST_TEMPLATES = 400


class LiveTemplates:
    """The templates of one application: an environment, compiled for live views.

    The environment given is not changed; its filters, tests and globals are shared until the
    first template is compiled. In production they are fixed then, because the compiler looks
    at them; in development changed files are compiled again, and globals are read anew.
    """

    def __init__(
        self,
        environment: Environment | None = None,
        *,
        loader: jinja2.BaseLoader | None = None,
        development: bool = False,
    ) -> None:
        given = environment or Environment(autoescape=True)
        if given.is_async:
            raise ValueError(
                "The environment has enable_async=True. A live template renders in one step, "
                "so that nothing changes meanwhile: load what it needs in the view's handlers, "
                "and pass an environment without enable_async."
            )
        self.development = development
        self.environment = given.overlay()
        self.environment.code_generator_class = LiveGenerator
        # Cached code from elsewhere yields strings.
        self.environment.bytecode_cache = None
        self.environment.auto_reload = development
        self.environment.add_extension(KeyTag)
        if loader is not None:
            self.environment.loader = loader
        if callable(given.autoescape):
            self.environment.autoescape = self._escapes(given.autoescape)
        #: Names of templates that stand in the program: HTML, whatever they are called.
        self._names: set[str | None] = {None}
        self._own_globals: dict[str, Any] = {}
        self._macros: dict[str, Template] = {}
        self._is_frozen = False
        self._adviser = Adviser() if development else None

    def extend(self, *extensions: type[Extension], **names: Any) -> None:
        """Add tags and global names, for these templates only.

        A tag whose `parse` returns ordinary statements (`If`, `For`, `Output`, `Scope`)
        compiles like those and keeps its tree; one that returns a `CallBlock` becomes one
        string. Raises `RuntimeError` once a template was compiled.
        """
        if self._is_frozen:
            raise RuntimeError(
                "Templates are compiled already, so that new tags and names come too late. "
                "Call extend() before the first get_template() or from_string()."
            )
        for extension in extensions:
            self.environment.add_extension(extension)
        self._own_globals.update(names)

    def _escapes(self, given: Callable[[str | None], bool]) -> Callable[[str | None], bool]:
        return lambda name: name in self._names or given(name)

    def advise(self, node: Node) -> None:
        """In development: log what in a rendered tree keeps changes from being small."""
        if self._adviser is not None:
            self._adviser.look(node)

    def from_string(self, source: str, name: str | None = None) -> LiveTemplate:
        """Compile a template that stands in the program."""
        self._freeze()
        self._names.add(name)
        code = self.environment.compile(source, name)
        template = Template.from_code(
            self.environment, code, self.environment.make_globals(None), None
        )
        return LiveTemplate(self, template, source)

    def get_template(self, name: str) -> LiveTemplate:
        """Load a template by name, through the environment's loader."""
        self._freeze()
        return LiveTemplate(self, self.environment.get_template(name))

    def macros(self, source: str, names: Mapping[str, object]) -> Any:
        """The macros that some markup defines, as attributes of an object.

        `names` are what they know besides their arguments. A live template that calls one
        gets its tree.
        """
        template = self._macros.get(source)
        if template is None:
            template = self._macros[source] = self.from_string(source, "<macros>")._template
        return template.make_module(dict(names))

    def _freeze(self) -> None:
        if self._is_frozen:
            return
        self._is_frozen = True
        environment = self.environment
        if self.development:
            both: Any = ChainMap(self._own_globals, environment.globals)
            environment.globals = both
            return
        fixed = {**environment.globals, **self._own_globals}
        environment.globals = MappingProxyType(fixed)  # type: ignore[assignment]
        environment.filters = MappingProxyType(dict(environment.filters))  # type: ignore[assignment]
        environment.tests = MappingProxyType(dict(environment.tests))  # type: ignore[assignment]
        environment.get_template = lru_cache(_MOST_TEMPLATES)(environment.get_template)  # type: ignore[method-assign]
        # A plain dict: a chain of two is asked for its keys at every import.
        environment.make_globals = lambda d: {**fixed, **(d or {})}  # type: ignore[method-assign]


class LiveTemplate:
    """One template: rendered to a tree for views, or to plain HTML."""

    def __init__(
        self,
        templates: LiveTemplates,
        template: Template,
        source: str | None = None,
        block: str = "",
    ) -> None:
        self.templates = templates
        #: The block that is rendered alone; empty for the whole template.
        self.block = block
        self._template = template
        self._source = source
        self._sources: tuple[str, ...] | None = None
        self._globals = dict(template.globals)
        self._globals_keys = set(self._globals)

    @property
    def name(self) -> str:
        return self._template.name or "<template>"

    @property
    def source(self) -> str:
        if self._source is None:
            loader = self.templates.environment.loader
            assert loader is not None
            self._source = loader.get_source(self.templates.environment, self.name)[0]
        return self._source

    @property
    def sources(self) -> tuple[str, ...]:
        """The markup of this template and of all that it names: parents, includes, imports."""
        if self._sources is None:
            self._sources = tuple(referenced_sources(self.templates.environment, self.source))
        return self._sources

    def fragment(self, name: str) -> LiveTemplate:
        """One block of this template, rendered alone. It cannot use `super()`.

        Raises `ValueError` if the template itself has no block of that name.
        """
        if name not in self._template.blocks:
            known = ", ".join(sorted(self._template.blocks)) or "none"
            raise ValueError(
                f"Template {self.name!r} has no block {name!r}. Its blocks are: {known}."
            )
        return LiveTemplate(self.templates, self._template, self._source, name)

    def render(self, context: Mapping[str, object]) -> str:
        """The plain HTML, exactly what stock Jinja2 renders."""
        return node_to_html(self.tree(context))

    def rows(self, region: Region, context: Mapping[str, object]) -> str:
        """The HTML of a stream's rows alone: of those that this context has."""
        try:
            tree = region.tree(self._context(self._current(), context), nothing)
        except Exception as error:  # noqa: BLE001
            _note_place(error)
            self.templates.environment.handle_exception()
        return value_to_html(tree, True)

    def tree(self, context: Mapping[str, object], previous: Any = nothing) -> Node:
        """Render to a tree that shares with `previous` what did not change.

        What the template raises comes out with the lines of the template in its traceback.
        """
        template = self._current()
        function = template.blocks[self.block] if self.block else template.root_render_func
        tree: Any = function.tree  # type: ignore[attr-defined]
        try:
            node: Node = tree(self._context(template, context), previous)
        except Exception as error:  # noqa: BLE001
            _note_place(error)
            self.templates.environment.handle_exception()
        return node

    def _current(self) -> Template:
        """The template as it is now: in development its file may have changed."""
        if self.templates.development and self._template.name and self._source is None:
            self._template = self.templates.environment.get_template(self._template.name)
        return self._template

    def _context(self, template: Template, variables: Mapping[str, object]) -> Context:
        """Like `Template.new_context`, without copying the globals for every render."""
        if self.templates.development:
            self._globals = dict(template.globals)
            self._globals_keys = set(self._globals)
        environment = template.environment
        context = environment.context_class(
            environment, {**self._globals, **variables}, template.name, template.blocks
        )
        context.globals_keys = self._globals_keys
        return context


def _note_place(error: Exception) -> None:
    """Add to an error where in which template it was raised."""
    place = ""
    step = error.__traceback__
    while step is not None:
        template = step.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            line = template.get_corresponding_lineno(step.tb_lineno)
            place = f"In template {template.name or '<template>'!r}, line {line}."
        step = step.tb_next
    if place and place not in getattr(error, "__notes__", ()):
        error.add_note(place)
