"""A page's side of the wire, against a scripted server that speaks it word for word."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import ANY

import pytest
import trio
import trio.testing

from limelight.client.line import NoAnswer
from limelight.client.link import EventFailed, PushedEvent
from limelight.client.messages import (
    Bye,
    Error,
    Event,
    Frame,
    FromBrowser,
    Join,
    Joined,
    Leave,
    Moved,
    Navigate,
    Ping,
    Pong,
    Seen,
    ToBrowser,
    decode_from_browser,
    encode,
)
from limelight.client.mirror import MirrorError
from limelight.client.opening import open_page
from limelight.client.page import Page
from limelight.client.socket import Answer, SocketClosed

HTML = """<!doctype html><title>Static</title><meta name="limelight-socket" content="/_live/socket">
<nav>layout</nav><div dj-view="v1" dj-token="token-1">first</div>"""
SHAPES = {"1": {"s": ["<h1>", "</h1><button dj-click='add'>+</button>", ""], "k": "oc"}}


class ScriptedSocket:
    """One socket whose server does what the test says, by default: join, and acknowledge."""

    def __init__(self, site: ScriptedSite) -> None:
        self.heard: list[FromBrowser] = []
        self._to_browser, self._said = trio.open_memory_channel[bytes](100)
        self.code = 0
        self._site = site

    def say(self, *messages: ToBrowser) -> None:
        for message in messages:
            self._to_browser.send_nowait(encode(message))

    def lose(self, code: int = 1006) -> None:
        self.code = code
        self._to_browser.close()

    async def send(self, frame: bytes | str) -> None:
        await trio.lowlevel.checkpoint()
        message = decode_from_browser(frame)
        self.heard.append(message)
        self._site.answer(self, message)

    async def send_binary(self, frame: bytes) -> None:
        raise AssertionError("no binary frame is expected")

    async def receive(self) -> bytes:
        try:
            return await self._said.receive()
        except trio.EndOfChannel:
            raise SocketClosed(self.code) from None

    async def aclose(self, code: int) -> None:
        await trio.lowlevel.checkpoint()
        self.lose(code)


class ScriptedSite:
    """Serves one page, counts sockets, and answers as its `script` says."""

    def __init__(self) -> None:
        self.sockets: list[ScriptedSocket] = []
        self.gets: list[str] = []
        self.joined: Joined | Error = Joined("mounted", "e1", shapes=SHAPES, root=[1, "0", ""])
        self.script: Callable[[ScriptedSocket, FromBrowser], None] = self.acknowledge

    @property
    def socket(self) -> ScriptedSocket:
        return self.sockets[-1]

    @property
    def heard(self) -> list[FromBrowser]:
        return [one for one in self.socket.heard if not isinstance(one, Ping)]

    def answer(self, socket: ScriptedSocket, message: FromBrowser) -> None:
        if isinstance(message, Join):
            socket.say(self.joined)
        elif isinstance(message, Ping):
            socket.say(Pong())
        else:
            self.script(socket, message)

    def acknowledge(self, socket: ScriptedSocket, message: FromBrowser) -> None:
        if isinstance(message, Event | Navigate):
            socket.say(Frame(acknowledged=message.number))

    def be_silent(self, socket: ScriptedSocket, message: FromBrowser) -> None:
        pass

    async def get(self, url: str) -> Answer:
        await trio.lowlevel.checkpoint()
        self.gets.append(url)
        return Answer(url, 200, HTML, {})

    async def open_socket(self, path: str) -> ScriptedSocket:
        await trio.lowlevel.checkpoint()
        self.sockets.append(ScriptedSocket(self))
        return self.socket


@asynccontextmanager
async def visited(site: ScriptedSite, **options: Any) -> AsyncIterator[Page]:
    async with open_page(lambda nursery: Page(site, nursery, **options), "/start") as page:
        yield page


@pytest.fixture
def site() -> ScriptedSite:
    return ScriptedSite()


def events_in(messages: list[FromBrowser]) -> list[tuple[int, str, bool]]:
    return [(one.number, one.name, one.repeated) for one in messages if isinstance(one, Event)]


# --- joining and leaving --------------------------------------------------------------------


async def test_a_page_joins_with_its_token_and_shows_what_was_mounted(site: ScriptedSite) -> None:
    async with visited(site) as page:
        assert site.heard == [Join("token-1", "/start", page=ANY)]
        assert page.html == "<h1>0</h1><button dj-click='add'>+</button>"
        assert page.text() == "layout 0 +"
        assert (page.title, page.path) == ("Static", "/start")
    assert site.heard[-1] == Leave()
    assert site.socket.code == 1001


async def test_a_refused_join_is_an_error(site: ScriptedSite) -> None:
    site.joined = Error("refused", "no")
    with pytest.raises(EventFailed, match="refused: no"):
        async with visited(site):
            pass


async def test_the_failed_assertion_of_a_test_is_not_wrapped_in_a_group(site: ScriptedSite) -> None:
    cause = KeyError("its own cause")
    with pytest.raises(AssertionError, match="mine") as caught:
        async with visited(site):
            raise AssertionError("mine") from cause
    assert caught.value.__cause__ is cause


async def test_a_page_that_nobody_serves_says_so(site: ScriptedSite) -> None:
    async with visited(site) as page:
        await page.leave()
        with pytest.raises(SocketClosed, match="has no socket"):
            await page.send("x")


# --- events and acknowledgements ---------------------------------------------------------------


async def test_a_verb_returns_when_its_event_is_acknowledged(
    site: ScriptedSite, nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    site.script = site.be_silent
    async with visited(site) as page:
        nursery.start_soon(page.click, "button")
        await trio.testing.wait_all_tasks_blocked()
        assert len(nursery.child_tasks) == 1
        site.socket.say(Frame(sequence=1, acknowledged=1, diff={"0": "1"}))
        await trio.testing.wait_all_tasks_blocked()
        assert not nursery.child_tasks
        assert page.text("h1") == "1"


async def test_events_are_numbered_from_one_and_tell_what_was_seen(site: ScriptedSite) -> None:
    def count(socket: ScriptedSocket, message: FromBrowser) -> None:
        if isinstance(message, Event):
            number = message.number
            socket.say(Frame(sequence=number, acknowledged=number, diff={"0": str(number)}))

    site.script = count
    async with visited(site) as page:
        await page.click("button")
        await page.call("add", by=2)
        first, second = site.heard[1:]
        assert first == Event(1, "add")
        assert second == Event(2, "add", {"by": 2}, seen=1)


async def test_no_acknowledgement_is_an_error_after_a_while(
    site: ScriptedSite, autojump_clock: trio.testing.MockClock
) -> None:
    site.script = site.be_silent
    async with visited(site, answer_seconds=7) as page:
        with pytest.raises(NoAnswer, match=r"After 7 s the server did not acknowledge.*answer_sec"):
            await page.click("button")
        assert trio.current_time() == pytest.approx(7)


async def test_the_error_of_an_event_is_raised_and_kept(site: ScriptedSite) -> None:
    error = Error("crash", "boom", number=1, detail={"traceback": "Traceback ..."})
    site.script = lambda socket, message: socket.say(error)
    async with visited(site) as page:
        with pytest.raises(EventFailed, match=r"crash: boom\nTraceback") as caught:
            await page.click("button")
        assert caught.value.kind == "crash"
        assert page.errors == [error]


async def test_an_error_acknowledges_the_events_before_it(site: ScriptedSite) -> None:
    site.script = site.be_silent
    async with visited(site) as page:
        await page.disconnect()
        await page.click("button")
        await page.click("button")
        site.script = lambda socket, message: (
            socket.say(Error("crash", "boom", number=2))
            if isinstance(message, Event) and message.number == 2
            else None
        )
        with pytest.raises(EventFailed):
            await page.reconnect()
        assert page.link.waiting() == []
        assert page.link.acknowledged == 2


async def test_many_events_are_paced(
    site: ScriptedSite, autojump_clock: trio.testing.MockClock
) -> None:
    async with visited(site) as page:
        for _ in range(120):
            await page.click("button")
        assert trio.current_time() == pytest.approx(1)


async def test_a_page_tells_what_it_has_seen_before_too_much_is_kept(
    site: ScriptedSite, autojump_clock: trio.testing.MockClock
) -> None:
    async with visited(site):
        for number in range(1, 33):
            site.socket.say(Frame(sequence=number, diff={"0": str(number)}))
        await trio.testing.wait_all_tasks_blocked()
        assert site.heard[-1] == Seen(32)


async def test_a_page_has_a_heartbeat(
    site: ScriptedSite, autojump_clock: trio.testing.MockClock
) -> None:
    async with visited(site):
        await trio.sleep(45)
        assert site.socket.heard[1:] == [Ping(), Ping()]


async def test_pushed_events_and_other_effects_are_kept(site: ScriptedSite) -> None:
    effects: list[tuple[str, Any]] = [("event", ["saved", {"id": 7}]), ("flash", "hi")]
    async with visited(site) as page:
        site.socket.say(Frame(sequence=1, effects=effects))
        await page.wait_for(lambda: page.events)
        assert page.events == [PushedEvent("saved", {"id": 7})]
        assert page.link.effects == [("flash", "hi")]


# --- what a server must not do ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (Frame(sequence=2, diff={"0": "x"}), "frame 2 came after frame 0"),
        (Frame(sequence=1, diff={"7": "x"}), "a diff came for slot 7"),
    ],
)
async def test_a_frame_that_does_not_fit_ends_the_test(
    site: ScriptedSite, frame: Frame, said: str
) -> None:
    async def see() -> None:
        async with visited(site):
            site.socket.say(frame)
            await trio.sleep_forever()

    with pytest.raises(MirrorError, match=said):
        await see()


# --- a socket that is lost ----------------------------------------------------------------------


async def test_what_is_done_while_away_is_sent_after_the_return(site: ScriptedSite) -> None:
    async with visited(site) as page:
        await page.click("button")
        await page.disconnect()
        await page.click("button")
        await page.click("button")
        assert not page.is_connected
        site.joined = Joined("resumed", "e1", acknowledged=1)
        await page.reconnect()
        assert site.heard[0] == Join("token-1", "/start", epoch="e1", page=ANY)
        assert events_in(site.heard) == [(2, "add", False), (3, "add", False)]


async def test_an_event_that_was_not_acknowledged_is_repeated(
    site: ScriptedSite, nursery: trio.Nursery
) -> None:
    site.script = lambda socket, message: socket.lose()
    async with visited(site) as page:
        with pytest.raises(SocketClosed, match=r"code 1006.*reconnect"):
            await page.click("button")
        site.script = site.acknowledge
        site.joined = Joined("resumed", "e1")
        await page.reconnect()
        assert events_in(site.heard) == [(1, "add", True)]


async def test_an_event_that_never_gets_an_answer_is_given_up(site: ScriptedSite) -> None:
    site.script = lambda socket, message: socket.lose()
    async with visited(site) as page:
        for attempt in (page.click("button"), page.reconnect(), page.reconnect()):
            with pytest.raises(SocketClosed):
                await attempt
        with pytest.raises(EventFailed, match="lost: Event 1 was sent 3 times"):
            await page.reconnect()
        assert page.link.waiting() == []


async def test_missed_frames_are_applied_after_a_resume(site: ScriptedSite) -> None:
    async with visited(site) as page:
        site.socket.say(Frame(sequence=1, diff={"0": "1"}))
        await page.wait_for("1")
        await page.disconnect()
        site.joined = Joined("resumed", "e1", sequence=1)
        await page.reconnect()
        assert site.heard[0] == Join("token-1", "/start", epoch="e1", page=ANY, seen=1)
        site.socket.say(Frame(sequence=2, diff={"0": "2"}))
        await page.wait_for("2")


async def test_a_resume_at_another_frame_is_refused(site: ScriptedSite) -> None:
    async def return_to_another_frame() -> None:
        async with visited(site) as page:
            await page.disconnect()
            site.joined = Joined("resumed", "e1", sequence=5)
            await page.reconnect()

    with pytest.raises(MirrorError, match="resumed at frame 5 of epoch 'e1'; this page has seen"):
        await return_to_another_frame()


async def test_more_than_a_hundred_events_while_away_are_refused(site: ScriptedSite) -> None:
    async with visited(site) as page:
        await page.disconnect()
        for _ in range(100):
            await page.call("add")
        with pytest.raises(Exception, match="100 events wait for the server"):
            await page.call("add")


async def test_what_the_server_said_at_its_end_is_told(site: ScriptedSite) -> None:
    async with visited(site) as page:
        site.socket.say(Bye("restarting", after=2.0))
        site.socket.lose(1012)
        with pytest.raises(SocketClosed, match=r'1012.*The server said: "restarting"'):
            await page.wait_for("never")
        assert page.goodbye == Bye("restarting", after=2.0)
        assert page.closed is not None
        assert page.closed.code == 1012


# --- addresses ----------------------------------------------------------------------------------


async def test_a_patch_and_the_way_back_are_numbered_like_events(site: ScriptedSite) -> None:
    async with visited(site) as page:
        await page.patch("?page=2")
        assert page.path == "/start?page=2"
        await page.back()
        assert page.path == "/start"
        await page.forward()
        assert site.heard[1:] == [
            Navigate(1, "/start?page=2"),
            Navigate(2, "/start"),
            Navigate(3, "/start?page=2"),
        ]


async def test_a_redirect_of_the_server_is_followed_before_the_verb_returns(
    site: ScriptedSite,
) -> None:
    def redirect(socket: ScriptedSocket, message: FromBrowser) -> None:
        if isinstance(message, Event):
            socket.say(Frame(acknowledged=message.number), Moved("/other", "redirect"))
        elif isinstance(message, Navigate):
            root = [1, "other", ""]
            socket.say(Joined("mounted", "e2", acknowledged=message.number, shapes=SHAPES,
                              root=root, title="Other"))  # fmt: skip

    site.script = redirect
    async with visited(site) as page:
        await page.click("button")
        assert site.heard[-1] == Navigate(2, "/other", "redirect")
        assert (page.path, page.title, page.text("h1")) == ("/other", "Other", "other")
        await page.back()
        assert site.heard[-1] == Navigate(3, "/start", "redirect")


async def test_a_page_that_is_no_view_here_is_loaded_anew(site: ScriptedSite) -> None:
    def send_away(socket: ScriptedSocket, message: FromBrowser) -> None:
        if isinstance(message, Navigate):
            socket.say(Moved(message.url, "page"))

    site.script = send_away
    async with visited(site) as page:
        await page.navigate("/elsewhere")
        assert site.gets == ["/start", "/elsewhere"]
        assert len(site.sockets) == 2
        assert page.path == "/elsewhere"
        assert page.is_connected


# --- the raw socket -----------------------------------------------------------------------------


async def test_a_page_that_does_not_follow_leaves_the_wire_to_its_user(site: ScriptedSite) -> None:
    async with visited(site, follow=False) as page:
        assert site.heard == []
        await page.send(page.join_message())
        assert await page.receive() == site.joined
        await page.send('{"t":"event","n":1,"h":"add"}')
        assert await page.receive() == Frame(acknowledged=1)


async def test_received_messages_can_be_read_beside_the_page(site: ScriptedSite) -> None:
    async with visited(site) as page:
        assert await page.receive() == site.joined
        await page.click("button")
        assert await page.receive() == Frame(acknowledged=1)
