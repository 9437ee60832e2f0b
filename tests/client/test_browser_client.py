"""The browser's client in a real browser, against a server whose every word a test decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.client.scripted_server import ScriptedServer, scripted_server


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def page(server: ScriptedServer, new_page: Callable[[], Page]) -> Page:
    """A page that is closed before its server ends."""
    return new_page()


def connected(page: Page, url: str) -> None:
    page.goto(url)
    state(page, "connected")


def state(page: Page, name: str) -> None:
    """Wait for a state of the connection."""
    page.locator(f'html[data-live="{name}"]').wait_for(state="attached")


def until(page: Page, condition: str) -> None:
    """Wait in the page: Playwright's own way needs `eval`, which the policy forbids."""
    look = f"const look = () => {condition} ? done() : setTimeout(look, 10);"
    page.evaluate(f"new Promise((done) => {{ {look} look(); }})")


# --- joining ----------------------------------------------------------------------------


def test_a_page_joins_with_what_its_root_says(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("hello"))
    join = server.next("join")
    assert (join["k"], join["u"], join["b"]) == ("token of /", "/", True)
    assert "e" not in join


def test_what_is_done_before_the_join_is_sent_after_it(page: Page, server: ScriptedServer) -> None:
    server.adopts = False
    page.goto(server.page("<button dj-click='one'>1</button><button dj-click='two'>2</button>"))
    page.click("text=1")
    page.click("text=2")
    server.next("join")
    assert server.has_heard_nothing()
    server.adopt()
    first, second = server.next("event"), server.next("event")
    assert [(one["h"], one["n"]) for one in (first, second)] == [("one", 1), ("two", 2)]


def test_a_live_form_is_never_sent_natively_even_before_the_join(
    page: Page, server: ScriptedServer
) -> None:
    server.adopts = False
    page.goto(server.page("<form dj-submit='save'><input name='title'><button>Go</button></form>"))
    page.fill("input", "Milk")
    page.click("text=Go")
    server.next("join")
    server.adopt()
    assert server.next_event() == ("save", {"title": "Milk"})
    assert page.url == server.url + "/"


def test_a_page_without_live_views_opens_no_socket(page: Page, server: ScriptedServer) -> None:
    server.page("")
    server.pages["/"] = server.pages["/"].replace("dj-view", "data-no-view")
    page.goto(server.url + "/")
    assert page.evaluate("document.documentElement.dataset.live") is None
    assert server.has_heard_nothing()


def test_every_root_of_a_page_joins_over_one_socket(page: Page, server: ScriptedServer) -> None:
    body = "</div><div dj-view='b' dj-token='second' dj-nonce='x'><button dj-click='go'>B</button>"
    server.adopts = False
    page.goto(server.page(body))
    assert [server.next("join").get("v", 0) for _ in range(2)] == [0, 1]
    server.adopt("")
    server.adopt("<button dj-click='go'>B</button>", view=1)
    page.click("text=B")
    assert server.next("event")["v"] == 1


# --- parameters -------------------------------------------------------------------------

CLICKS = [
    ("<button dj-click='go' dj-value-by='2'>x</button>", {"by": "2"}),
    ("<button dj-click='go' dj-value-by:int='2'>x</button>", {"by": 2}),
    ("<button dj-click='go' dj-value-is-on:bool='yes'>x</button>", {"is_on": True}),
    ("<button dj-click='go' dj-value-all:list='a, b'>x</button>", {"all": ["a", "b"]}),
    ("<button dj-click='go' dj-value-row:json='{\"id\":1}'>x</button>", {"row": {"id": 1}}),
    ("<button dj-click='go' value='7'>x</button>", {"value": "7"}),
    ("<p dj-click='go' dj-value-id='3'><b>x</b></p>", {"id": "3"}),
    ("<label>x<input type='checkbox' dj-click='go'></label>", {"checked": True}),
]


@pytest.mark.parametrize(("body", "parameters"), CLICKS)
def test_a_click_sends_its_values(
    page: Page, server: ScriptedServer, body: str, parameters: dict[str, object]
) -> None:
    connected(page, server.page(body))
    page.click("text=x")
    assert server.next_event() == ("go", parameters)


