"""A picture: what a view shows, and the patches that bring its browser up to date."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from markupsafe import Markup

from limelight.server.rendering.picture import LiveTemplates, Picture
from limelight.server.rendering.writing import node_to_html

Open = Callable[..., Any]


@dataclass(frozen=True)
class Item:
    id: int
    name: str


def items(count: int) -> tuple[Item, ...]:
    return tuple(Item(number, f"item {number}") for number in range(count))


LIST = "<ul>{% for item in items %}<li>{{ item.name }}</li>{% endfor %}</ul>"
KEYED = (
    "<ul>{% for item in items %}<li dj-key='{{ item.id }}'>{{ item.name }}</li>{% endfor %}</ul>"
)


def test_nothing_is_sent_when_nothing_changed(open_page: Open) -> None:
    page = open_page("<h1>{{ title }}</h1>", title="a")

    assert page.update() is None
    assert page.update(title=str(Markup("a"))) is None


def test_only_the_slot_that_changed_is_sent(open_page: Open) -> None:
    page = open_page("<h1>{{ title }}</h1><p>{{ text }}</p>", title="a", text="b")

    assert page.diff(text="<c>") == {"1": "&lt;c&gt;"}


def test_a_branch_brings_its_shape_once(open_page: Open) -> None:
    page = open_page("<p>{% if a %}<b>{{ a }}</b>{% endif %}</p>", a="")

    first = page.update(a="x")
    page.update(a="")
    again = page.update(a="y")

    assert list(first.shapes.values()) == [{"s": ["<b>", "</b>"], "k": "o"}]
    assert again.shapes == {}


def test_one_cell_of_a_loop_is_sent_alone(open_page: Open) -> None:
    rows = [{"name": "a"}, {"name": "b"}]
    page = open_page("{% for row in rows %}<p>{{ row.name }}</p>{% endfor %}", rows=rows)

    rows[1]["name"] = "c"

    assert page.diff() == {"0": {"u": {"1": {"0": "c"}}}}


def test_rows_without_keys_align_at_both_ends(open_page: Open) -> None:
    page = open_page(LIST, items=items(5))

    diff = page.diff(items=(*items(5)[:2], Item(9, "new"), *items(5)[2:]))

    assert diff == {"0": {"o": [0, 2, ["new"], 2, 3]}}


@pytest.mark.parametrize(
    "source", [KEYED, KEYED.replace("<li dj-key='{{ item.id }}'", "{% key item.id %}<li")]
)
def test_keyed_rows_move_as_runs(open_page: Open, source: str) -> None:
    old = items(6)
    page = open_page(source, items=old)

    diff = page.diff(items=(old[3], *old[:3], *old[4:]))

    assert diff == {"0": {"o": [3, 1, 0, 3, 4, 2]}}


def test_a_keyed_row_that_moves_and_changes_is_sent_as_both(open_page: Open) -> None:
    old = items(3)
    page = open_page(KEYED, items=old)

    diff = page.diff(items=(old[2], Item(0, "changed"), old[1]))["0"]

    assert diff["o"] == [2, 1, 0, 2]
    assert diff["u"] == {"1": {"1": "changed"}}


def test_equal_and_unhashable_keys_cost_bytes_only(open_page: Open) -> None:
    source = "{% for row in rows %}{% key row.key %}<p>{{ row.name }}</p>{% endfor %}"
    page = open_page(source, rows=[{"key": [1], "name": 1}, {"key": 2, "name": 2}])

    page.update(rows=[{"key": 2, "name": 3}, {"key": 2, "name": 4}, {"key": {}, "name": 5}])
    page.update(rows=[{"key": [1], "name": 6}, {"key": 2, "name": 4}])


def test_slots_of_one_attribute_are_sent_together(open_page: Open) -> None:
    page = open_page("<a class='k {{ a }} {% if b %}on{% endif %}'>{{ c }}</a>", a=1, b=True, c=3)

    assert page.diff(b=False) == {"0": "1", "1": ""}


def test_a_whole_view_is_sent_again_with_all_its_shapes(open_page: Open) -> None:
    page = open_page("<p>{% if a %}<b>{{ a }}</b>{% endif %}</p>", a="x")

    root, shapes = page.picture.whole(page.context)

    assert root[1][1] == "x"
    assert {str(root[0]), str(root[1][0])} == set(shapes)


def test_a_page_that_is_adopted_needs_no_values() -> None:
    picture = Picture(LiveTemplates().from_string(LIST))
    html = picture.first_html({"items": items(2)}, "n0")

    root, shapes = picture.adopt()
    patch = picture.update({"items": items(3)})

    assert "item 1" in html
    assert shapes[str(root)]["s"] == ["<ul>", "</ul>"]
    assert patch is not None
    assert patch.diff == {"0": {"o": [0, 2, ["item 2"]]}}
    assert patch.shapes == {}


def test_slots_that_the_browser_cannot_find_go_as_html(open_page: Open) -> None:
    page = open_page("<p>{% if a %}<b>{{ a }}</b>{% endif %}</p>", a="x")
    root, _ = page.picture.adopt()

    page.picture.unbind([(root, 0)])
    first = page.picture.update({"a": "x"})
    second = page.picture.update({"a": "<y>"})

    assert first.root == [root, "<b>x</b>"]
    assert second.diff == {"0": "<b>&lt;y&gt;</b>"}


def test_a_root_that_the_browser_cannot_find_goes_whole(open_page: Open) -> None:
    page = open_page("<p>{{ a }}</p>", a="x")

    page.picture.unbind([])

    assert page.picture.update({"a": "x"}).root == "<p>x</p>"
    assert page.picture.update({"a": "y"}).root == "<p>y</p>"
    assert page.picture.update({"a": "y"}) is None


def test_text_that_leaves_a_tag_open_makes_its_surroundings_one_string(open_page: Open) -> None:
    source = "<main>{% if b %}<p>{{ a }}</p>{% endif %}{{ c }}</main>"
    page = open_page(source, a="x", b=True, c=1)

    patch = page.update(a=Markup("</p><p>"))

    assert patch.diff == {"0": "<p></p><p></p>"}
    assert page.diff(c=2) == {"1": "2"}


def test_tags_that_are_split_over_branches_still_show_the_right_page(open_page: Open) -> None:
    page = open_page(
        "{% if a %}<div>{% endif %}<i>{{ b }}</i>{% if a %}</div>{% endif %}", a=1, b=2
    )

    page.update(b=3)
    page.update(a=0)


def test_a_render_that_raises_changes_nothing_and_names_its_place(open_page: Open) -> None:
    page = open_page("<p>{{ a }}</p>\n{% for n in b %}\n{{ 1 // n }}\n{% endfor %}", a=1, b=[1])

    with pytest.raises(ZeroDivisionError) as caught:
        page.picture.update({"a": 2, "b": [1, 0]})

    assert caught.value.__notes__ == ["In template 'page.html', line 3."]
    assert page.picture.plain_html() == page.html
    page.update(a=3)


def test_a_failed_render_does_not_leave_shapes_behind(open_page: Open) -> None:
    page = open_page("<p>{% if a %}<b>{{ a }}</b>{% endif %}{{ 1 // b }}</p>", a="", b=1)

    with pytest.raises(ZeroDivisionError):
        page.picture.update({"a": 1, "b": 0})

    assert page.update(a=1).shapes


def test_a_resting_picture_pays_once_and_sends_only_what_changed(open_page: Open) -> None:
    page = open_page(LIST, items=items(50))

    page.picture.rest()
    shown = page.picture.plain_html()
    diff = page.diff(items=(*items(50)[:20], Item(20, "other"), *items(50)[21:]))

    assert shown == page.template.render({"items": items(50)})
    assert diff == {"0": {"u": {"20": {"0": "other"}}}}


def test_a_keyed_loop_finds_its_rows_after_a_rest(open_page: Open) -> None:
    page = open_page(KEYED, items=items(5))

    page.picture.rest()

    assert page.diff(items=items(5)[::-1])["0"]["o"] == [4, 1, 3, 1, 2, 1, 1, 1, 0, 1]


def test_a_dropped_picture_sends_the_view_whole(open_page: Open) -> None:
    page = open_page(LIST, items=items(3))

    page.picture.rest(drop=True)

    assert isinstance(page.update().root, list)
    assert page.update() is None


def test_views_that_show_one_frozen_tuple_hold_its_rows_together() -> None:
    template, rows = LiveTemplates().from_string(LIST), items(30)

    first, second = template.tree({"items": rows}), template.tree({"items": rows})

    assert first[1] is second[1]


def test_shared_rows_end_with_the_views_that_show_them() -> None:
    template, rows = LiveTemplates().from_string(LIST), items(30)
    template.tree({"items": rows})
    gc.collect()

    assert template.tree({"items": rows})[1].memory.is_verified is False


def test_a_picture_that_shows_nothing_says_so() -> None:
    picture = Picture(LiveTemplates().from_string("x"))

    with pytest.raises(RuntimeError, match="Nothing is shown"):
        picture.plain_html()


def test_an_old_loop_can_be_had_again_after_others_took_its_values_over() -> None:
    template = LiveTemplates().from_string(LIST)
    rows = list(items(40))
    trees = []
    tree = template.tree({"items": rows})
    for number in range(6):
        tree = template.tree({"items": rows}, tree)
        trees.append((tree, template.render({"items": rows})))
        rows[number] = Item(number, f"other {number}")

    assert [node_to_html(tree) for tree, _ in trees] == [html for _, html in trees]


PRINTED_KEYS = "{% for row in rows %}{% key row.id %}<p>{{ row.name }} {{ row.id }}</p>{% endfor %}"


def keyed(*ids: object) -> list[dict[str, object]]:
    return [{"id": id, "name": f"n{id}"} for id in ids]


def keys_held(page: Any) -> object:
    return page.picture._shown[1].key_record


def test_keys_that_a_row_prints_are_not_held_twice(open_page: Open) -> None:
    page = open_page(PRINTED_KEYS, rows=keyed(1, 2, 3))
    assert keys_held(page) == 1

    assert page.diff(rows=keyed(3, 4, 1, 2)) == {"0": {"o": [2, 1, ["n4", "4"], 0, 2]}}
    assert page.diff(rows=keyed(1, 2)) == {"0": {"o": [2, 2]}}
    assert keys_held(page) == 1


def test_keys_that_print_alike_and_differ_are_held(open_page: Open) -> None:
    page = open_page(PRINTED_KEYS, rows=keyed(1, 2, 3))

    page.update(rows=keyed(3, True, 2))
    page.update(rows=keyed("3", 2, 1.0))
    page.update(rows=keyed(2, "3", 1))
    assert keys_held(page) == [2, "3", 1.0]


def test_keys_of_several_types_are_held(open_page: Open) -> None:
    page = open_page(PRINTED_KEYS, rows=keyed(1, "a", None))

    assert page.diff(rows=keyed(None, 1, "a")) == {"0": {"o": [2, 1, 0, 2]}}
    assert keys_held(page) == [None, 1, "a"]


def test_rows_that_moved_and_changed_keep_their_keys(open_page: Open) -> None:
    page = open_page(PRINTED_KEYS, rows=keyed(1, 2))
    page.update(rows=[*keyed(5, 6, 7), {"id": 1, "name": "new"}])

    assert page.diff(rows=keyed(1, 5, 6, 7)) == {"0": {"o": [3, 1, 0, 3], "u": {"0": {"0": "n1"}}}}
    assert keys_held(page) == 1
