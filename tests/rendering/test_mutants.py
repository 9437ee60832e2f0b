"""Planted faults: each makes the renderer reuse what it must not, and each is noticed.

A fault that no test notices would mean that the tests do not protect what it breaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from jinja2 import nodes
from markupsafe import Markup

from limelight.server.rendering import (
    bodies,
    diff,
    expressions,
    frozen,
    generator,
    purity,
    row_memory,
    rows,
    tracked,
    values,
    wire,
    writing,
)
from limelight.server.rendering.tracked import TrackedList, TrackedRow

Open = Callable[..., Any]
Plant = pytest.MonkeyPatch


def frozen_row(**attributes: Any) -> Any:
    """An object of a new frozen class, which nothing has looked at yet."""

    @dataclass(frozen=True)
    class Row:
        name: Any = "n"
        tags: Any = ()

        @property
        def total(self) -> Any:
            return ELSEWHERE["value"]

        def method(self) -> Any:
            return ELSEWHERE["value"]

    return Row(**attributes)


ELSEWHERE: dict[str, Any] = {}


def repeat(page: Any, times: int = 3) -> None:
    """Render until everything that can be remembered is."""
    for _ in range(times):
        page.update()


# --- what values print


def equal_values_print_alike(plant: Plant) -> None:
    def settle(value: Any, previous: Any) -> Any:
        return previous if value == previous else value

    plant.setattr(values, "settle_escaped", settle)


def numbers_and_booleans_differ(open_page: Open) -> None:
    page = open_page("{{ a }}", a=1)
    page.update(a=True)


def lists_are_kept_as_they_are(plant: Plant) -> None:
    plant.setattr(values, "RAW", values.RAW | {list})


def a_list_changes_in_place(open_page: Open) -> None:
    page = open_page("{{ a }}", a=[1])
    page.context["a"].append(2)
    page.update()


def escaping_is_known_early(plant: Plant) -> None:
    plant.setattr(
        values, "settle_now", lambda value, previous, _: values.settle_plain(value, previous)
    )


def escaping_is_decided_late(open_page: Open) -> None:
    page = open_page("{% autoescape on %}{{ a }}{% endautoescape %}", a="<", on=True)
    page.update(on=False, a="<i>")


# --- what is remembered of expressions


def places_with_the_same_text_are_one(plant: Plant) -> None:
    original: Any = vars(bodies.Body)["header"].fget

    def header(self: bodies.Body) -> str:
        text: str = original(self)
        return re.sub(r"(\S+)\[0\] is (SHAPE_\d+)", r"\1[0].id == \2.id", text)

    plant.setattr(bodies.Body, "header", property(header))


def branches_look_alike(open_page: Open) -> None:
    source = "{% if a %}<b>{{ x|upper }}</b>{% else %}<b>{{ x|title }}</b>{% endif %}{{ y }}"
    page = open_page(source, a=True, x="word", y=[])
    page.update(a=False)


def equal_arguments_give_equal_results(plant: Plant) -> None:
    original = generator.LiveGenerator.fill_headers

    def fill(self: Any, lines: dict[str, str]) -> None:
        original(self, lines)
        source = re.sub(r"(x\d+|l_\w+) is (m\d+)", r"\1 == \2", self.stream.getvalue())
        self.stream.truncate(0)
        self.stream.seek(0)
        self.stream.write(source)

    plant.setattr(generator.LiveGenerator, "fill_headers", fill)


def an_equal_argument_prints_otherwise(open_page: Open) -> None:
    page = open_page("{{ a|string }}", a=1)
    page.update(a=True)


def every_filter_is_pure(plant: Plant) -> None:
    plant.setattr(purity.Purity, "is_pure_function", lambda *_: True)


def a_filter_looks_elsewhere(open_page: Open) -> None:
    ELSEWHERE["value"] = 1
    page = open_page("{{ a|looking }}", {"looking": lambda _: ELSEWHERE["value"]}, a="x")
    ELSEWHERE["value"] = 2
    page.update()


def calls_are_pure(plant: Plant) -> None:
    plant.setattr(purity, "_TRANSPARENT", (*purity._TRANSPARENT, nodes.Call))


def a_method_looks_elsewhere(open_page: Open) -> None:
    ELSEWHERE["value"] = 1
    page = open_page("{% if user.method() == 1 %}one{% else %}two{% endif %}", user=frozen_row())
    repeat(page)
    ELSEWHERE["value"] = 2
    page.update()


# --- what counts as unchanged


def assignments_are_not_looked_for(plant: Plant) -> None:
    plant.setattr(expressions, "assigned_names", lambda _: frozenset())


def a_template_sets_a_name(open_page: Open) -> None:
    source = "{% set a = box.name %}{% if a|upper == 'X' %}<b>{{ a }}</b>{% endif %}"
    page = open_page(source, box={"name": "x"})
    page.context["box"]["name"] = "y"
    page.update()


def properties_are_data(plant: Plant) -> None:
    plant.setattr(frozen, "computed_names", lambda *_: frozenset())


def a_property_looks_elsewhere(open_page: Open) -> None:
    ELSEWHERE["value"] = 1
    page = open_page("{% for row in rows %}{{ row.total }}{% endfor %}", rows=[frozen_row()])
    repeat(page)
    ELSEWHERE["value"] = 2
    page.update()


def frozen_outside_is_enough(plant: Plant) -> None:
    plant.setattr(frozen._Layout, "parts", lambda *_: [])


def a_frozen_row_holds_a_list(open_page: Open) -> None:
    row = frozen_row(tags=["a"])
    page = open_page("{% for row in rows %}{{ row.tags }}{% endfor %}", rows=[row])
    repeat(page)
    row.tags.append("b")
    page.update()


def names_do_not_matter_to_rows(plant: Plant) -> None:
    def mask_of(self: Any, names: Any) -> int | None:
        return None if names is None else 0

    plant.setattr(expressions.ExpressionWriter, "mask_of", mask_of)


def a_name_in_the_rows_changes(open_page: Open) -> None:
    source = "{% for row in rows %}{{ row.name }}{{ sign }}{% endfor %}"
    page = open_page(source, rows=(frozen_row(), frozen_row()), sign="$")
    repeat(page)
    page.update(sign="€")


def tuples_are_not_looked_through(plant: Plant) -> None:
    plant.setattr(row_memory, "all_frozen", lambda *_: True)


def a_shared_tuple_holds_a_list(open_page: Open) -> None:
    page = open_page("{% for row in rows %}{{ row }}{% endfor %}", rows=((1, ["a"]),))
    repeat(page)
    page.context["rows"][0][1].append("b")
    page.update()


# --- tracked rows


class Task(TrackedRow):
    title: Any
    tags: Any = ()


def tasks(open_page: Open) -> Any:
    rows = TrackedList([Task(title="a"), Task(title="b", tags=["t"])])
    page = open_page("{% for row in rows %}{{ row.title }}{{ row.tags }}{% endfor %}", rows=rows)
    repeat(page)
    return page


def rows_tell_nobody(plant: Plant) -> None:
    plant.setattr(tracked, "_tell_watchers", lambda _: None)


def a_tracked_row_is_set(open_page: Open) -> None:
    page = tasks(open_page)
    page.context["rows"][0].title = "c"
    page.update()


def tracked_rows_are_always_settled(plant: Plant) -> None:
    plant.setattr(row_memory, "is_settled", lambda *_: True)


def a_tracked_row_holds_a_list(open_page: Open) -> None:
    page = tasks(open_page)
    page.context["rows"][1].tags.append("u")
    page.update()


# --- trees and diffs


def old_loops_are_written_to(plant: Plant) -> None:
    def write_edits(self: rows.Rows, values: list[Any]) -> None:
        stride = self.stride
        for target in (values, self.old.values if self.old else values):
            for index, row in self.edits:
                target[index * stride : (index + 1) * stride] = row

    plant.setattr(rows.Rows, "write_edits", write_edits)


def a_render_fails_behind_a_loop(open_page: Open) -> None:
    source = "{% for row in rows %}{{ row.n }}{% endfor %}{{ 1 // divisor }}"
    page = open_page(source, rows=[{"n": 1}, {"n": 2}], divisor=1)
    page.context["rows"][0]["n"] = 3
    with pytest.raises(ZeroDivisionError):
        page.update(divisor=0)
    page.update(divisor=1)


def equal_rows_are_not_compared(plant: Plant) -> None:
    plant.setattr(diff, "_paired_rows", lambda *_: iter(()))


def equal_rows_print_otherwise(open_page: Open) -> None:
    page = open_page("{% for n in numbers %}{{ n }};{% endfor %}", numbers=[0, 1])
    page.update(numbers=[7, 0, True])


def an_old_row_is_used_twice(plant: Plant) -> None:
    plant.setattr(diff, "_used_once", lambda runs, _: runs)


def keys_are_equal(open_page: Open) -> None:
    source = "{% for n in numbers %}{% key n %}<b>{{ n }}</b>{% endfor %}"
    page = open_page(source, numbers=[1, 2, 3])
    order = [part for part in page.diff(numbers=[2, 3, 1, 2])["0"]["o"] if isinstance(part, int)]
    used = [
        old
        for start, size in zip(order[::2], order[1::2], strict=True)
        for old in range(start, start + size)
    ]
    assert len(used) == len(set(used))


def slots_of_an_attribute_go_alone(plant: Plant) -> None:
    def group_diff(
        self: Any, shape: Any, slot: int, old: Any, new: Any, changes: dict[str, Any]
    ) -> None:
        changes[str(slot)] = writing.value_to_html(new[slot], shape.escapes[slot])

    plant.setattr(diff.DiffWriter, "_group_diff", group_diff)


def one_slot_of_an_attribute_changes(open_page: Open) -> None:
    page = open_page("<a class='{{ a }} {{ b }}'>{{ c }}</a>", a=1, b=2, c=3)
    assert page.diff(b=4) == {"0": "1", "1": "4"}


def tags_need_not_be_balanced(plant: Plant) -> None:
    plant.setattr(wire, "is_balanced_html", lambda _: True)


def trusted_text_leaves_a_tag_open(open_page: Open) -> None:
    page = open_page("<p>{{ a }}</p>", a="")
    assert page.update(a=Markup("<div>")).root is not None


CASES = [
    (equal_values_print_alike, numbers_and_booleans_differ),
    (lists_are_kept_as_they_are, a_list_changes_in_place),
    (escaping_is_known_early, escaping_is_decided_late),
    (places_with_the_same_text_are_one, branches_look_alike),
    (equal_arguments_give_equal_results, an_equal_argument_prints_otherwise),
    (every_filter_is_pure, a_filter_looks_elsewhere),
    (calls_are_pure, a_method_looks_elsewhere),
    (assignments_are_not_looked_for, a_template_sets_a_name),
    (properties_are_data, a_property_looks_elsewhere),
    (frozen_outside_is_enough, a_frozen_row_holds_a_list),
    (names_do_not_matter_to_rows, a_name_in_the_rows_changes),
    (tuples_are_not_looked_through, a_shared_tuple_holds_a_list),
    (rows_tell_nobody, a_tracked_row_is_set),
    (tracked_rows_are_always_settled, a_tracked_row_holds_a_list),
    (old_loops_are_written_to, a_render_fails_behind_a_loop),
    (equal_rows_are_not_compared, equal_rows_print_otherwise),
    (an_old_row_is_used_twice, keys_are_equal),
    (slots_of_an_attribute_go_alone, one_slot_of_an_attribute_changes),
    (tags_need_not_be_balanced, trusted_text_leaves_a_tag_open),
]
NAMES = [plant.__name__ for plant, _ in CASES]


@pytest.mark.parametrize(("plant", "scene"), CASES, ids=NAMES)
def test_a_planted_fault_is_noticed(
    plant: Callable[[Plant], None],
    scene: Callable[[Open], None],
    open_page: Open,
    monkeypatch: Plant,
) -> None:
    scene(open_page)
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        scene(open_page)
