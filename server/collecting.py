"""Lets Python look for garbage less often than it does by default, and not where there is none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from .settings import Settings


@contextmanager
def collecting_rarely(settings: Settings) -> Iterator[None]:
    """Have the collector leave what exists now alone, and look at the rest more rarely.

    Modules, templates and the like live as long as the server: looking through them again and
    again finds nothing. Nearly all else goes without a collector, as its last reference does.
    For a process that only serves; afterwards all is as it was.
    """
    if not settings.gc_objects:
        yield
        return
    former = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(settings.gc_objects, *former[1:])
    try:
        yield
    finally:
        gc.set_threshold(*former)
        gc.unfreeze()
