"""Who may have a view: at every door, for every visitor, before any of the view exists."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trio
from itsdangerous import TimestampSigner
from quart import request
from quart_auth import AuthUser, login_user, logout_user

from limelight import Account, LiveApp, LiveView, Request, event_handler
from limelight.client.uploading import LocalFile
from limelight.mixins import LoginRequiredMixin, PermissionRequiredMixin, UploadMixin
from limelight.server.guard import own_path
from limelight.server.tokens import PageToken
from limelight.testing import EventFailed, PageError, ViewPage, open_browser

PERMISSION = "app.change_item"
FILE = LocalFile("notes.txt", b"some notes " * 20_000, "text/plain")


class Ann:
    """An account that knows at each moment what it may do."""

    username = "Ann"

    def __init__(self, permissions: set[str]) -> None:
        self._permissions = permissions

    def has_perm(self, name: str) -> bool:
        return name in self._permissions


class Members:
    """An application with one user, whose permission comes and goes."""

    def __init__(self, folder: Path | None = None) -> None:
        self.mounted: list[str] = []
        self.permissions = {PERMISSION}
        self.load: Callable[[str], Any] = lambda auth_id: Ann(self.permissions)
        members = self

        class Page(LiveView):
            template = (
                "<h1>{{ who }} {{ clicks }}</h1><button dj-click='click'>+</button>"
                "<a href='/admin' dj-navigate>Admin</a>"
            )

            def mount(self, request: Request, **params: Any) -> None:
                members.mounted.append(type(self).__name__)
                self.who, self.clicks = request.user.username, 0

            @event_handler()
            def click(self) -> None:
                self.clicks += 1

        class ProtectedView(LoginRequiredMixin, Page):
            login_url = "/accounts/login/"

        class AdminView(LoginRequiredMixin, PermissionRequiredMixin, UploadMixin, Page):
            permission_required = PERMISSION
            template = Page.template + "<input type='file' dj-upload='notes'>"

            def mount(self, request: Request, **params: Any) -> None:
                super().mount(request, **params)
                self.allow_upload("notes", accept=".txt")

        class Around(LiveView):
            template = "<p>Around</p>{{ live_view('admin', AdminView) }}"

            def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
                return super().get_context_data(AdminView=AdminView, **kwargs)

        self.app = app = LiveApp(__name__)
        app.config.update(SECRET_KEY="secret", LIVE_ENV="development", TESTING=True)
        if folder is not None:
            app.config["LIVE_UPLOAD_DIR"] = str(folder)
        app.live("/", Page)
        app.live("/protected", ProtectedView)
        app.live("/admin", AdminView)
        app.live("/around", Around)
        app.user_loader(lambda auth_id: self.load(auth_id))

        # By GET, since the test's browser has no other way to ask for them.
        @app.get("/accounts/login/")
        async def login() -> str:
            if "now" in request.args:
                login_user(AuthUser("ann"))
            return "Log in"

        @app.get("/accounts/logout/")
        async def logout() -> str:
            logout_user()
            return "Goodbye"

    def guarded_views(self) -> int:
        seats = self.app.runtime.seats.values()
        return sum(issubclass(seat.view, LoginRequiredMixin) for seat in seats)

    def stolen_token(self, page: ViewPage) -> str:
        """A page token of the guarded view, as nobody outside can make one."""
        request = page.visitor.request
        token = PageToken("gone", "live /admin", request.session_id, request.user.auth_id or "")
        return self.app.runtime.signer.write(token)


@asynccontextmanager
async def visiting(
    members: Members, path: str, *, is_logged_in: bool = True, follow: bool = True
) -> AsyncIterator[ViewPage]:
    first = "/accounts/login/" + ("?now" if is_logged_in else "")
    async with open_browser(members.app, first, follow=follow) as page:
        await page.load(path)
        yield page


async def log_out(page: ViewPage) -> None:
    """In another tab of the same browser."""
    async with page.open_tab("/accounts/logout/"):
        await page.settle()


# --- the matrix: visitors ---------------------------------------------------------------

Change = Callable[[Members, ViewPage], Awaitable[None]]


async def stays(members: Members, page: ViewPage) -> None:
    """Nothing happens meanwhile."""


async def logs_out(members: Members, page: ViewPage) -> None:
    await log_out(page)


async def loses_permission(members: Members, page: ViewPage) -> None:
    members.permissions.clear()


VISITORS: dict[str, tuple[bool, bool, Change]] = {
    # is logged in, has the permission, what happens between the page and the door
    "anonymous": (False, False, stays),
    "without permission": (True, False, stays),
    "with permission": (True, True, stays),
    "logged out meanwhile": (True, True, logs_out),
    "revoked meanwhile": (True, True, loses_permission),
}

# --- the matrix: doors ------------------------------------------------------------------

Door = Callable[[Members, ViewPage, Change], Awaitable[None]]


async def by_page(members: Members, page: ViewPage, change: Change) -> None:
    await change(members, page)
    await page.load("/admin")


async def by_join(members: Members, page: ViewPage, change: Change) -> None:
    """The page is there, its socket has not joined yet."""
    await page.disconnect()
    page.link.epoch = ""
    await change(members, page)
    await page.reconnect()


async def by_return(members: Members, page: ViewPage, change: Change) -> None:
    await page.disconnect()
    await change(members, page)
    await page.reconnect()


async def by_navigation(members: Members, page: ViewPage, change: Change) -> None:
    await change(members, page)
    if page.is_connected:
        await page.click("a")
    else:
        await page.reconnect()


async def by_event(members: Members, page: ViewPage, change: Change) -> None:
    await change(members, page)
    if page.is_connected:
        await page.click("button")
    else:
        await page.reconnect()


async def by_waiting(members: Members, page: ViewPage, change: Change) -> None:
    """Nothing is done until the socket is looked at again."""
    await change(members, page)
    if page.is_connected:
        await trio.sleep(61)
        await page.settle()
    else:
        await page.reconnect()


async def by_upload(members: Members, page: ViewPage, change: Change) -> None:
    """The file was offered and taken; what comes now are its parts."""
    if not page.count("input"):
        await by_event(members, page, change)
        return
    (sending,) = await page.choose_files("input", FILE)
    await change(members, page)
    if page.is_connected:
        await sending.send(chunks=1)
        await page.settle()
    else:
        await page.reconnect()


async def by_nesting(members: Members, page: ViewPage, change: Change) -> None:
    """The view around it is everybody's."""
    await page.load("/around")
    await change(members, page)
    if not page.is_connected:
        await page.reconnect()
    await page.tell("render again")


