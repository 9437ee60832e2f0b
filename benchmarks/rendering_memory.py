"""Measures what views of a table hold: `python -m benchmarks.rendering memory`."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from limelight.server.rendering.picture import LiveTemplate, LiveTemplates, Picture

from .rendering_pages import (
    FILTERED,
    KEYED,
    TABLE,
    FrozenProduct,
    Product,
    change_cell,
    products,
    replace_row,
    table,
)


def held(make: Callable[[], object]) -> int:
    """Bytes that an object keeps alive."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = make()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return after - before


class View:
    """A table of which pictures are made, in several states."""

    def __init__(self, template: LiveTemplate, context: dict[str, Any]) -> None:
        self.template = template
        self.context = context
        Picture(template).first_html(context, "n0")

    def shown(self) -> Picture:
        picture = Picture(self.template)
        picture.first_html(self.context, "n0")
        picture.adopt()
        return picture

    def resting(self) -> Picture:
        picture = self.shown()
        picture.rest()
        return picture

    def after_update(self) -> Picture:
        picture = self.shown()
        is_frozen = isinstance(self.context["rows"][0], FrozenProduct)
        (replace_row if is_frozen else change_cell)(self.context)
        picture.update(self.context)
        return picture


def measure_memory() -> Iterator[str]:
    templates = LiveTemplates()
    for name, source, kind in (
        ("1000x4 mutable rows", TABLE, Product),
        ("1000x4 mutable keyed rows", KEYED, Product),
        ("1000x4 frozen rows", TABLE, FrozenProduct),
        ("1000x4 with two filters", FILTERED, Product),
    ):
        view = View(templates.from_string(source), table(products(kind)))
        yield (
            f"{name:34} active {held(view.shown) / 1024:6.1f} KiB, after an update "
            f"{held(view.after_update) / 1024:6.1f} KiB, idle {held(view.resting) / 1024:6.1f} KiB"
        )
