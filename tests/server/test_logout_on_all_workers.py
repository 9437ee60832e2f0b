"""Whoever logs out at one worker is gone from all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import trio

from limelight.client import Page, connect
from limelight.client.network import NetworkVisitor
from tests.fixtures.databases import RedisServer
from tests.server.test_launcher import Launch

APPLICATION = '''
import os
from quart import request
from quart_auth import AuthUser, login_user, logout_user
from limelight import LiveApp, LiveView
from limelight.mixins import LoginRequiredMixin

class Lounge(LoginRequiredMixin, LiveView):
    template = """<i>{{ worker }}</i>"""

    def get_context_data(self, **kwargs):
        return super().get_context_data(worker=os.getpid(), **kwargs)

app = LiveApp(__name__)
app.config["QUART_AUTH_COOKIE_SECURE"] = False
app.live("/lounge", Lounge)

@app.get("/accounts/login/")
async def log_in():
    if "user" in request.args:
        login_user(AuthUser(request.args["user"]))
    return "Log in"

@app.get("/log_out")
async def log_out():
    logout_user()
    return "Goodbye"
'''
#: What is promised of a logout.
SECONDS = 2
MOST_PAGES = 40


@asynccontextmanager
async def page_of(url: str, user: str) -> AsyncIterator[Page]:
    async with connect(f"{url}/accounts/login/?user={user}") as page:
        await page.load("/lounge")
        yield page


def log_out(url: str, page: Page) -> None:
    """As another tab of the same browser does."""
    visitor = page._visitor
    assert isinstance(visitor, NetworkVisitor)
    urlopen(Request(f"{url}/log_out", headers={"Cookie": visitor._cookies.header()})).close()


async def log_out_everywhere(url: str) -> None:
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(page_of(url, "ben"))
        pages: dict[str, Page] = {}
        for _ in range(MOST_PAGES):
            page = await stack.enter_async_context(page_of(url, "ann"))
            pages.setdefault(page.text("i"), page)
            if len(pages) == 2:
                break
        first, second = pages.values()
        began = trio.current_time()
        await trio.to_thread.run_sync(log_out, url, first)
        with trio.fail_after(SECONDS):
            while first.is_connected or second.is_connected:
                await trio.sleep(0.01)
        print(f"gone after {trio.current_time() - began:.3f} s")
        assert other.is_connected


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Launch]:
    launching = Launch(tmp_path)
    launching.write(text=APPLICATION)
    yield launching
    launching.end()


async def test_a_logout_reaches_all_workers_through_redis(
    shop: Launch, redis_server: RedisServer
) -> None:
    server = shop("serve", "--workers", "2", REDIS_URL=redis_server.url)
    await log_out_everywhere(server.url)


async def test_a_logout_reaches_all_workers_through_their_launcher(shop: Launch) -> None:
    server = shop("serve", "--workers", "2")
    await log_out_everywhere(server.url)
