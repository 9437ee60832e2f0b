"""Finds and compiles the template of a view and its layout, and says what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import jinja2

from .handlers import suggestion
from .rendering.templates import LiveTemplate, LiveTemplates
from .template_advice import advise_on_markup

if TYPE_CHECKING:
    from .view import View

Found = TypeVar("Found")


def compile_view(templates: LiveTemplates, view: type[View]) -> LiveTemplate:
    """Compile the template of a view; raise TypeError if it has none, or a whole page."""
    if view.template:
        # Quart's environment escapes by the ending of a template's name.
        name = f"{view.__qualname__}.template.html"
        template = templates.from_string(view.template, name)
    elif view.template_name:
        template = found_by_name(
            view, "template_name", templates.environment, templates.get_template
        )
    else:
        raise TypeError(f"{view.__qualname__} needs a `template` or a `template_name`.")
    if "<html" in template.source.lower():
        raise TypeError(
            f"The template of {view.__qualname__} is a whole page. A view's template is what "
            "stands inside the live root: put <html>, <head> and <body> into its `layout`."
        )
    if templates.development:
        advise_on_markup(view, template.sources)
    return template


def found_by_name(
    view: type[View],
    attribute: str,
    environment: jinja2.Environment,
    find: Callable[[str], Found],
) -> Found:
    """Find what an attribute of a view names; a missing file is named with the nearest there is."""
    name: str = getattr(view, attribute)
    try:
        return find(name)
    except jinja2.TemplateNotFound as missing:
        if missing.name != name:
            raise
        known = environment.list_templates() if environment.loader is not None else []
        raise LookupError(
            f'{view.__qualname__}.{attribute} is "{name}", and there is no such file in the '
            f"application's folder of templates.{suggestion(name, known)}"
        ) from missing


def require_live_parts(view: type[View], page: str, root: str, head: str) -> None:
    """Raise TypeError if a layout has left out what makes its page live."""
    for name, text in (("live_content", root), ("live_head", head)):
        if text not in page:
            raise TypeError(
                f"The layout of {view.__qualname__} does not show {{{{ {name} }}}}, so its page "
                "cannot come to life. Put {{ live_head }} into <head> and {{ live_content }} "
                "into <body>; neither needs a filter."
            )
