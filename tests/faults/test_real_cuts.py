"""Sockets cut at random points, real ones: nothing is lost, nothing is done twice."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
import trio

from limelight.client import PageError, connect
from tests.fixtures.raw_socket import get_json
from tests.fixtures.serving import Serve, Server

from .proxy import FaultProxy, open_fault_proxy
from .reliability import Findings
from .user import User

LEDGER = f"{Path(__file__).parent / 'ledger_application.py'}:app"
AMPLE = {"LIVE_EVENTS_BURST": "1000000", "LIVE_REPEATS_BURST": "1000000"}
USERS = 10
#: So far into a connection it is cut at the latest: the upgrade alone takes some 600 bytes.
FARTHEST_CUT = 3_000


@pytest.fixture(params=["on", "off"], ids=["door", "asgi"])
def server(request: pytest.FixtureRequest, serve: Serve) -> Server:
    """The ledger over each transport, without limits to the rate."""
    return serve(LEDGER, "-w", "0", env={**AMPLE, "LIVE_DOOR": request.param})


async def test_a_hundred_cuts_lose_and_repeat_nothing(server: Server) -> None:
    users = await live_through_cuts(server, cuts=100 // USERS)

    assert_nothing_is_wrong(server, users)


@pytest.mark.chaos
async def test_a_thousand_cuts_lose_and_repeat_nothing(
    server: Server, request: pytest.FixtureRequest, findings: Findings
) -> None:
    users = await live_through_cuts(server, cuts=1000 // USERS)

    findings.note(
        f"sockets cut 1,000 times, {request.node.callspec.id}",
        "0 acknowledged events lost, 0 applied twice, one mount a page, page equal to the model",
        f"{sum(len(user.history.acknowledged) for user in users)} acknowledged, "
        f"{sum(len(user.history.check(user.found).lost) for user in users)} lost, "
        f"{sum(len(user.history.check(user.found).twice) for user in users)} twice, "
        f"{sum(user.page.link.joins for user in users)} joins of {USERS} pages",
    )
    assert_nothing_is_wrong(server, users)


def assert_nothing_is_wrong(server: Server, users: list[CutUser]) -> None:
    for user in users:
        assert user.history.check(user.found).is_clean, user.history.check(user.found)
        assert user.patched_page == user.rendered_page
        assert f"<b>{len(user.found)}</b>" in user.patched_page
        assert len(user.history.acknowledged) > user.history.invoked / 2
    assert get_json(server.port, "/state")["mounts"] == USERS


class CutUser(User):
    """A user behind a network that cuts, and what was found at the end."""

    found: list[int]
    patched_page = rendered_page = ""

    async def live(self, proxy: FaultProxy, cuts: int, chance: random.Random) -> None:
        while cuts:
            direction = chance.choice((proxy.to_server, proxy.to_browser))
            direction.cut_after_bytes = chance.randrange(FARTHEST_CUT)
            if self.page.is_connected or await self.try_to_return():
                await self._work_until_cut(chance)
            cuts -= direction.cut_after_bytes <= 0
            direction.cut_after_bytes = math.inf
        await self.come_back()
        await self.rest()
        self.found = await self.applied()
        self.patched_page = self.page.html
        self.rendered_page = await self.whole_page()

    async def _work_until_cut(self, chance: random.Random) -> None:
        try:
            await self.rest()  # What is repeated comes first; the page sends it at its own pace.
            while True:
                if self.has_room:
                    await self.work(chance.randrange(1, 6))
                if chance.random() < 0.5:
                    await self.rest()
                else:
                    await trio.lowlevel.checkpoint()
        except PageError:
            return


async def live_through_cuts(server: Server, cuts: int) -> list[CutUser]:
    users: list[CutUser] = []

    async def one(seed: int) -> None:
        async with (
            open_fault_proxy(server.port) as proxy,
            connect(f"http://127.0.0.1:{proxy.port}/") as page,
        ):
            user = CutUser(page)
            await user.live(proxy, cuts, random.Random(seed))
            users.append(user)

    async with trio.open_nursery() as nursery:
        for seed in range(USERS):
            nursery.start_soon(one, seed)
    return users
