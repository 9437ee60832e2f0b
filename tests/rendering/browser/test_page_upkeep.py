"""What patches leave alone, whom they tell, and what becomes of markup that does not fit."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from tests.rendering.browser.picture_page import NONCE, PicturePage

# --- what the user has


def test_a_dirty_field_keeps_its_text_and_shows_the_servers_when_it_is_clean(
    live_page: PicturePage,
) -> None:
    live_page.show('<input id=f value="{{ x }}"><textarea id=a>{{ x }}</textarea>', x="one")
    page = live_page.page
    page.fill("#f", "typed")
    page.fill("#a", "typed")
    live_page.update(x="two")
    assert [page.input_value("#f"), page.input_value("#a")] == ["typed", "typed"]
    page.evaluate("() => dirty.clear()")
    live_page.update(x="three")
    assert [page.input_value("#f"), page.input_value("#a")] == ["three", "three"]


def test_a_kept_field_shows_the_same_although_nobody_has_typed(live_page: PicturePage) -> None:
    live_page.show('<input id=f value="{{ x }}"><input id=c type=checkbox {{ c }}>', x="one", c="")
    page = live_page.page
    page.evaluate("() => document.querySelectorAll('input').forEach((one) => dirty.add(one))")
    live_page.update(x="two", c="checked")
    assert page.input_value("#f") == "one"
    assert not page.is_checked("#c")


def test_the_caret_stays_where_it_is_when_the_server_changes_the_text(
    live_page: PicturePage,
) -> None:
    live_page.show('<input id=f value="{{ x }}">', x="one two")
    page = live_page.page
    page.focus("#f")
    page.evaluate("() => document.querySelector('#f').setSelectionRange(3, 4)")
    live_page.update(x="ONE TWO")
    assert page.input_value("#f") == "ONE TWO"
    assert page.evaluate("() => [document.activeElement.selectionStart, "
                         "document.activeElement.selectionEnd]") == [3, 4]  # fmt: skip


def test_a_choice_of_the_user_gives_way_when_the_server_chooses(live_page: PicturePage) -> None:
    live_page.show(
        "<select>{% for n in range(3) %}<option {{ 'selected' if n == x }}>{{ n }}</option>"
        "{% endfor %}</select><input type=checkbox {{ 'checked' if x == 1 }}>",
        x=0,
    )
    page = live_page.page
    page.select_option("select", "2")
    page.check("input")
    page.evaluate("() => dirty.clear()")
    live_page.update(x=1)
    assert page.input_value("select") == "1"
    live_page.update(x=0)
    assert page.input_value("select") == "0"
    assert not page.is_checked("input")


@pytest.mark.parametrize("name", ["details", "dialog"])
def test_what_the_reader_opened_stays_open(live_page: PicturePage, name: str) -> None:
    live_page.show(f'<{name} id=d class="{{{{ x }}}}">{{{{ x }}}}</{name}>', x="a")
    live_page.page.evaluate("() => { document.querySelector('#d').open = true }")
    live_page.update(x="b")
    assert live_page.page.evaluate("() => document.querySelector('#d').open")
    live_page.page.evaluate("() => live.apply({shapes: {}, diff: null, root: '<p>x'})")


# --- what belongs to others


def test_the_inside_of_an_ignored_element_is_left_alone(live_page: PicturePage) -> None:
    live_page.show(
        '<div id=d dj-update="ignore" class="{{ x }}"><b>{{ x }}</b></div>{{ x }}', x="a"
    )
    page = live_page.page
    page.evaluate("() => { document.querySelector('#d').textContent = 'mine' }")
    live_page.update(x="b")
    assert page.inner_text("#d") == "mine"
    assert page.get_attribute("#d", "class") == "b"


def test_an_ignored_element_that_arrives_is_filled_once(live_page: PicturePage) -> None:
    template = '{% if f %}<div id=d dj-update="ignore"><b>{{ x }}</b></div>{% endif %}'
    live_page.show(template, x="a", f=False)
    live_page.update(x="b", f=True)
    assert live_page.page.inner_text("#d") == "b"
    live_page.update(x="c", f=True)
    assert live_page.page.inner_text("#d") == "b"


def test_a_morph_leaves_an_ignored_element_alone(live_page: PicturePage) -> None:
    template = '<h{{ n }}>t</h{{ n }}><div id=d dj-update="ignore" class="{{ x }}">{{ x }}</div>'
    live_page.show(template, x="a", n=1)
    page = live_page.page
    page.evaluate("() => { document.querySelector('#d').textContent = 'mine' }")
    live_page.update(x="b", n=2)
    assert page.inner_text("#d") == "mine"
    assert page.get_attribute("#d", "class") == "b"


def test_attributes_that_others_have_set_stay(live_page: PicturePage) -> None:
    live_page.show("<p id=p class=x {{ g }}>t</p>", g="hidden")
    page = live_page.page
    page.evaluate("() => document.querySelector('#p').setAttribute('aria-busy', 'true')")
    live_page.update(g=Markup("title=t"))
    attributes = "() => document.querySelector('#p').getAttributeNames().sort().join()"
    assert page.evaluate(attributes) == "aria-busy,class,id,title"


def test_custom_elements_wake_with_their_attributes_and_content(live_page: PicturePage) -> None:
    live_page.show("{% for n in l %}<x-note name='{{ n }}'>{{ n }}</x-note>{% endfor %}", l=[])
    live_page.page.evaluate(
        """() => {
          window.seen = [];
          customElements.define("x-note", class extends HTMLElement {
            connectedCallback() { seen.push(this.getAttribute("name") + this.textContent); }
            disconnectedCallback() { seen.push("gone"); }
          });
        }"""
    )
    live_page.update(l=["a", "b"])
    live_page.update(l=["a"])
    assert live_page.page.evaluate("() => seen") == ["aa", "bb", "gone"]


@pytest.mark.parametrize(
    "template",
    [
        "{% if x %}<script src='/data.js'></script>{% endif %}",
        "{% for s in x %}<script src='/data.js'>{{ s }}</script>{% endfor %}",
        "<div>{{ x }}</div>",
        "<h{{ n }}></h{{ n }}>{{ x }}",
    ],
)
def test_scripts_in_patches_never_run(live_page: PicturePage, template: str) -> None:
    live_page.show(template, x="", n=1)
    asked: list[str] = []
    live_page.page.on("request", lambda request: asked.append(request.url))
    live_page.update(x=Markup("<script src='/data.js'></script>"), n=2)
    live_page.page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
    assert asked == []
    live_page.check()


# --- whom it tells


def test_the_watcher_is_told_what_came_changed_and_went(live_page: PicturePage) -> None:
    live_page.show(
        "<div id=outer><p id=p>{{ x }}</p>"
        "{% for n in names %}{% key n %}<b id=b{{ n }}><i id=i{{ n }}></i></b>{% endfor %}</div>",
        x="a",
        names=[1, 2],
    )
    live_page.update(x="b", names=[1, 2])
    assert live_page.told == ["updated p", "updated outer", "updated div"]
    live_page.update(x="b", names=[2, 3])
    assert live_page.told == [
        "removed b1", "removed i1", "added b3", "added i3", "updated outer", "updated div",
    ]  # fmt: skip


# --- markup that does not fit


def test_marks_in_the_text_of_users_are_not_ours(live_page: PicturePage) -> None:
    spoof = Markup("<!--[other--><i>x</i><!--]other--><!--rother-->")
    live_page.show("<p>{{ x }} {{ y }}</p>", x=spoof, y="a")
    assert live_page.unbound == []
    live_page.update(x=spoof, y="b")
    live_page.check()
    assert NONCE not in spoof


def test_a_slot_that_the_parser_moved_is_named_and_comes_as_html(live_page: PicturePage) -> None:
    template = "<ul>{% for n in l %}<li>{{ n }}{{ y }}</li>{% endfor %}</ul><p>{{ y }}</p>"
    live_page.show(template, l=[1, 2], y="a")
    html = live_page.picture.first_html({"l": [1, 2], "y": "a"}, NONCE)
    moved = html.replace("<li>", "<li><b></b>", 1)
    live_page.page.evaluate("(html) => live.restart(html)", moved)
    live_page.adopt()
    assert live_page.unbound is not None
    assert len(live_page.unbound) == 1
    live_page.update(l=[1, 2, 3], y="b")
    live_page.check()


def test_rows_without_tbody_are_shown_right_all_the_same(live_page: PicturePage) -> None:
    template = "<table>{% for n in l %}<tr><td>{{ n }}</td></tr>{% endfor %}</table>"
    live_page.show(template, l=[])
    for size in (2, 0, 3):
        live_page.update(l=list(range(size)))
        live_page.check()


def test_text_in_a_table_is_shown_where_browsers_put_it(live_page: PicturePage) -> None:
    live_page.show("<table><tbody>{% if f %}{{ x }}{% endif %}</tbody></table>", f=False, x="a")
    for state in ({"f": True, "x": "&"}, {"f": True, "x": "b"}, {"f": False, "x": "c"}):
        live_page.update(state)
        live_page.check()


def test_html_in_a_slot_is_morphed_and_keeps_the_focus(live_page: PicturePage) -> None:
    form = "<b>{}</b><form><input id=f value='{}'></form>"
    live_page.show("<div>a {{ x }} c</div>", x=Markup(form.format(1, 1)))
    page = live_page.page
    page.focus("#f")
    page.evaluate("() => { window.before = document.activeElement }")
    live_page.update(x=Markup(form.format(2, 2)))
    live_page.check()
    assert page.evaluate("() => before === document.activeElement && before.isConnected")


def test_a_page_as_html_keeps_what_is_typed(live_page: PicturePage) -> None:
    live_page.show("<h{{ n }}>x</h{{ n }}><input id=f value='{{ x }}'>", n=1, x="a")
    page = live_page.page
    page.fill("#f", "typed")
    live_page.update(n=2, x="b")
    assert live_page.patch
    assert live_page.patch.root
    assert page.input_value("#f") == "typed"
    assert page.evaluate("() => document.activeElement.id") == "f"
    assert page.get_attribute("#f", "value") == "b"


def test_an_id_inside_an_element_of_the_same_id_is_shown_all_the_same(
    live_page: PicturePage,
) -> None:
    one = "<p id=x>{{ n }}</p>"
    other = "<div id=x><p id=x>{{ n }}</p><i></i></div><p id=x></p>"
    page = "<h{{ n }}>x</h{{ n }}>{% if n == 1 %}" + one + "{% else %}" + other + "{% endif %}"
    live_page.show(page, n=1)
    for number in (2, 1, 2):
        live_page.update(n=number)
        live_page.check()


def test_names_with_a_namespace_stay_in_it(live_page: PicturePage) -> None:
    live_page.show('<svg>{% for n in l %}<use xlink:href="#{{ n }}"/>{% endfor %}</svg>', l=["a"])
    live_page.update(l=["b", "c"])
    live_page.check()
    found = live_page.page.evaluate(
        "() => [...document.querySelectorAll('use')].map((use) => use.href.baseVal)"
    )
    assert found == ["#b", "#c"]
