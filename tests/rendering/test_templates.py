"""Live templates: an environment compiled for views, fragments, tags and advice."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment

from limelight.server.rendering.picture import LiveTemplates, Picture
from limelight.server.rendering.purity import pure


class WhenTag(Extension):
    """`{% when condition %}...{% endwhen %}`: an `if` in a section of its own."""

    tags = {"when"}  # noqa: RUF012

    def parse(self, parser: Parser) -> list[nodes.Node]:
        line = next(parser.stream).lineno
        test = parser.parse_expression()
        body = parser.parse_statements(("name:endwhen",), drop_needle=True)
        branch = nodes.If(test, body, [], [], lineno=line)
        opening = nodes.Output([nodes.TemplateData("<section>")], lineno=line)
        closing = nodes.Output([nodes.TemplateData("</section>")], lineno=line)
        return [opening, branch, closing]


def test_html_is_escaped_unless_an_environment_says_otherwise() -> None:
    assert LiveTemplates().from_string("{{ a }}").render({"a": "<"}) == "&lt;"
    plain = LiveTemplates(jinja2.Environment())
    assert plain.from_string("{{ a }}").render({"a": "<"}) == "<"


def test_a_template_in_the_program_escapes_whatever_its_name() -> None:
    environment = jinja2.Environment(autoescape=jinja2.select_autoescape(default=False))

    template = LiveTemplates(environment).from_string("{{ a }}", "shop.Basket")

    assert template.render({"a": "<"}) == "&lt;"


def test_a_long_chain_of_branches_compiles() -> None:
    branches = "".join(f"{{% elif box.a == {n} %}}<b>{n}</b>" for n in range(150))
    template = LiveTemplates().from_string(f"{{% if box.b %}}x{branches}{{% endif %}}")

    assert template.render({"box": {"a": 149}}) == "<b>149</b>"
    assert template.render({"box": {"a": 3}}) == "<b>3</b>"


def test_the_environment_given_is_not_changed() -> None:
    environment = jinja2.Environment(loader=jinja2.DictLoader({"a": "{{ 1 }}"}))

    LiveTemplates(environment).get_template("a")

    assert environment.code_generator_class is jinja2.Environment.code_generator_class
    environment.filters["later"] = str


def test_an_async_environment_is_refused_with_a_reason() -> None:
    with pytest.raises(ValueError, match="renders in one step"):
        LiveTemplates(jinja2.Environment(enable_async=True))


def test_a_block_can_be_rendered_alone() -> None:
    template = LiveTemplates().from_string("<p>{% block row %}<b>{{ a }}</b>{% endblock %}</p>")
    picture = Picture(template.fragment("row"))

    picture.whole({"a": 1})
    patch = picture.update({"a": 2})

    assert picture.plain_html() == "<b>2</b>"
    assert patch is not None
    assert patch.diff == {"0": "2"}


def test_a_block_that_is_not_there_is_named() -> None:
    template = LiveTemplates().from_string("{% block row %}{% endblock %}", "page")

    with pytest.raises(ValueError, match=r"'page' has no block 'rwo'\. Its blocks are: row"):
        template.fragment("rwo")


def test_a_tag_of_ones_own_keeps_its_tree() -> None:
    templates = LiveTemplates()
    templates.extend(WhenTag, sign="$")
    picture = Picture(templates.from_string("{% when a %}{{ sign }}<b>{{ a }}</b>{% endwhen %}"))
    picture.whole({"a": 1})

    patch = picture.update({"a": 2})

    assert picture.plain_html() == "<section>$<b>2</b></section>"
    assert patch is not None
    assert patch.diff == {"0": {"1": "2"}}


def test_tags_that_come_too_late_are_refused() -> None:
    templates = LiveTemplates()
    templates.from_string("x")

    with pytest.raises(RuntimeError, match="before the first"):
        templates.extend(WhenTag)


def test_a_filter_marked_pure_is_not_called_for_the_same_values() -> None:
    calls: list[Any] = []

    @pure
    def shout(value: str) -> str:
        calls.append(value)
        return value.upper()

    environment = jinja2.Environment(autoescape=True)
    environment.filters["shout"] = shout
    picture = Picture(LiveTemplates(environment).from_string("{{ a|shout }}{{ b }}"))
    picture.whole({"a": "x", "b": 1})

    picture.update({"a": "x", "b": 2})

    assert calls == ["x"]
    assert picture.plain_html() == "X2"


def test_a_changed_file_is_compiled_again_in_development(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>{{ a }}</p>")
    loader = jinja2.FileSystemLoader(tmp_path)
    picture = Picture(LiveTemplates(loader=loader, development=True).get_template("page.html"))
    picture.whole({"a": 1})

    page.write_text("<h1>{{ a }}</h1>")
    stamp = page.stat().st_mtime + 10
    os.utime(page, (stamp, stamp))
    patch = picture.update({"a": 1})

    assert picture.plain_html() == "<h1>1</h1>"
    assert patch is not None
    assert isinstance(patch.root, list)


def test_markup_that_costs_more_is_named_once_in_development(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = "<p>x</p>\n<table>{% for row in rows %}<tr><td>{{ row }}</td></tr>{% endfor %}</table>"
    picture = Picture(LiveTemplates(development=True).from_string(source, "page.html"))

    with caplog.at_level(logging.WARNING, "limelight.templates"):
        picture.first_html({"rows": [1]}, "n0")
        picture.update({"rows": [1, 2]})

    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("page.html, near line 2")
    assert "<tbody>" in caplog.messages[0]


def test_a_key_that_does_not_stand_first_is_refused_with_its_line() -> None:
    source = "{% for row in rows %}\n{{ row }}{% key row.id %}{% endfor %}"

    with pytest.raises(jinja2.TemplateSyntaxError, match="first in the body") as caught:
        LiveTemplates().from_string(source)

    assert caught.value.lineno == 2


def test_a_sandboxed_environment_still_watches_every_step() -> None:
    template = LiveTemplates(SandboxedEnvironment()).from_string("{{ a.__class__.__mro__ }}")

    with pytest.raises(SecurityError):
        template.render({"a": 1})
