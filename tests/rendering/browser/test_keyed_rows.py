"""Rows that change their order keep what their user was doing in them."""

from __future__ import annotations

import json
from random import Random

import pytest

from tests.rendering.browser.picture_page import PicturePage

ROWS = (
    "<ul>{% for name in names %}{% key name %}"
    '<li id="{{ name }}"><input value="{{ name }}">'
    '<div class="box" style="height:20px;overflow:auto"><p style="height:200px">{{ name }}</p></div>'
    "{% for n in range(2) %}<b>{{ name }}{{ n }}</b>{% endfor %}</li>{% endfor %}</ul>"
)
NAMES = list("abcdefgh")


@pytest.mark.parametrize("names", ["hgfedcba", "bcdefgha", "habcdefg", "xaeyb", "dcab", "aefgbcdh"])
def test_focus_caret_text_and_scroll_survive_a_new_order(
    live_page: PicturePage, names: str
) -> None:
    live_page.show(ROWS, names=NAMES)
    page = live_page.page
    page.evaluate("() => { window.before = document.querySelector('#a') }")
    page.fill("#a input", "typed text")
    page.evaluate("() => document.querySelector('#a input').setSelectionRange(2, 5)")
    page.evaluate("() => { document.querySelector('#a .box').scrollTop = 33 }")
    page.evaluate("() => { document.querySelector('#b .box').scrollTop = 44 }")

    live_page.update(names=list(names))

    live_page.check()
    state = page.evaluate(
        """() => {
          const row = document.querySelector("#a"), input = row.querySelector("input");
          return [row === before, input === document.activeElement, input.value,
                  input.selectionStart, input.selectionEnd,
                  row.querySelector(".box").scrollTop,
                  document.querySelector("#b .box").scrollTop];
        }"""
    )
    assert state == [True, True, "typed text", 2, 5, 33, 44]


def test_a_browser_that_cannot_move_keeps_the_focus_all_the_same(live_page: PicturePage) -> None:
    live_page.show(ROWS, names=NAMES)
    page = live_page.page
    page.evaluate("() => { Element.prototype.moveBefore = undefined }")
    page.focus("#h input")
    live_page.update(names=list("hgfedcba"))
    live_page.check()
    assert page.evaluate("() => document.activeElement.closest('li').id") == "h"


def test_elements_of_rows_are_the_same_after_any_shuffle(live_page: PicturePage) -> None:
    live_page.show(ROWS, names=NAMES)
    page = live_page.page
    rng = Random(5)
    for _ in range(40):
        before = page.evaluate(
            "() => { window.rows = Object.fromEntries([...document.querySelectorAll('li')]"
            ".map((row) => [row.id, row])); return Object.keys(rows) }"
        )
        names = rng.sample("abcdefghijklmnop", rng.randrange(14))
        live_page.update(names=names)
        live_page.check()
        stayed = [name for name in names if name in before]
        is_same = "(names) => names.every((name) => rows[name] === document.getElementById(name))"
        assert page.evaluate(is_same, stayed), json.dumps([before, names])


def test_rows_that_stay_are_not_touched(live_page: PicturePage) -> None:
    live_page.show(ROWS, names=NAMES)
    page = live_page.page
    page.evaluate(
        """() => {
          window.changes = [];
          new MutationObserver((all) => changes.push(...all)).observe(
            document.querySelector("ul"), {childList: true});
        }"""
    )
    live_page.update(names=[*NAMES[1:], NAMES[0]])
    moved = page.evaluate(
        "() => new Set(changes.flatMap(({addedNodes}) => [...addedNodes]).map((n) => n.id)"
        ".filter(Boolean)).size"
    )
    assert moved == 1