DOORS = {
    "page": by_page,
    "join": by_join,
    "return": by_return,
    "navigation": by_navigation,
    "upload": by_upload,
    "event": by_event,
    "nested view": by_nesting,
    "socket that only waits": by_waiting,
}
WAITS = "socket that only waits"


def expected(door: str, visitor: str) -> str:
    """Whoever has the permission is in; the others are told what would help."""
    if visitor == "with permission":
        return "in"
    if (door, visitor) == ("join", "logged out meanwhile"):
        # Loaded anew it might be refused anew, for ever.
        return "refused"
    if door == "nested view":
        return "empty place"
    return "login" if visitor in {"anonymous", "logged out meanwhile"} else "403"


async def knock(members: Members, visitor: str, door: str) -> str:
    """Try to get into the guarded view; return what became of it."""
    is_logged_in, has_permission, change = VISITORS[visitor]
    may_be_in = is_logged_in and has_permission
    if not may_be_in:
        members.permissions.clear()
    async with visiting(members, "/admin" if may_be_in else "/", is_logged_in=is_logged_in) as page:
        if not may_be_in and door not in {"page", "nested view"}:
            # All that is left to them: a page of everybody's, that says it is the guarded one.
            return await pretend(members, page, door)
        try:
            await DOORS[door](members, page, change)
        except PageError as error:
            if "403" in str(error) or "another user" in str(error):
                return "403" if "403" in str(error) else "refused"
            raise
        await page.settle()
        return what_is_shown(page)


async def pretend(members: Members, page: ViewPage, door: str) -> str:
    """Join, come back or navigate to the guarded view's address with another page's token."""
    try:
        if door == "navigation":
            await page.click("a")
        else:
            page.link.token = members.stolen_token(page)
            page.link.epoch = "any" if door == "return" else ""
            await page.reconnect()
    except PageError as error:
        if "403" in str(error):
            return "403"
        raise
    return what_is_shown(page)


