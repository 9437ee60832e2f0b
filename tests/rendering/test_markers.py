"""The first HTML with the marks by which a browser finds the slots again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markupsafe import Markup

from limelight.server.rendering.markers import marked_html
from limelight.server.rendering.tree import Loop, Shape
from limelight.server.rendering.writing import node_to_html


def shape(template: str) -> Shape:
    """A shape in which every `%` is a slot."""
    statics = template.split("%")
    return Shape(statics, [True] * (len(statics) - 1))


def node(template: str, *values: Any) -> tuple[Any, ...]:
    return (shape(template), *values)


def without_marks(html: str) -> str:
    return re.sub(r"<!--[\[\]r]N[^>]*-->", "", html)


def test_text_beside_other_content_stands_between_marks() -> None:
    assert marked_html(node("<p>Hi %!</p>", "A & B"), "N") == (
        "<p>Hi <!--[N-->A &amp; B<!--]N-->!</p>"
    )


def test_the_only_text_of_an_element_needs_no_marks() -> None:
    assert marked_html(node("<b>%</b>", "<x>"), "N") == "<b>&lt;x&gt;</b>"
    assert marked_html(node("<b>%</b>", ""), "N") == "<b></b>"
    assert marked_html(node("<b>%</b>", 7), "N") == "<b>7</b>"


def test_markup_is_marked_even_as_the_only_child() -> None:
    html = marked_html(node("<b>%</b>", Markup("<i>x</i>")), "N")
    assert html == "<b><!--[N--><i>x</i><!--]N--></b>"


def test_attributes_and_text_elements_have_no_marks() -> None:
    html = marked_html(node('<b class="%" %><title>%</title></b>', "a", "b", "c"), "N")
    assert html == '<b class="a" b><title>c</title></b>'


def test_a_node_carries_the_number_of_its_shape() -> None:
    inner = node("<i>%</i>", "x")
    html = marked_html(node("<p>a %</p>", inner), "N")
    assert html == f"<p>a <!--[N {inner[0].id}--><i>x</i><!--]N--></p>"


def test_rows_stand_each_behind_a_mark() -> None:
    row = shape("<li>%</li>")
    html = marked_html(node("<ul>%</ul>", Loop(row, ["a", 2], 2)), "N")
    assert html == f"<ul><!--[N {row.id}*--><!--rN--><li>a</li><!--rN--><li>2</li><!--]N--></ul>"


def test_cells_of_different_kinds_are_marked_each_on_its_own() -> None:
    row, inner = shape("<li>% %</li>"), node("<i>%</i>", "x")
    html = marked_html(node("<ul>%</ul>", Loop(row, ["a", inner, "b", "c"], 2)), "N")
    assert f"<li><!--[N-->a<!--]N--> <!--[N {inner[0].id}--><i>x</i><!--]N--></li>" in html
    assert "<li><!--[N-->b<!--]N--> <!--[N-->c<!--]N--></li>" in html


def test_what_the_renderer_remembers_is_not_written() -> None:
    row = Shape(["<li>", "</li>"], [True], remembered=1)
    loop = Loop(row, ["a", object(), "b", object()], 2)
    assert without_marks(marked_html((shape("<ul>%</ul>"), loop, object()), "N")) == (
        "<ul><li>a</li><li>b</li></ul>"
    )


def test_a_node_that_cannot_be_addressed_is_marked_as_html() -> None:
    html = marked_html(node("<p>a %</p>", node("<h%></h%>", 1, 1)), "N")
    assert html == "<p>a <!--[N--><h1></h1><!--]N--></p>"


def test_rows_that_cannot_be_addressed_are_marked_as_html() -> None:
    loop = Loop(shape("<h%></h%>"), [1, 1, 2, 2], 2)
    html = marked_html(node("<div> %</div>", loop), "N")
    assert html == "<div> <!--[N--><h1></h1><h2></h2><!--]N--></div>"


@pytest.mark.parametrize("count", [2, 100])
def test_what_holds_unbalanced_rows_is_written_without_marks(count: int) -> None:
    loop = Loop(shape("<li>%"), ["a"] * count, count)
    inner = node("<ul> %</ul>", loop)
    html = marked_html(node("<div>%, %</div>", "x", inner), "N")
    text = f"<ul> {'<li>a' * count}</ul>"
    assert html == f"<div><!--[N-->x<!--]N-->, <!--[N-->{text}<!--]N--></div>"
    assert not inner[0].is_addressable


def test_rows_that_a_browser_would_move_are_written_without_marks() -> None:
    table = node("<table>%</table>", Loop(shape("<tr><td>%</td></tr>"), ["a"], 1))
    html = marked_html(node("<div>%</div>", table), "N")
    assert html == "<div><!--[N--><table><tr><td>a</td></tr></table><!--]N--></div>"


@pytest.mark.parametrize("count", [3, 100])
def test_short_and_long_loops_are_marked_alike(count: int) -> None:
    row, inner = shape("<li class='%'>% <b>%</b></li>"), node("<i>%</i>", "x")
    values: list[Any] = ["k", "a&b", 5] * (count - 1) + ["k", inner, Markup("<u></u>")]
    html = marked_html(node("<ul>%</ul>", Loop(row, values, count)), "N")
    plain = "<!--rN--><li class='k'><!--[N-->a&amp;b<!--]N--> <b>5</b></li>"
    other = (
        f"<!--rN--><li class='k'><!--[N {inner[0].id}--><i>x</i><!--]N--> "
        "<b><!--[N--><u></u><!--]N--></b></li>"
    )
    assert html == f"<ul><!--[N {row.id}*-->{plain * (count - 1)}{other}<!--]N--></ul>"


def test_a_shape_of_very_many_slots_is_written() -> None:
    page = node("<p>%, </p>" * 2000, *["<"] * 2000)
    assert node_to_html(page) == "<p>&lt;, </p>" * 2000
    assert marked_html(page, "N") == "<p><!--[N-->&lt;<!--]N-->, </p>" * 2000


def test_a_page_that_cannot_be_addressed_has_no_marks() -> None:
    assert marked_html(node("<h%>% %</h%>", 1, "a", "b", 1), "N") == "<h1>a b</h1>"


def test_a_mark_does_not_keep_the_newline_that_a_browser_drops() -> None:
    assert marked_html(node("<pre>% </pre>", "\na"), "N") == "<pre><!--[N-->a<!--]N--> </pre>"
    assert marked_html(node("<pre>%</pre>", "\na"), "N") == "<pre>\na</pre>"
    inner = node("\n%", "x")
    html = marked_html(node("<pre>%</pre>", inner), "N")
    assert html == f"<pre><!--[N {inner[0].id}--><!--[N-->x<!--]N--><!--]N--></pre>"


@pytest.mark.parametrize("value", ["a", None, 1.5, "<", Markup("<i></i>")])
def test_apart_from_marks_the_html_is_the_plain_one(value: object) -> None:
    row = shape('<li class="%">% and %</li>')
    loop = Loop(row, [value, "x", value, value, value, 1], 2)
    page = node("<ul>%</ul><p>% %</p>", loop, value, node("<b>%</b>", value))
    assert without_marks(marked_html(page, "N")) == node_to_html(page)
