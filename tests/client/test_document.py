"""What a page says, what its user typed, and what its elements ask for."""

from __future__ import annotations

from typing import Any

import pytest

from limelight.client.document import Document, ElementNotFound, PageError
from limelight.client.gestures import Call, NoHandler, Visit
from limelight.client.inputs import UserInput
from limelight.client.reactions import (
    click_wishes,
    edit_calls,
    focus_calls,
    press_calls,
    require_use,
    submit_calls,
)


def page(html: str) -> Document:
    return Document(f"<!doctype html><title>t</title><body>{html}")


def clicked(html: str, selector: str) -> list[Any]:
    document = page(html)
    return click_wishes(document, UserInput(), document.find(selector))


# --- reading ------------------------------------------------------------------------------


def test_text_is_what_a_reader_sees() -> None:
    document = page("<h1>Hello  <b>w</b>orld</h1><p>a</p><p>b<script>x</script></p>")
    assert document.text("h1") == "Hello world"
    assert document.text() == "Hello world a b"
    assert document.texts("p") == ["a", "b"]
    assert document.count("p") == 2


def test_attributes_are_none_where_they_are_not() -> None:
    document = page('<input required value="3">')
    assert document.attribute("input", "value") == "3"
    assert document.attribute("input", "required") == ""
    assert document.attribute("input", "disabled") is None


def test_a_missing_element_is_named_with_its_near_misses() -> None:
    with pytest.raises(ElementNotFound, match=r"No element matches '#savee'.*'?#save \(<button"):
        page('<button id="save">Save</button>').find("#savee")


def test_a_missing_element_shows_what_the_page_says() -> None:
    with pytest.raises(ElementNotFound, match="The page says: 'Not found'"):
        page("<h1>Not found</h1>").find("table")


def test_several_elements_where_one_is_meant_are_listed() -> None:
    with pytest.raises(ElementNotFound, match=r"2 elements match 'p'.*<p>a, <p>b.*:has-text"):
        page("<p>a</p><p>b</p>").find("p")


def test_an_element_can_be_picked_by_its_text() -> None:
    document = page("<button>Save all</button><button>Cancel</button>")
    assert document.text('button:has-text("save")') == "Save all"


def test_a_selector_that_cannot_be_read_says_so() -> None:
    with pytest.raises(ValueError, match=r"'p\[\[' is not a CSS selector"):
        page("<p>").find("p[[")


# --- clicks -------------------------------------------------------------------------------


def test_a_click_runs_the_nearest_handler_with_typed_values() -> None:
    html = """<div dj-click="outer"><button dj-click="add" dj-value-by="2" dj-value-row-id:int="7"
        dj-value-all:bool="yes" dj-value-tags:list="a, b" dj-value-at:json='{"x": 1}'
        value="v"><b>+</b></button></div>"""
    parameters = {"value": "v", "by": "2", "row_id": 7, "all": True, "tags": ["a", "b"]}
    assert clicked(html, "b") == [Call("add", {**parameters, "at": {"x": 1}})]


@pytest.mark.parametrize(
    ("html", "visit"),
    [
        ('<a dj-navigate="/b" href="/c">', Visit("/b", "redirect")),
        ('<a dj-patch href="?page=2">', Visit("?page=2", "patch")),
        ('<a href="/plain">', Visit("/plain", "page")),
    ],
)
def test_links_are_followed_as_they_say(html: str, visit: Visit) -> None:
    assert clicked(f"{html}go</a>", "a") == [visit]


def test_a_click_elsewhere_is_told_first() -> None:
    html = '<div dj-click-away="close">menu</div><button dj-click="save">s</button>'
    assert clicked(html, "button") == [Call("close", {}), Call("save", {})]
    assert clicked(html, "div") == []


def test_a_disabled_button_cannot_be_clicked() -> None:
    with pytest.raises(PageError, match=r"<button dj-click=\"x\" disabled>.* is disabled"):
        clicked('<button dj-click="x" disabled>', "button")


def test_a_value_that_does_not_fit_its_type_is_named() -> None:
    with pytest.raises(PageError, match=r"dj-value-by:int of .* is 'two', which is no int"):
        clicked('<button dj-click="x" dj-value-by:int="two">', "button")


# --- forms --------------------------------------------------------------------------------

FORM = """<form dj-submit="save" dj-value-kind="note" dj-change="check">
    <input name="title" value="old"><input type="checkbox" name="done">
    <input type="checkbox" name="tag" value="a" checked>
    <input type="checkbox" name="tag" value="b" checked>
    <input type="radio" name="size" value="s" checked><input type="radio" name="size" value="l">
    <select name="city"><option>Rome</option><option value="p" selected>Paris</option></select>
    <textarea name="body">
text</textarea><input name="off" disabled value="x"><input type="file" name="photo">
    <button name="how" value="draft">Draft</button></form>"""
FIELDS = {"title": "old", "tag": ["a", "b"], "size": "s", "city": "p", "body": "text"}


def test_a_form_sends_all_its_fields() -> None:
    document = page(FORM)
    form, button = document.find("form"), document.find("button")
    calls = submit_calls(document, UserInput(), form, button)
    assert calls == [Call("save", {**FIELDS, "how": "draft", "kind": "note"})]


def test_a_change_in_a_form_that_listens_sends_the_form() -> None:
    document, user = page(FORM), UserInput()
    user.edit(document, document.find("[name=title]"), "new")
    user.edit(document, document.find("[value=l]"), True)
    calls = edit_calls(document, user, document.find("[name=title]"), "dj-input", "dj-change")
    told = {**FIELDS, "title": "new", "size": "l", "kind": "note", "_target": "title"}
    assert calls == [Call("check", told)]


