"""Gives the tests of rendering a browser's end without a browser."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import msgspec
import pytest

from limelight.client.mirror import Mirror
from limelight.server.rendering.keys import KeyTag
from limelight.server.rendering.picture import LiveTemplates, Patch, Picture


class Page:
    """A picture and the mirror of its browser, which must agree after every update."""

    def __init__(
        self, source: str, filters: dict[str, Callable[..., Any]] | None = None, **context: Any
    ) -> None:
        environment = jinja2.Environment(autoescape=True, extensions=[KeyTag])
        environment.filters.update(filters or {})
        self.stock = environment.from_string(source)
        self.template = LiveTemplates(environment).from_string(source, "page.html")
        self.picture = Picture(self.template)
        self.mirror = Mirror()
        self.context: dict[str, Any] = context
        root, shapes = self.picture.whole(context)
        self.mirror.learn(shapes)
        self.mirror.replace(root)

    def update(self, **changes: Any) -> Patch | None:
        """Render again; bring the patch to the mirror, and compare."""
        self.context.update(changes)
        patch = self.picture.update(self.context)
        if patch is not None:
            self._apply(patch)
        assert self.mirror.html() == self.stock.render(self.context)
        return patch

    def diff(self, **changes: Any) -> Any:
        """The diff of an update, or `None` if nothing changed."""
        patch = self.update(**changes)
        return None if patch is None else patch.diff

    def _apply(self, patch: Patch) -> None:
        self.mirror.learn(patch.shapes)
        if patch.diff is None:
            self.mirror.replace(patch.root)
        else:
            self.mirror.patch(msgspec.json.decode(msgspec.json.encode(patch.diff)))

    @property
    def html(self) -> str:
        return self.mirror.html()


@pytest.fixture
def open_page() -> type[Page]:
    return Page


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """The random stories, which the soak run tells as well."""
    name = "rendering_oracle"
    if name not in sys.modules:
        path = Path(__file__).with_name("oracle.py")
        specification = importlib.util.spec_from_file_location(name, path)
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        sys.modules[name] = module
        specification.loader.exec_module(module)
    return sys.modules[name]