CHANGES = [
    ("<input id='c' name='title' dj-change='go'>", {"title": "new"}),
    ("<input id='c' dj-change='go' dj-value-row='4'>", {"value": "new", "row": "4"}),
    ("<form dj-change='go'><input id='c' name='a'><input name='b' value='2'></form>",
     {"a": "new", "b": "2", "_target": "a"}),
    ("<form><input type='checkbox' name='a' checked>"
     + "<input type='checkbox' id='c' name='a' value='2' dj-change='go'></form>",
     {"a": ["on", "2"]}),
    ("<div dj-change='go' dj-value-row='4'><input id='c' name='a'></div>",
     {"a": "new", "row": "4"}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "parameters"), CHANGES)
def test_a_change_sends_the_value_by_its_name(
    page: Page, server: ScriptedServer, body: str, parameters: dict[str, object]
) -> None:
    connected(page, server.page(body + "<button>elsewhere</button>"))
    if page.get_attribute("#c", "type") == "checkbox":
        page.check("#c")
    else:
        page.fill("#c", "new")
        page.locator("#c").blur()
    assert server.next_event() == ("go", parameters)


def test_boxes_and_lists_send_what_is_chosen(page: Page, server: ScriptedServer) -> None:
    body = """<input type="checkbox" name="done" dj-change="check">
      <select multiple name="tags" dj-change="tag"><option>a<option>b<option>c</select>"""
    connected(page, server.page(body))
    page.check("input")
    assert server.next_event() == ("check", {"done": True})
    page.select_option("select", ["a", "c"])
    assert server.next_event() == ("tag", {"tags": ["a", "c"]})


def test_a_form_sends_its_fields_and_the_button(page: Page, server: ScriptedServer) -> None:
    body = """<form dj-submit="save" dj-value-id="9"><input name="a" value="1">
      <input type="checkbox" name="b" value="x" checked>
      <input type="checkbox" name="b" value="y" checked>
      <input type="checkbox" name="c"><input type="file" name="d">
      <button name="way" value="fast">Go</button></form>"""
    connected(page, server.page(body))
    page.click("text=Go")
    fields = {"a": "1", "b": ["x", "y"], "way": "fast", "id": "9"}
    assert server.next_event() == ("save", fields)


# --- what else the user does --------------------------------------------------------------


def test_keys_are_filtered_by_the_attribute(page: Page, server: ScriptedServer) -> None:
    body = """<input name="t" dj-keydown.enter="add" dj-keyup="typed">
      <p dj-window-keydown.escape="close" dj-value-which="menu"></p>"""
    connected(page, server.page(body))
    page.press("input", "a")
    assert server.next_event() == ("typed", {"t": "a", "key": "a"})
    page.press("input", "Enter")
    assert server.next_event() == ("add", {"t": "a", "key": "Enter"})
    assert server.next_event() == ("typed", {"t": "a", "key": "Enter"})
    page.press("body", "Escape")
    assert server.next_event() == ("close", {"which": "menu", "key": "Escape"})


def test_focus_and_blur_are_told(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("<input name='t' dj-focus='came' dj-blur='went'>"))
    page.focus("input")
    assert server.next_event() == ("came", {"t": ""})
    page.locator("input").blur()
    assert server.next_event() == ("went", {"t": ""})


def test_a_click_elsewhere_is_told_only_while_the_element_is_seen(
    page: Page, server: ScriptedServer
) -> None:
    body = """<div dj-click-away="close"><b>menu</b></div><p>elsewhere</p>
      <div dj-click-away="never" hidden></div>"""
    connected(page, server.page(body))
    page.click("text=menu")
    page.click("text=elsewhere")
    assert server.next_event() == ("close", {})
    assert server.has_heard_nothing()


def test_a_question_is_asked_first(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("<button dj-click='drop' dj-confirm='Really?'>x</button>"))
    answers = iter([False, True])
    page.on("dialog", lambda dialog: dialog.accept() if next(answers) else dialog.dismiss())
    page.click("text=x")
    page.click("text=x")
    assert server.next("event")["n"] == 1


def test_typing_is_told_after_a_pause_and_before_a_click(
    page: Page, server: ScriptedServer
) -> None:
    body = "<input name='t' dj-input='typed' dj-debounce='60000'><button dj-click='add'>x</button>"
    connected(page, server.page(body))
    page.type("input", "hello")
    assert server.has_heard_nothing()
    page.click("text=x")
    assert server.next_event() == ("typed", {"t": "hello"})
    assert server.next_event() == ("add", {})