def what_is_shown(page: ViewPage) -> str:
    if page.path.startswith("/accounts/login/"):
        return "login"
    if any(error.kind == "forbidden" for error in page.errors):
        return "403"
    if page.path == "/around":
        return "in" if page.count("h1") else "empty place"
    return "in" if page.text("h1").startswith("Ann") else "?"


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("door", [door for door in DOORS if door != WAITS])
async def test_every_door_asks_every_visitor(door: str, visitor: str, tmp_path: Path) -> None:
    await check(door, visitor, tmp_path)


@pytest.mark.parametrize("visitor", VISITORS)
async def test_a_socket_that_only_waits_is_asked_after_a_minute(
    visitor: str, autojump_clock: Any, tmp_path: Path
) -> None:
    await check(WAITS, visitor, tmp_path)


async def check(door: str, visitor: str, folder: Path) -> None:
    members = Members(folder)
    async with members.app.running():
        outcome = await knock(members, visitor, door)

        assert outcome == expected(door, visitor)
        assert outcome == "in" or members.guarded_views() == 0
        if visitor in {"anonymous", "without permission"}:
            assert "AdminView" not in members.mounted


async def test_a_nested_view_asks_whoever_comes_back() -> None:
    members = Members()
    async with visiting(members, "/around") as page:
        await page.disconnect()
        members.permissions.clear()
        await page.reconnect()
        await page.settle()

        assert page.errors == []
        assert page.text("p") == "Around"
        assert page.count("h1") == members.guarded_views() == 0


# --- the reference page, and addresses --------------------------------------------------------


async def test_the_examples_of_the_reference_page_let_the_right_visitor_in() -> None:
    members = Members()
    async with visiting(members, "/protected") as page:
        assert page.text("h1") == "Ann 0"
        await page.load("/admin")
        assert page.text("h1") == "Ann 0"


@pytest.mark.parametrize("path", ["/protected", "/admin"])
async def test_anonymous_visitors_find_the_way_back_in_the_login_address(path: str) -> None:
    members = Members()
    async with visiting(members, f"{path}?page=2&sort=a%20b", is_logged_in=False) as page:
        parts = urlsplit(page.path)
        assert parts.path == "/accounts/login/"
        assert parse_qs(parts.query) == {"next": [f"{path}?page=2&sort=a%20b"]}
        assert members.mounted == []


ELSEWHERE = (
    "//evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\r\n/evil.example",
    "/\n//evil.example",
    "\t//evil.example",
    " //evil.example",
    "///evil.example",
    "http:evil.example",
    "evil.example",
    "/\x00/evil.example",
    "/\u2028/evil.example",
    "",
    None,
)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_a_next_that_a_browser_could_take_for_another_site_is_not_followed(url: str | None) -> None:
    assert own_path(url, "/home") == "/home"
    assert LiveApp.own_path(url) == "/"


@pytest.mark.parametrize("url", ["/", "/orders?page=2", "/a/b#c", "/search?q=//x", "/a%2F%5Cb"])
def test_a_path_on_this_site_is_followed(url: str) -> None:
    assert own_path(url) == url


@pytest.mark.parametrize("url", [one for one in ELSEWHERE if one])
def test_a_login_address_elsewhere_is_refused_when_the_class_is_made(url: str) -> None:
    with pytest.raises(ValueError, match=r"Elsewhere\.login_url"):
        type("Elsewhere", (LoginRequiredMixin, LiveView), {"login_url": url})


async def test_a_login_url_elsewhere_stops_the_start() -> None:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="secret", LOGIN_URL="//evil.example")
    with pytest.raises(ValueError, match="LOGIN_URL"):
        async with app.running():
            raise AssertionError("it runs")


def test_a_permission_that_is_not_named_is_refused_when_the_class_is_made() -> None:
    for nothing in ((), "", ["a", ""], [3]):
        with pytest.raises(TypeError, match="permission_required"):
            type("Open", (PermissionRequiredMixin, LiveView), {"permission_required": nothing})


async def test_a_view_may_need_several_permissions() -> None:
    members = Members()

    class Both(PermissionRequiredMixin, LiveView):
        permission_required = (PERMISSION, "app.delete_item")
        template = "<h1>Both</h1>"

    members.app.live("/both", Both)
    async with visiting(members, "/") as page:
        with pytest.raises(PageError, match="403"):
            await page.load("/both")
        members.permissions.add("app.delete_item")
        await page.load("/both")
        assert page.text("h1") == "Both"


# --- users -------------------------------------------------------------------------------------


