"""What a browser can do with each slot, told from the text around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.server.rendering.slots import (
    SlotPlan,
    fallback_warnings,
    fits,
    is_balanced_html,
    misplaced_warning,
    plan_slots,
)


def plan(template: str) -> SlotPlan:
    """Plan a template in which every `%` is a slot."""
    return plan_slots(template.split("%"))


@pytest.mark.parametrize(
    ("template", "kinds"),
    [
        ("%", "c"),
        ("<b>%</b>", "o"),
        ("<b>%</b >", "o"),
        ("<B>%</b>", "o"),
        ("<b> %</b>", "c"),
        ("<b>% </b>", "c"),
        ("<b>%%</b>", "cc"),
        ("<b><i></i>%</b>", "c"),
        ("<b>%<br></b>", "c"),
        ("<br>%<br>", "c"),
        ("<b>%<bold></bold></b>", "c"),
        ("<svg><path/>%</svg>", "c"),
        ("<svg>%</svg>", "o"),
        ("<!-- a --><b>%</b>", "o"),
        ("a < b %", "c"),
        ("</> %", "c"),
    ],
)
def test_content_is_told_from_an_only_child(template: str, kinds: str) -> None:
    assert plan(template).kinds == kinds
    assert plan(template).is_addressable


@pytest.mark.parametrize(
    ("template", "kinds", "groups"),
    [
        ('<b class="%">x</b>', "a", ((0,),)),
        ("<b class='%'>x</b>", "a", ((0,),)),
        ('<b class = "a % b %" id="%">%</b>', "aaao", ((0, 1), (0, 1), (2,), (3,))),
        ('<b class="%" title="a > b %">%</b>', "aao", ((0,), (1,), (2,))),
        ("<b class=%>%</b>", "go", ((0,), (1,))),
        ("<b class=x-%>%</b>", "go", ((0,), (1,))),
        ("<input %>", "g", ((0,),)),
        ("<input checked %>", "g", ((0,),)),
        ("<input %/>", "g", ((0,),)),
        ("<input type=x%/>", "g", ((0,),)),
        ('<input value="%" %><b>%</b>', "ggo", ((0, 1), (0, 1), (2,))),
        ('<b data-%="1" data-%="%">%</b>', "gggo", ((0, 1, 2), (0, 1, 2), (0, 1, 2), (3,))),
        ('<b %="a>b">%</b>', "go", ((0,), (1,))),
        ('<a href="?a&%">x</a>', "g", ((0,),)),
        ('<a href="?a&amp;%">x</a>', "a", ((0,),)),
    ],
)
def test_slots_of_one_attribute_or_tag_travel_together(
    template: str, kinds: str, groups: tuple[tuple[int, ...], ...]
) -> None:
    assert plan(template).kinds == kinds
    assert plan(template).groups == groups
    assert plan(template).is_addressable


@pytest.mark.parametrize(
    ("template", "kinds", "groups"),
    [
        ("<textarea>%</textarea>", "r", ((0,),)),
        ("<script>a % '<b>%</b>'</script>%", "rrc", ((0, 1), (0, 1), (2,))),
        ('<style media="%">a{%}</style>', "ar", ((0,), (1,))),
        ("<TITLE>%</TITLE><title>%</title>", "rr", ((0,), (1,))),
        ("<textarea>%</text %</textarea>", "rr", ((0, 1), (0, 1))),
    ],
)
def test_text_elements_are_rebuilt_whole(
    template: str, kinds: str, groups: tuple[tuple[int, ...], ...]
) -> None:
    assert plan(template).kinds == kinds
    assert plan(template).groups == groups


def test_in_a_drawing_title_and_style_are_ordinary_elements() -> None:
    drawing = plan("<svg><title>%</title><style>%</style></svg><title>%</title>")
    assert drawing.kinds == "oor"
    inside = plan("<svg><foreignObject><textarea><b>%</textarea></foreignObject></svg>")
    assert inside.kinds == "r"


@pytest.mark.parametrize(
    "template",
    [
        "<%>x</%>",
        "<h%>x</h%>",
        "<b>x</b %>",
        "<!-- % -->",
        "<!%>",
        "<?%>",
        "<template>%</template>",
        "<noscript>%</noscript>",
        "<noscript><p>%</p></noscript>",
        "<iframe>%</iframe>",
        "<xmp><b>%</b></xmp>",
        '<b class="a" class="%">x</b>',
        "a &% b",
        "a &am%",
        "a </%",
        "<textarea></text%</textarea>",
        "<textarea>&%</textarea>",
    ],
)
def test_some_places_cannot_be_found_again(template: str) -> None:
    assert "x" in plan(template).kinds
    assert not plan(template).is_addressable


@pytest.mark.parametrize(
    "html",
    [
        "",
        "text",
        "<br><img><input>",
        "<ul><li>a<li>b</ul>",
        "<table><tr><td>a<td>b</table>",
        "<circle/><path d=''/>",
        "<svg><a/><g/></svg>",
        "<script>if (a < b) '<div>'</script>",
        "<textarea><div></textarea>",
        "<!-- <div> -->",
        "<!--><b></b><!---><b></b>",
        '<b title="</b>">x</b>',
        "<svg><![CDATA[ <b> ]]></svg>",
        "<plain-thing></plain-thing>",
        "1 < 2 && 3 > 2 ",
    ],
)
def test_balanced_html_keeps_to_its_place(html: str) -> None:
    assert plan(html).is_balanced
    assert is_balanced_html(html)


@pytest.mark.parametrize(
    "html",
    [
        "<div>",
        "</div>",
        "<b></i></b>",
        "<b><i></b></i>",
        "<li>a",
        "<div/>",
        "<script>",
        "<b title='",
        "<b",
        "a <",
        "<!-- a",
        "<div></div></div>",
        "<body></body>",
        "<p>a</p></p>",
    ],
)
def test_html_that_leaks_is_recognised(html: str) -> None:
    assert not plan(html).is_balanced
    assert not plan(html).is_addressable
    assert not is_balanced_html(html)


def test_text_that_could_become_a_reference_does_not_stand_alone() -> None:
    assert not plan("% R&").is_balanced
    assert not plan("% R&am").is_balanced
    assert plan("% R&amp;").is_balanced


def test_a_row_directly_in_a_table_does_not_fit() -> None:
    table, row = plan("<table>%</table>"), plan("<tr><td>%</td></tr>")
    body = plan("<table><tbody>\n%</tbody></table>")
    assert not fits(table, 0, row)
    assert fits(body, 0, row)
    assert misplaced_warning(table, 0, row) == (
        "<tr> directly in <table>; write <tbody> around the rows."
    )


def test_text_directly_in_a_table_does_not_fit() -> None:
    body = plan("<table><tbody>%</tbody></table>")
    assert not fits(body, 0, plan("none"))
    assert fits(body, 0, plan("\n<tr><td>%</td></tr>\n"))
    assert misplaced_warning(body, 0, plan("none")).startswith("text directly in <tbody>")


def test_a_block_does_not_fit_into_a_paragraph() -> None:
    assert not fits(plan("<p>%</p>"), 0, plan("<div>%</div>"))
    assert fits(plan("<p>%</p>"), 0, plan("<b>%</b>"))
    assert fits(plan("%"), 0, plan("<div>%</div>"))


def test_warnings_name_template_line_and_remedy() -> None:
    template = "<p>\n<!-- % -->\n</p>\n\n<h%>"
    warnings = fallback_warnings(template.split("%"), "page.html", 10)
    comment, unclosed, name = map(str, warnings)
    assert comment.startswith("page.html, near line 11: a value stands in a comment; leave it out")
    assert unclosed.startswith("page.html, near line 14: <h> is not closed; close every tag")
    assert name.startswith("page.html, near line 14: a value stands in a tag's name; write")


def test_markup_that_needs_no_fallback_gives_no_warning() -> None:
    assert fallback_warnings(["<table><tbody>", "</tbody></table>"]) == []


PIECES = st.sampled_from(
    ["<", ">", "</", "/>", "<b", "<b>", "</b>", '"', "'", "=", " ", "a", "<!--", "-->", "&",
     "<script>", "</script>", "<svg>", "</svg>", "<br>", "<p>", "class", "\n", "-", "!", "?"]
)  # fmt: skip


@given(st.lists(st.lists(PIECES, max_size=6).map("".join), min_size=1, max_size=5))
def test_any_text_gets_a_plan(statics: list[str]) -> None:
    slots = plan_slots(statics)
    assert len(slots.kinds) == len(slots.groups) == len(slots.parents) == len(statics) - 1
    assert all(slot in group for slot, group in enumerate(slots.groups))
    assert not slots.is_addressable or (slots.is_balanced and "x" not in slots.kinds)
