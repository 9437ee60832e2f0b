"""The mirror shows what a naive model of the wire shows, and refuses what does not fit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.client.mirror import Mirror, MirrorError

SHAPES: dict[str, Any] = {
    "1": {"s": ["<i>leaf</i>"], "k": ""},
    "2": {"s": ["<h1>", "</h1>"], "k": "o"},
    "3": {"s": ["<p>", " and ", "", "</p>"], "k": "ccc"},
    "4": {"s": ['<a class="', " ", '">', "</a>"], "k": "aao"},
}
texts = st.text("ab<&;", max_size=3)


@st.composite
def rows(draw: st.DrawFn, shape: str, depth: int) -> list[Any]:
    kinds = SHAPES[shape]["k"]
    return [draw(texts) if kind == "a" else draw(values(depth - 1)) for kind in kinds]


@st.composite
def nodes(draw: st.DrawFn, depth: int) -> list[Any]:
    shape = draw(st.sampled_from(sorted(SHAPES)))
    return [int(shape), *draw(rows(shape, depth))]


@st.composite
def loops(draw: st.DrawFn, depth: int) -> dict[str, Any]:
    shape = draw(st.sampled_from(sorted(SHAPES)))
    return {"c": int(shape), "r": draw(st.lists(rows(shape, depth), max_size=4))}


def values(depth: int) -> st.SearchStrategy[Any]:
    if depth <= 0:
        return texts
    return st.one_of(texts, nodes(depth), loops(depth))


def naive_html(value: Any) -> str:
    if isinstance(value, str):
        return value
    shape, found = (value["c"], value["r"]) if isinstance(value, dict) else (value[0], [value[1:]])
    statics = SHAPES[str(shape)]["s"]
    return "".join(
        "".join(static + naive_html(slot) for static, slot in zip(statics, [*row, ""], strict=True))
        for row in found
    )


@st.composite
def changed_rows(draw: st.DrawFn, shape: str, row: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    """A diff of a row, and the row that it should give."""
    diff, after = {}, list(row)
    for slot, kind in enumerate(SHAPES[shape]["k"]):
        if draw(st.booleans()):
            diff[str(slot)], after[slot] = draw(changed_values(kind, row[slot]))
    return diff, after


@st.composite
def changed_values(draw: st.DrawFn, kind: str, old: Any) -> tuple[Any, Any]:
    if kind == "a":
        return (text := draw(texts)), text
    if isinstance(old, str) or draw(st.booleans()):
        return (whole := draw(values(2))), whole
    if isinstance(old, list):
        diff, row = draw(changed_rows(str(old[0]), old[1:]))
        return diff, [old[0], *row]
    return draw(changed_loops(old))


@st.composite
def changed_loops(draw: st.DrawFn, loop: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Any order of any runs of the old rows, the same row more than once, and new rows."""
    shape, old, diff = str(loop["c"]), loop["r"], dict[str, Any]()
    after = list(old)
    if draw(st.booleans()):
        diff["o"], after = [], []
        for _ in range(draw(st.integers(0, 4))):
            if old and draw(st.booleans()):
                start = draw(st.integers(0, len(old) - 1))
                count = draw(st.integers(1, len(old) - start))
                diff["o"] += [start, count]
                after += [old[index] for index in range(start, start + count)]
            else:
                row = draw(rows(shape, 1))
                diff["o"].append(row)
                after.append(row)
    touched = draw(st.sets(st.sampled_from(range(len(after))))) if after else set()
    diff["u"] = {}
    for index in touched:
        diff["u"][str(index)], after[index] = draw(changed_rows(shape, after[index]))
    return diff, {"c": loop["c"], "r": after}


@settings(max_examples=150, deadline=None)
@given(values(3))
def test_a_whole_value_gives_the_html_of_the_naive_model(value: Any) -> None:
    mirror = Mirror()
    mirror.learn(SHAPES)
    mirror.replace(value)
    assert mirror.html() == naive_html(value)


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_diffs_in_a_row_give_the_html_of_the_naive_model(data: st.DataObject) -> None:
    mirror = Mirror()
    mirror.learn(SHAPES)
    model = data.draw(nodes(3))
    mirror.replace(model)
    for _ in range(3):
        diff, row = data.draw(changed_rows(str(model[0]), model[1:]))
        model = [model[0], *row]
        mirror.patch(diff)
        assert mirror.html() == naive_html(model)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_loop_takes_moves_duplicates_and_new_rows(data: st.DataObject) -> None:
    mirror = Mirror()
    mirror.learn(SHAPES)
    loop = data.draw(loops(2))
    mirror.replace([2, loop])
    diff, after = data.draw(changed_loops(loop))
    mirror.patch({"0": diff})
    assert mirror.html() == naive_html([2, after])