async def test_without_a_loader_a_user_has_an_id_and_no_permission() -> None:
    members = Members()
    members.app.logins.loader = None
    async with visiting(members, "/protected") as page:
        assert page.text("h1") == "ann 0"
        with pytest.raises(PageError, match="403"):
            await page.load("/admin")


async def test_a_loader_may_be_async_and_an_account_plain() -> None:
    members = Members()

    async def load(auth_id: str) -> Account:
        await trio.lowlevel.checkpoint()
        return Account("Ann", {PERMISSION})

    members.load = load
    async with visiting(members, "/admin") as page:
        assert page.text("h1") == "Ann 0"


async def test_a_loaders_account_without_its_names_is_an_error_that_says_so() -> None:
    members = Members()
    members.load = lambda auth_id: object()
    members.app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(TypeError, match="without username and has_perm"):
        async with visiting(members, "/"):
            raise AssertionError("the page came")


async def test_a_loader_that_fails_at_a_return_lets_the_page_ask_again() -> None:
    members = Members()
    async with visiting(members, "/admin") as page:
        await page.click("button")
        await page.disconnect()
        members.load = lambda auth_id: 1 // 0
        with pytest.raises(EventFailed, match="down"):
            await page.reconnect()
        members.load = lambda auth_id: Ann(members.permissions)
        await page.reconnect()
        assert page.text("h1") == "Ann 1"


async def test_an_account_that_cannot_answer_lets_nobody_in_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(account: Ann, name: str) -> bool:
        raise OSError("no database")

    members = Members()
    async with visiting(members, "/admin") as page, visiting(members, "/") as outside:
        with monkeypatch.context() as patched:
            patched.setattr(Ann, "has_perm", fail)
            with pytest.raises(EventFailed, match="crash"):
                await page.click("button")
            with pytest.raises(EventFailed, match="down"):
                await outside.click("a")
            await page.disconnect()
            with pytest.raises(EventFailed, match="down"):
                await page.reconnect()
        await page.reconnect()
        await page.click("button")
        assert page.text("h1") == "Ann 1"


async def test_an_account_is_loaded_again_while_its_socket_is_open(autojump_clock: Any) -> None:
    members = Members()
    members.load = lambda auth_id: Account("Ann", frozenset(members.permissions))
    async with visiting(members, "/admin") as page:
        members.permissions.clear()
        await page.click("button")
        await trio.sleep(61)
        await page.settle()
        assert page.errors[-1].kind == "forbidden"
        assert members.guarded_views() == 0


async def test_a_user_whom_the_loader_does_not_know_any_more_is_logged_out(
    autojump_clock: Any,
) -> None:
    members = Members()
    async with visiting(members, "/admin") as page:
        members.load = lambda auth_id: None
        await trio.sleep(61)
        await page.settle()
        assert not page.is_connected
        await page.reconnect()
        assert page.path.startswith("/accounts/login/")


async def test_a_disconnected_user_comes_back_to_the_same_view(autojump_clock: Any) -> None:
    members = Members()
    async with (
        visiting(members, "/admin") as page,
        visiting(members, "/", is_logged_in=False) as other,
    ):
        await page.click("button")
        members.app.disconnect_user("ann")
        await page.settle()
        assert not page.is_connected
        assert other.is_connected
        await page.reconnect()
        assert page.text("h1") == "Ann 1"


async def test_a_logout_ends_sockets_and_views_of_the_session_at_once(
    autojump_clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two logins within one second have the same cookie, and are given up together.
    seconds = itertools.count(int(time.time()) - 100)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: next(seconds))
    members = Members()
    async with visiting(members, "/admin") as page, visiting(members, "/admin") as elsewhere:
        await elsewhere.click("button")
        began = trio.current_time()
        await log_out(page)
        assert not page.is_connected
        assert not elsewhere.is_connected
        assert trio.current_time() - began < 2
        assert members.guarded_views() == 1
        await elsewhere.reconnect()
        assert elsewhere.text("h1") == "Ann 1"


async def test_a_cookie_that_was_given_up_opens_nothing_any_more() -> None:
    members = Members()
    async with visiting(members, "/admin") as page:
        stolen = page.visitor.cookies.header()
        await log_out(page)
        answer = await members.app.test_client().get("/admin", headers={"cookie": stolen})
        assert answer.status_code == 302
        assert members.guarded_views() == 0
