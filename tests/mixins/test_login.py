"""Who may have a view: at every door, for every visitor, before any of the view exists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trio
from quart import redirect, request
from quart_auth import AuthUser, login_user, logout_user

from limelight import Account, LiveApp, LiveView, Request, event_handler
from limelight.mixins import LoginRequiredMixin, PermissionRequiredMixin
from limelight.testing import EventFailed, PageError, ViewPage, open_browser


class Members:
    """An application with one user, whose permission comes and goes."""

    def __init__(self) -> None:
        self.mounted: list[str] = []
        self.permissions = {"app.change_item"}
        self.is_member = True
        members = self

        class Counting(LiveView):
            template = (
                "<h1>{{ who }} {{ clicks }}</h1><button dj-click='click'>+</button>"
                "<a href='/admin' dj-navigate>Admin</a>"
            )

            def mount(self, request: Request, **params: Any) -> None:
                members.mounted.append(request.path)
                self.who, self.clicks = request.user.username, 0

            @event_handler()
            def click(self) -> None:
                self.clicks += 1

        class ProtectedView(LoginRequiredMixin, Counting):
            login_url = "/accounts/login/"

        class AdminView(LoginRequiredMixin, PermissionRequiredMixin, Counting):
            permission_required = "app.change_item"

        self.app = app = LiveApp(__name__)
        app.config.update(SECRET_KEY="secret", LIVE_ENV="development", TESTING=True)
        app.live("/", Counting)
        app.live("/protected", ProtectedView)
        app.live("/admin", AdminView)

        @app.user_loader
        async def load(auth_id: str) -> Account | None:
            return Account("Ann", frozenset(self.permissions)) if self.is_member else None

        # Tests log in and out by GET, since their browser has no address bar for a POST.
        @app.get("/accounts/login/")
        async def login() -> Any:
            if "now" in request.args:
                login_user(AuthUser("ann"))
            return (
                redirect(app.own_path(request.args.get("to"))) if "to" in request.args else "Log in"
            )

        @app.get("/accounts/logout/")
        async def logout() -> str:
            logout_user()
            return "Goodbye"

    @property
    def seats(self) -> int:
        return len(self.app.runtime.seats)


@asynccontextmanager
async def visiting(members: Members, path: str, user: str = "ann") -> AsyncIterator[ViewPage]:
    async with open_browser(members.app, "/accounts/login/" + ("?now" if user else "")) as page:
        await page.load(path)
        yield page


LOG_IN_AND_COME_BACK = "/accounts/login/?next=/protected%3Fpage%3D2"


async def test_the_examples_of_the_reference_page_guard_their_views() -> None:
    members = Members()
    async with visiting(members, "/protected") as page:
        assert page.text("h1") == "Ann 0"
        await page.load("/admin")
        assert page.text("h1") == "Ann 0"


# --- the matrix -----------------------------------------------------------------------------

Door = Callable[[Members, ViewPage], Awaitable[None]]


async def get(members: Members, page: ViewPage) -> None:
    await page.load("/admin")


async def resume(members: Members, page: ViewPage) -> None:
    await page.reconnect()


async def event(members: Members, page: ViewPage) -> None:
    await page.click("button")


async def navigate(members: Members, page: ViewPage) -> None:
    await page.click("a")


async def recheck(members: Members, page: ViewPage) -> None:
    await trio.sleep(61)
    await page.settle()


async def log_out(members: Members, page: ViewPage) -> None:
    """In another tab, while this one is away."""
    await page.disconnect()
    async with page.open_tab("/accounts/logout/"):
        pass


async def log_out_here(members: Members, page: ViewPage) -> None:
    async with page.open_tab("/accounts/logout/"):
        pass


async def revoke(members: Members, page: ViewPage) -> None:
    members.permissions.clear()


async def remove(members: Members, page: ViewPage) -> None:
    members.is_member = False


async def nothing(members: Members, page: ViewPage) -> None:
    pass


@pytest.mark.parametrize("path", ["/protected", "/admin"])
async def test_anonymous_visitors_are_sent_to_log_in(path: str) -> None:
    members = Members()
    async with visiting(members, f"{path}?page=2", user="") as page:
        parts = urlsplit(page.path)
        assert parts.path == "/accounts/login/"
        assert parse_qs(parts.query) == {"next": [f"{path}?page=2"]}
        assert (members.mounted, members.seats) == ([], 0)


async def test_a_visitor_without_the_permission_gets_a_403_and_no_login() -> None:
    members = Members()
    members.permissions.clear()
    with pytest.raises(PageError, match="status 403"):
        async with visiting(members, "/admin"):
            raise AssertionError("the page came")
    assert members.mounted == []


@pytest.mark.parametrize("meanwhile", [log_out, log_out_here])
async def test_whoever_logs_out_loses_the_open_page(meanwhile: Door, autojump_clock: Any) -> None:
    members = Members()
    async with visiting(members, "/admin") as page:
        await meanwhile(members, page)
        await page.reconnect()
        await page.wait_for("Log in")
        assert urlsplit(page.path).path == "/accounts/login/"
        assert (members.mounted, members.seats) == (["/admin"], 0)


ANYTHING_ELSE = [get, resume, event, navigate, recheck]


@pytest.mark.parametrize("door", ANYTHING_ELSE)
async def test_whoever_has_the_permission_passes_every_door(
    door: Door, autojump_clock: Any
) -> None:
    members = Members()
    async with visiting(members, "/admin") as page:
        await door(members, page)
        assert page.text("h1").startswith("Ann")
        assert members.seats == 1


@pytest.mark.parametrize("door", [resume, event, recheck])
async def test_a_permission_that_was_revoked_ends_the_open_page_with_a_403(
    door: Door, autojump_clock: Any
) -> None:
    members = Members()
    async with visiting(members, "/admin") as page:
        if door is event:
            # An account is what it was when it was loaded; LIVE_RECHECK_SECONDS load it again.
            members.app.runtime.seats[next(iter(members.app.runtime.seats))]
        await revoke(members, page)
        if door is event:
            await recheck(members, page)
        else:
            try:
                await door(members, page)
            except EventFailed as failed:
                assert failed.kind == "forbidden"
        await page.settle()
        assert page.errors[-1].kind == "forbidden"
        assert "403" in page.errors[-1].message
        assert members.seats == 0