def shown(root: Any) -> Mirror:
    mirror = Mirror()
    mirror.learn(SHAPES)
    mirror.replace(root)
    return mirror


THREE_ROWS = [2, {"c": 2, "r": [["a"], ["b"], ["c"]]}]


@pytest.mark.parametrize(
    ("root", "diff", "said"),
    [
        ("<p>html</p>", {"0": "x"}, "sent whole, as `root`"),
        ([2, "x"], ["0", "y"], "expected a diff by slot index, got list"),
        ([2, "x"], {"1": "y"}, "a diff came for slot 1, but there are 1"),
        ([2, "x"], {"00": "y"}, "index of a slot as digits, got '00'"),
        ([2, "x"], {"-1": "y"}, "index of a slot as digits"),
        ([2, "x"], {"0": {"0": "y"}}, "At 0: a diff came, but what is shown is str 'x'"),
        ([2, "x"], {"0": 5}, "expected a string, a node or a loop, got int 5"),
        ([2, "x"], {"0": []}, "expected a string, a node or a loop, got list"),
        ([2, "x"], {"0": [9, "y"]}, "shape 9 is not known. Known are 1, 2, 3, 4"),
        ([2, "x"], {"0": [2, "y", "z"]}, "2 values came for 1 slots"),
        ([4, "a", "b", "c"], {"0": {"0": "y"}}, "kind 'a' takes a whole value"),
        (THREE_ROWS, {"0": {"o": [0, 4]}}, r"run \(0, 4\) is not within the 3 old rows"),
        (THREE_ROWS, {"0": {"o": [-1, 1]}}, r"run \(-1, 1\)"),
        (THREE_ROWS, {"0": {"o": [1, 0]}}, r"run \(1, 0\)"),
        (THREE_ROWS, {"0": {"o": [0]}}, r"run \(0, None\)"),
        (THREE_ROWS, {"0": {"o": [True, True]}}, r"run \(True, True\)"),
        (THREE_ROWS, {"0": {"o": [["x", "y"]]}}, "At 0.0: 2 values came for 1 slots"),
        (THREE_ROWS, {"0": {"o": "01"}}, "'o' is a list of runs"),
        (THREE_ROWS, {"0": {"u": [1]}}, "'u' maps new row indexes"),
        (THREE_ROWS, {"0": {"u": {"3": {"0": "x"}}}}, "a diff came for row 3, but there are 3"),
        (THREE_ROWS, {"0": {"0": "x"}}, "a loop's diff has the keys 'o' and 'u'"),
    ],
)
def test_a_diff_that_does_not_fit_is_refused_whole(root: Any, diff: Any, said: str) -> None:
    mirror = shown(root)
    before = mirror.html()
    with pytest.raises(MirrorError, match=said):
        mirror.patch(diff)
    assert mirror.html() == before


def test_a_slot_that_a_browser_cannot_address_takes_no_diff() -> None:
    mirror = Mirror()
    mirror.learn({"7": {"s": ["<", ">"], "k": "x"}})
    mirror.replace([7, "b"])
    with pytest.raises(MirrorError, match="cannot address"):
        mirror.patch({"0": "i"})


@pytest.mark.parametrize(
    "wire", [None, {}, {"s": ["a"], "k": "c"}, {"s": ["a", 1], "k": "c"}, {"s": "ab", "k": "c"}]
)
def test_a_shape_that_does_not_fit_is_refused(wire: Any) -> None:
    with pytest.raises(MirrorError, match="At shape 7: expected"):
        Mirror().learn({"7": wire})


def test_a_shape_never_changes_its_meaning() -> None:
    mirror = shown("")
    mirror.learn({"1": SHAPES["1"]})
    with pytest.raises(MirrorError, match="stands for one shape"):
        mirror.learn({"1": SHAPES["2"]})