def test_unfinished_composition_is_not_sent(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("<input name='t' dj-input='typed' dj-debounce='0'>"))
    page.focus("input")
    browser = page.context.new_cdp_session(page)
    browser.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    assert server.has_heard_nothing()
    browser.send("Input.insertText", {"text": "日"})
    assert server.next_event() == ("typed", {"t": "日"})


def test_a_poll_asks_again_only_after_its_answer(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("<p dj-poll='look' dj-poll-interval='20' dj-value-a='1'></p>"))
    first = server.next("event")
    assert (first["h"], first["p"]) == ("look", {"a": "1"})
    page.wait_for_timeout(100)
    assert server.has_heard_nothing()
    server.acknowledge(first["n"])
    assert server.next_event() == ("look", {"a": "1"})


def test_the_edge_of_a_list_is_told_once_for_each_row(page: Page, server: ScriptedServer) -> None:
    rows = "".join(f"<p>row {number}</p>" for number in range(100))
    connected(page, server.page(f"<div dj-viewport-bottom='more'>{rows}</div>"))
    assert server.has_heard_nothing()
    page.locator("text=row 99").scroll_into_view_if_needed()
    assert server.next_event() == ("more", {})
    page.evaluate("scrollTo(0, 0)")
    page.locator("text=row 99").scroll_into_view_if_needed()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert server.has_heard_nothing()
    page.evaluate(
        "document.querySelector('[dj-viewport-bottom]').append('', document.createElement('p'))"
    )
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert server.next_event() == ("more", {})


# --- waiting ------------------------------------------------------------------------------


def test_an_element_shows_that_it_waits_until_the_acknowledgement(
    page: Page, server: ScriptedServer
) -> None:
    body = "<button dj-click='go'>x</button><i dj-loading='go' hidden>…</i><i dj-loading='no' hidden></i>"
    connected(page, server.page(body))
    page.click("text=x")
    expect(page.locator("button")).to_have_class("dj-loading dj-click-loading")
    expect(page.locator("[dj-loading=go]")).to_be_visible()
    expect(page.locator("[dj-loading=no]")).to_be_hidden()
    server.acknowledge(server.next("event")["n"])
    expect(page.locator("[dj-loading=go]")).to_be_hidden()
    assert page.locator("button").get_attribute("class") is None


def test_an_error_ends_the_waiting(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("<button dj-click='go' dj-disable-with='Wait'>x</button>"))
    page.click("text=x")
    expect(page.locator("button")).to_have_text("Wait")
    expect(page.locator("button")).to_be_disabled()
    server.send(t="error", a=server.next("event")["n"], k="crash", m="It broke.")
    expect(page.locator("button")).to_have_text("x")
    expect(page.locator("button")).to_be_enabled()
    expect(page.get_by_role("status")).to_have_text("It broke.")


def test_a_form_is_sent_once_however_often_it_is_submitted(
    page: Page, server: ScriptedServer
) -> None:
    connected(
        page, server.page("<form dj-submit='save'><input name='t'><button>Go</button></form>")
    )
    page.press("input", "Enter")
    expect(page.locator("button")).to_be_disabled()
    page.evaluate("document.forms[0].requestSubmit()")
    number = server.next("event")["n"]
    assert server.has_heard_nothing()
    server.acknowledge(number)
    expect(page.locator("button")).to_be_enabled()
    page.click("text=Go")
    assert server.next("event")["n"] == 2


# --- inputs -------------------------------------------------------------------------------

FIELD = "<input id='t' name='t' dj-input='typed' dj-debounce='0' value='{}'>"


def test_a_patch_leaves_alone_what_the_server_does_not_know_yet(
    page: Page, server: ScriptedServer
) -> None:
    connected(page, server.page(FIELD.format("")))
    page.type("input", "ab")
    first, second = server.next("event"), server.next("event")
    server.frame(a=first["n"], r=FIELD.format("A") + "<p>seen</p>")
    page.wait_for_selector("text=seen")
    expect(page.locator("input")).to_have_value("ab")
    server.frame(a=second["n"], r=FIELD.format("AB") + "<p>both</p>")
    page.wait_for_selector("text=both")
    expect(page.locator("input")).to_have_value("AB")
    expect(page.locator("input")).to_be_focused()


def test_a_failed_event_leaves_the_input_to_its_user(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page(FIELD.format("")))
    page.type("input", "a")
    server.send(t="error", a=server.next("event")["n"], k="crash", m="It broke.")
    server.frame(r=FIELD.format("server's") + "<p>seen</p>")
    page.wait_for_selector("text=seen")
    expect(page.locator("input")).to_have_value("a")


