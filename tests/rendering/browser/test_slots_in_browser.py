"""Every kind of slot in a real browser: found in the first HTML, and changed alone."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import Markup

from tests.rendering.browser.picture_page import PicturePage

TEXTS = [
    "",
    "plain",
    "a & b",
    "<i>",
    "\n  lines\n",
    "&amp;",
    "\"quoted'",
    "ü\u00a0\U0001f600",
    "a\r\nb",
]
MARKUP = [Markup("<i>x</i>"), Markup("a&copy;b"), Markup("<i>x</i> and <b>y</b>"), Markup("")]


@pytest.mark.parametrize(
    "template",
    [
        "{{ x }}",
        "<p>{{ x }}</p>",
        "<p> {{ x }} and {{ x }}</p>",
        "<p>{{ x }}{{ x }}</p>",
        '<p title="{{ x }}" class="a {{ x }} b" data-y=\'{{ x }}\'>z</p>',
        '<a href="/?q={{ x }}&amp;r={{ x }}">z</a>',
        "<textarea>{{ x }}</textarea>",
        "<textarea>a {{ x }}</textarea>",
        "<title>{{ x }}</title>",
        "<pre>{{ x }}</pre>",
        "<pre>{{ x }} </pre>",
        "<pre>\n{{ x }}</pre>",
        "<pre>{% if 1 %}{{ x }}{% endif %}</pre>",
        "<pre>\n{% if 1 %}{{ x }}{% endif %}</pre>",
        "<textarea>\n{{ x }}</textarea>",
        "<select><option>{{ x }}</option></select>",
        '<input value="{{ x }}">',
        '<svg data-x="0 0 {{ x }} 9" viewBox="0 0 9 9"><text>{{ x }}</text><title>{{ x }}</title></svg>',
        "<table><tr><td>{{ x }}</td></tr></table>",
        "<!-- a --><b>{{ x }}</b><!---->",
        '<p @click="{{ x }}" :a.b="{{ x }}">z</p>',
    ],
)
def test_a_slot_follows_its_value(live_page: PicturePage, template: str) -> None:
    live_page.show(template, x="first")
    live_page.check()
    assert live_page.unbound == []
    for value in TEXTS:
        live_page.update(x=value)
        live_page.check()
        assert live_page.patch is None or live_page.patch.root is None


@pytest.mark.parametrize(
    "template", ["<p>{{ x }}</p>", "<p> {{ x }} </p>", "{{ x }}", "<p>{{ x }}"]
)
def test_text_and_markup_take_turns(live_page: PicturePage, template: str) -> None:
    live_page.show(template, x=MARKUP[0])
    live_page.check()
    for value in [*TEXTS, *MARKUP, *reversed(TEXTS), *reversed(MARKUP)]:
        live_page.update(x=value)
        live_page.check()


@pytest.mark.parametrize(
    "template",
    [
        "<input {{ x }}>",
        "<input {{ 'checked' if x == 'a' }} type=checkbox>",
        "<option {{ 'selected' if x == 'a' }} value='{{ x }}'>z</option>",
        "<p class={{ x }}y>z</p>",
        "<p data-{{ x }}=1 title='a > b'>z</p>",
        "<table><tr {{ x }} class='{{ x }}'><td {{ x }}></td></tr></table>",
        '<svg><symbol viewBox="0 0 1 1" {{ x }} xlink:href="#{{ x }}"/></svg>',
        "<svg {{ x }} viewBox='0 0 1 1'></svg>",
        "<math><mi {{ x }}>z</mi></math>",
    ],
)
def test_attributes_come_and_go(live_page: PicturePage, template: str) -> None:
    live_page.show(template, x="a")
    assert live_page.unbound == []
    for value in ["b", "", "checked", "c d", "a"]:
        live_page.update(x=value)
        live_page.check()
        assert live_page.patch is None or live_page.patch.root is None


def test_code_and_styles_are_rewritten(live_page: PicturePage) -> None:
    live_page.show(
        "<style>.a { color: {{ x }} }</style><script type=application/json>{{ x }}</script>",
        x="red",
    )
    for value in ["blue", "a & b", "<b>", Markup("a && b < c")]:
        live_page.update(x=value)
        live_page.check()


PAGE = """
<h1>{{ title }}</h1>
{% if user %}<p>Hello {{ user }}{% if rank %}, <b>{{ rank }}</b>{% endif %}!</p>
{% elif guest %}<i>{{ guest }}</i>{% else %}nobody{% endif %}
<ul>{% for row in rows %}<li class="{{ row.kind }}">{{ row.text }}
  {% for tag in row.tags %}<b>{{ tag }}</b>{% else %}<i>none</i>{% endfor %}</li>{% endfor %}</ul>
<table><tbody>
{% for row in rows %}<tr><td>{{ row.text }}</td><td>{{ loop.index }}</td></tr>
{% endfor %}</tbody></table>
<select>{% for row in rows %}<option {{ 'selected' if loop.last }}>{{ row.text }}</option>{% endfor %}</select>
"""


def rows(*texts: str, tags: int = 1) -> list[dict[str, Any]]:
    return [{"text": text, "kind": text * 2, "tags": ["t"] * tags} for text in texts]


def test_branches_and_loops_follow_the_state(live_page: PicturePage) -> None:
    live_page.show(PAGE, title="a", rows=rows("a", "b"))
    assert live_page.unbound == []
    states: list[dict[str, Any]] = [
        {"title": "b", "user": "Eve", "rows": rows("a", "b", "c")},
        {"title": "b", "user": "Eve", "rank": "chief", "rows": []},
        {"guest": "x", "rows": rows("c", "a", tags=0)},
        {"user": "<", "rank": "&", "rows": rows("d", "c", "b", "a", tags=3)},
        {"rows": rows("d")},
    ]
    for state in states:
        live_page.update(state)
        live_page.check()
        assert live_page.patch
        assert live_page.patch.diff


def test_a_whole_view_is_shown_in_the_old_one(live_page: PicturePage) -> None:
    live_page.show(PAGE, title="a", user="Eve", rows=rows("a", "b"))
    live_page.page.evaluate("() => { window.before = document.querySelector('h1') }")
    live_page.mount(title="b", user="Eve", rank="x", rows=rows("b", "c", "d"))
    live_page.check()
    assert live_page.page.evaluate("() => window.before === document.querySelector('h1')")
    live_page.mount(title="b", rows=[])
    live_page.check()
    live_page.update(title="c", rows=rows("x"))
    live_page.check()
