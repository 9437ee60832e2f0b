"""Finds which names a template binds: those that stand as `dj-model` in its own markup."""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser

#: What Jinja2 puts in or leaves out. It may hold angle brackets and quotes of its own.
DYNAMIC = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
#: Stands for it; no name contains it.
MARK = "\x00"


@lru_cache(maxsize=1_000)
def bound_names(sources: tuple[str, ...]) -> frozenset[str]:
    """Return the names that these templates bind.

    What a template prints cannot bind: values never stand in its source, and a name that
    is put together while it renders is not known.
    """
    found: set[str] = set()
    for source in sources:
        reader = _Reader(found)
        reader.feed(DYNAMIC.sub(MARK, source))
        reader.close()
    return frozenset(found)


class _Reader(HTMLParser):
    """Reads tags as a browser does: none in comments, scripts or attributes."""

    def __init__(self, found: set[str]) -> None:
        super().__init__()
        self._found = found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for attribute, name in attrs:
            if attribute.partition(".")[0] == "dj-model" and name and MARK not in name:
                self._found.add(name)