def test_a_view_that_began_anew_is_told_what_was_typed(page: Page, server: ScriptedServer) -> None:
    body = """<form id="f" dj-change="check"><input name="a"><input name="p" type="password"></form>
      <input name="own" dj-input="typed"><input name="no" dj-change="no" dj-no-recover>"""
    connected(page, server.page(body))
    for name in ("a", "p", "own", "no"):
        page.fill(f"[name={name}]", name.upper())
    page.locator("[name=no]").blur()
    names = [server.next_event()[0] for _ in range(4)]
    assert names == ["check", "check", "typed", "no"]
    server.adopts = False
    server.end_socket(1012)
    server.next("join")
    server.mount(body, a=4)
    told = [server.next_event() for _ in range(2)]
    assert told == [("check", {"a": "A", "_target": "a"}), ("typed", {"own": "OWN"})]
    expect(page.locator("[name=own]")).to_have_value("OWN")


def test_an_element_that_comes_with_autofocus_has_the_focus(
    page: Page, server: ScriptedServer
) -> None:
    connected(page, server.page("<input id='a' dj-blur='left'>"))
    page.focus("#a")
    server.frame(r="<input id='b' autofocus>")
    expect(page.locator("#b")).to_be_focused()
    assert server.has_heard_nothing(), "the first input was taken away, not left by its user"


# --- the connection -----------------------------------------------------------------------


def test_what_was_not_acknowledged_is_sent_again(page: Page, server: ScriptedServer) -> None:
    connected(
        page, server.page("<button dj-click='one'>1</button><button dj-click='two'>2</button>")
    )
    server.next("join")
    page.click("text=1")
    page.click("text=2")
    assert [server.next("event")["n"] for _ in range(2)] == [1, 2]
    server.frame(a=1)
    expect(page.locator("text=1")).not_to_have_class("dj-loading dj-click-loading")
    server.adopts = False
    server.end_socket(1012)
    join = server.next("join")
    assert (join["e"], join["n"]) == ("epoch", 1)
    server.resume(1)
    again = server.next("event")
    assert (again["n"], again["r"]) == (2, True)
    state(page, "connected")


def test_a_refused_page_stays_away_and_says_so(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("hello"))
    server.next("join")
    server.send(t="bye", m="not allowed", g=False)
    server.end_socket(4403)
    state(page, "refused")
    expect(page.get_by_role("status")).to_contain_text("refused")
    expect(page.get_by_role("button", name="Load again")).to_be_visible()


def test_the_lost_connection_is_seen_and_comes_back(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("hello"))
    server.adopts = False
    server.end_socket(1012)
    expect(page.get_by_role("status")).to_contain_text("Connection lost")
    server.next("join")
    server.next("join")
    server.resume(0)
    state(page, "connected")
    expect(page.get_by_role("status")).to_be_hidden()


def test_frames_are_reported_as_seen(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("<button dj-click='go'>x</button>"))
    server.frame(r="<button dj-click='go'>y</button>")
    page.click("text=y")
    assert server.next("event")["s"] == 1
    for _ in range(32):
        server.frame(e=[])
    assert server.next("seen")["n"] == 33


def test_a_gap_in_the_frames_asks_for_what_is_missing(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("hello"))
    server.next("join")
    server.adopts = False
    server.send(t="frame", n=5, r="from the future")
    join = server.next("join")
    assert (join["e"], join.get("n", 0)) == ("epoch", 0)


def test_a_view_that_is_down_can_be_asked_for_again(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("hello"))
    server.next("join")
    server.send(t="error", k="down", m="This view failed too often.")
    page.click("text=Try again")
    server.next("join")


def test_leaving_the_page_leaves_the_view(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("hello"))
    page.goto("about:blank")
    server.next("leave")


def test_development_shows_why_a_handler_failed(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("hello"))
    detail = {"traceback": "ValueError: <b>no</b>", "handler": "go"}
    server.send(t="error", k="crash", m="go failed", d=detail, i="abc")
    panel = page.get_by_role("alert")
    expect(panel).to_contain_text("ValueError: <b>no</b>")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()


# --- addresses ----------------------------------------------------------------------------