def test_boxes_of_one_name_in_a_form_are_told_as_a_list() -> None:
    boxes = "".join(
        f'<input type="checkbox" name="tag" value="{one}" dj-change="c">' for one in "abc"
    )
    document, user = page(f"<form>{boxes}</form>"), UserInput()
    user.edit(document, document.find("[value=b]"), True)
    user.edit(document, document.find("[value=c]"), True)
    (call,) = edit_calls(document, user, document.find("[value=c]"), "dj-change")
    assert call == Call("c", {"tag": ["b", "c"]})


@pytest.mark.parametrize(
    ("control", "parameters"),
    [
        ('<input name="q" value="x" dj-change="c" dj-value-row="1">', {"q": "x", "row": "1"}),
        ('<textarea dj-change="c">x</textarea>', {"value": "x"}),
        ('<input type="checkbox" name="on" checked dj-change="c">', {"on": True}),
        ('<input type="checkbox" dj-change="c">', {"checked": False}),
        ('<select multiple name="s" dj-change="c"><option selected>a</select>', {"s": ["a"]}),
    ],
)
def test_a_control_sends_its_value_by_its_name(control: str, parameters: dict[str, Any]) -> None:
    document = page(control)
    node = document.find("input, textarea, select")
    assert edit_calls(document, UserInput(), node, "dj-change") == [Call("c", parameters)]


def test_leaving_a_field_tells_its_change_and_its_blur_before_the_next_focus() -> None:
    document, user = (
        page('<input id="a" name="a" dj-change="c" dj-blur="b"><input id="z" dj-focus="f">'),
        UserInput(),
    )
    focus_calls(document, user, document.find("#a"))
    user.edit(document, document.find("#a"), "x", is_committed=False)
    calls = focus_calls(document, user, document.find("#z"))
    assert [call.name for call in calls] == ["c", "b", "f"]
    assert calls[0].parameters == {"a": "x"}


def test_an_edit_that_nobody_would_hear_of_is_refused() -> None:
    document = page('<input name="q"><input name="p" dj-input="search">')
    with pytest.raises(NoHandler, match=r'name="q".* has no dj-input .*that have: <input name="p"'):
        require_use(document, document.find("[name=q]"))


# --- keys ---------------------------------------------------------------------------------


def pressed(html: str, selector: str, key: str) -> list[tuple[str, dict[str, Any]]]:
    document = page(html)
    calls = press_calls(document, UserInput(), document.find(selector), key)
    return [(call.name, call.parameters) for call in calls]


def test_a_key_runs_the_handlers_that_ask_for_it() -> None:
    html = """<div dj-window-keydown.esc="close"><input value="v" dj-keydown="any"
        dj-keydown.arrowup="up" dj-keyup.space="space"></div>"""
    assert pressed(html, "input", "ArrowUp") == [
        ("any", {"key": "ArrowUp", "value": "v"}),
        ("up", {"key": "ArrowUp", "value": "v"}),
    ]
    assert pressed(html, "input", " ")[-1][0] == "space"
    assert pressed(html, "body", "Escape") == [("close", {"key": "Escape"})]


def test_enter_in_a_text_field_submits_its_form() -> None:
    html = '<form dj-submit="add"><input name="what" value="x"></form>'
    assert pressed(html, "input", "Enter") == [("add", {"what": "x"})]
    assert pressed(html, "input", "a") == []


# --- the user's side, across patches --------------------------------------------------------


def test_an_unanswered_edit_stands_against_the_server() -> None:
    user, before = UserInput(), page('<input name="q" value="">')
    user.edit(before, before.find("input"), "typed")
    user.carry(before, [before.find("input")], 3)
    after = page('<p>new</p><input name="q" value="server">')
    user.settle(after, acknowledged=2)
    assert user.value(after, after.find("input")) == "typed"
    user.settle(after, acknowledged=3)
    assert user.value(after, after.find("input")) == "server"


def test_an_answered_edit_stays_where_the_server_has_not_changed_the_value() -> None:
    user, before = UserInput(), page('<input name="q">')
    user.edit(before, before.find("input"), "typed")
    user.carry(before, [before.find("input")], 3)
    user.settle(before, acknowledged=3)
    assert user.value(before, before.find("input")) == "typed"


@pytest.mark.parametrize(("html", "shown"), [('value=""', ""), ("", "typed")])
def test_a_submitted_field_shows_what_the_template_says(html: str, shown: str) -> None:
    user, document = UserInput(), page(f'<form><input name="q" {html}></form>')
    user.edit(document, document.find("input"), "typed")
    user.carry(document, [document.find("input")], 1, is_submit=True)
    user.settle(document, acknowledged=1)
    assert user.value(document, document.find("input")) == shown


def test_edits_follow_their_keyed_row() -> None:
    row = '<li dj-key="{0}"><input name="what" value="{0}"></li>'
    user, before = UserInput(), page(row.format("a") + row.format("b"))
    user.edit(before, before.find("[value=b]"), "typed")
    after = page(row.format("new") + row.format("b") + row.format("a"))
    user.settle(after, acknowledged=0)
    values = [user.value(after, one) for one in after.find_all("input")]
    assert values == ["new", "typed", "a"]


def test_an_edit_is_forgotten_with_its_control() -> None:
    user, before = UserInput(), page('<input name="q">')
    user.edit(before, before.find("input"), "typed")
    user.settle(page("gone"), acknowledged=0)
    user.settle(before, acknowledged=0)
    assert user.value(before, before.find("input")) == ""
