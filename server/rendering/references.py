"""Finds the markup that a template is made of: its own, and that of the templates it names."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, TemplateNotFound
from jinja2.meta import find_referenced_templates


def referenced_sources(environment: Environment, source: str) -> Iterator[str]:
    """Yield a template's markup and that of what it extends, includes or imports.

    Only names that stand in the markup are followed; what is chosen while it renders is not
    known, nor is what is not there.
    """
    waiting, found = [source], set[str]()
    while waiting:
        markup = waiting.pop()
        yield markup
        for name in find_referenced_templates(environment.parse(markup)):
            if name is not None and name not in found:
                found.add(name)
                waiting += _source_of(environment, name)


def _source_of(environment: Environment, name: str) -> list[str]:
    try:
        return [environment.loader.get_source(environment, name)[0]] if environment.loader else []
    except TemplateNotFound:
        return []