def test_a_live_link_replaces_the_view_over_the_same_socket(
    page: Page, server: ScriptedServer
) -> None:
    connected(page, server.page("<a href='/two?x=1' dj-navigate>Two</a>"))
    page.click("text=Two")
    navigate = server.next("navigate")
    assert (navigate["u"], navigate["k"]) == ("/two?x=1", "redirect")
    server.mount("<h1>Second</h1>", a=navigate["n"], k="token 2", i="Second page")
    page.wait_for_url("**/two?x=1")
    expect(page).to_have_title("Second page")
    assert page.evaluate("document.activeElement.hasAttribute('dj-view')")


def test_the_back_button_asks_for_the_former_address_and_place(
    page: Page, server: ScriptedServer
) -> None:
    tall = "<p>tall</p>" * 50 + "<a href='?page=2' dj-patch>Next</a>" + "<p>tall</p>" * 200
    connected(page, server.page(tall))
    place = page.evaluate("document.querySelector('a').scrollIntoView(), scrollY")
    assert place > 500
    page.click("text=Next")
    navigate = server.next("navigate")
    assert (navigate["u"], navigate["k"]) == ("/?page=2", "patch")
    server.frame(a=navigate["n"], r=tall + "<p>page 2</p>")
    page.wait_for_url("**/?page=2")
    page.evaluate("scrollTo(0, 3000)")
    page.evaluate("history.back()")
    back = server.next("navigate")
    assert (back["u"], back["k"]) == ("/", "patch")
    server.frame(a=back["n"], r=tall)
    until(page, f"scrollY === {place}")


def test_keys_with_a_click_leave_the_link_to_the_browser(
    page: Page, server: ScriptedServer
) -> None:
    connected(page, server.page("<a href='/two' dj-navigate>Two</a>"))
    server.page("second", "/two")
    with page.context.expect_page() as other:
        page.click("text=Two", modifiers=["Control"])
    other.value.wait_for_url("**/two")
    assert page.url == server.url + "/"


def test_the_server_moves_the_page(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("hello"))
    server.send(t="moved", u="/?q=1", k="patch")
    page.wait_for_url("**/?q=1")
    server.send(t="moved", u="/other", k="redirect")
    assert server.next("navigate")["u"] == "/other"
    server.page("plain", "/plain")
    server.send(t="moved", u="/plain", k="page")
    page.wait_for_url("**/plain")


def test_an_address_that_fails_is_loaded_as_a_page(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("<a href='/two' dj-navigate>Two</a>"))
    server.page("second", "/two")
    page.click("text=Two")
    server.next("navigate")
    server.send(t="error", k="refused", m="no view there")
    page.wait_for_url("**/two")


# --- hooks and events ---------------------------------------------------------------------

HOOK = """
const log = (word) => { document.title += ` ${word}`; };
window.limelight.hooks.Chart = {
  mounted() {
    log("mounted");
    this.handleEvent("points", ({ count }) => log(`points:${count}`));
    this.pushEvent("ready", { size: 3 }).then(() => log("answered"), () => log("failed"));
  },
  disconnected() { log("disconnected"); },
  reconnected() { log("reconnected"); },
  destroyed() { log("destroyed"); },
};
window.addEventListener("live:points", ({ detail }) => log(`window:${detail.count}`));
"""


def test_a_hook_lives_with_its_element(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("<div id='c' dj-hook='Chart'></div>", script=HOOK))
    event = server.next("event")
    assert (event["h"], event["p"]) == ("ready", {"size": 3})
    server.frame(a=event["n"], e=[["event", ["points", {"count": 2}]]])
    server.end_socket(1012)
    expect(page).to_have_title("Page mounted window:2 points:2 answered disconnected reconnected")
    server.frame(r="<p>gone</p>")
    expect(page).to_have_title(
        "Page mounted window:2 points:2 answered disconnected reconnected destroyed"
    )


def test_a_hook_hears_that_its_event_failed(page: Page, server: ScriptedServer) -> None:
    connected(page, server.page("<div id='c' dj-hook='Chart'></div>", script=HOOK))
    server.send(t="error", a=server.next("event")["n"], k="crash", m="no")
    expect(page).to_have_title("Page mounted failed")


def test_the_bundle_does_the_same(page: Page, server: ScriptedServer) -> None:
    server.script = "limelight.js"
    connected(page, server.page("<button dj-click='go'>x</button>"))
    page.click("text=x")
    assert server.next_event() == ("go", {})
    server.frame(a=1, r="<p>done</p>")
    page.wait_for_selector("text=done")
