"""The log: one line a fact, with its view and its visitor, and without secrets."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import trio

from limelight import LiveApp, LiveView, Request, event_handler
from limelight.logs import configure_logs
from limelight.server.socket import LIMITS
from limelight.server.watchdog import Watchdog
from limelight.testing import EventFailed, PageError, open_browser
from tests.server.test_launcher import Launch, visited

log = logging.getLogger("shop")


class Counter(LiveView):
    template = "<b>{{ number }}</b>"

    def mount(self, request: Request, **params: Any) -> None:
        self.number = 0

    @event_handler()
    def add(self) -> None:
        self.number += 1
        log.info("counted to %s", self.number, extra={"limelight_fields": {"password": "hunter2"}})

    @event_handler()
    def fail(self, word: str = "") -> None:
        raise ValueError(f"password={word}")

    @event_handler()
    async def dawdle(self) -> None:
        await trio.sleep(0.01)

    @event_handler()
    def die(self) -> None:
        self._address.crash(RuntimeError("it was time"))


class Lines:
    """What was logged, as JSON."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def of(self, fact: str) -> list[dict[str, Any]]:
        return [line for line in self.all if line.get("fact") == fact]


@pytest.fixture(autouse=True)
def root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines() -> Lines:
    found = Lines()
    configure_logs(as_json=True, stream=found.stream)
    return found


def application() -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="k" * 32, TESTING=True)
    app.live("/shelves/<int:shelf>", Counter)
    return app


# --- facts ------------------------------------------------------------------------------------


async def test_a_view_has_a_line_when_it_starts_and_when_it_stops(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_LOG_LEVEL", "debug")
    configure_logs(as_json=True, stream=lines.stream)
    async with open_browser(application(), "/shelves/7", user="ada"):
        pass
    started, stopped = lines.of("view_started")[0], lines.of("view_stopped")[0]
    assert (started["event"], started["level"]) == ("Counter started", "debug")
    assert started["route"] == "/shelves/<int:shelf>"
    assert (started["user"], started["view"]) == ("ada", "Counter")
    assert started["view_id"] == stopped["view_id"]
    assert stopped["reason"] == "stopped"


async def test_lines_of_an_application_name_their_view(lines: Lines) -> None:
    async with open_browser(application(), "/shelves/7", user="ada") as page:
        await page.call("add")
    (line,) = [line for line in lines.all if line["logger"] == "shop"]
    assert line["event"] == "counted to 1"
    assert (line["view"], line["user"]) == ("Counter", "ada")
    assert line["timestamp"].endswith("Z")
    assert line["worker"] > 0


async def test_a_failed_turn_has_the_id_that_the_browser_is_told(lines: Lines) -> None:
    async with open_browser(application(), "/shelves/7") as page:
        with pytest.raises(EventFailed):
            await page.call("fail")
        (error,) = page.errors
    (line,) = lines.of("failed")
    assert (line["report"], line["where"]) == (error.id, "Counter.fail")
    assert line["error"] == "ValueError"
    assert "in fail" in line["exception"]


async def test_a_crash_names_its_view_and_its_restart(
    lines: Lines, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_browser(application(), "/shelves/7", user="ada") as page:
        await page.crash()
    (crashed,) = lines.of("actor_crashed")
    (restarted,) = lines.of("actor_restarted")
    assert (crashed["view"], crashed["user"], crashed["level"]) == ("Counter", "ada", "error")
    assert crashed["view_id"] == restarted["view_id"]
    assert f"crashed [{crashed['report']}]" in crashed["event"]


async def test_a_slow_turn_is_named(lines: Lines) -> None:
    app = application()
    app.config["LIVE_SLOW_TURN_SECONDS"] = 0.0001
    async with open_browser(app, "/shelves/7") as page:
        await page.call("dawdle")
    assert any(line["where"] == "Counter.dawdle" for line in lines.of("slow_turn"))


async def test_a_refused_join_is_named(lines: Lines) -> None:
    async with open_browser(application(), "/shelves/7") as page:
        await page.disconnect()
        page.link.token = "forged"
        with pytest.raises(PageError):
            await page.reconnect()
    assert [line["level"] for line in lines.of("join_refused")] == ["warning"]


async def test_a_limit_that_is_reached_is_named(lines: Lines) -> None:
    app = application()
    app.config.update(LIVE_EVENTS_BURST=1, LIVE_EVENTS_PER_SECOND=0.001)
    async with open_browser(app, "/shelves/7") as page:
        await page.call("add")
        with pytest.raises(PageError):
            await page.call("add")
    assert lines.of("limit_reached")[0]["limit"] == "events_per_second"


def test_a_held_loop_is_named(lines: Lines) -> None:
    Watchdog(0.2)._report(sys._getframe())
    (line,) = lines.of("loop_held")
    assert (line["by"], line["seconds"]) == ("test_a_held_loop_is_named", 0.2)


def test_each_limit_that_closes_a_socket_is_a_setting() -> None:
    from limelight.server.settings import Settings

    assert set(LIMITS.values()) <= set(Settings.__struct_fields__)


# --- secrets ----------------------------------------------------------------------------------


async def test_what_sounds_like_a_secret_is_not_written(lines: Lines) -> None:
    async with open_browser(application(), "/shelves/7") as page:
        await page.call("add")
        with pytest.raises(EventFailed):
            await page.call("fail", word="hunter2")
    log.error("cannot reach %s", "redis://user:hunter2@host/0")
    log.error('refused: {"api_key": "hunter2", "token": "hunter2"}, Authorization: Bearer hunter2')
    structlog.get_logger("shop").warning(
        "paid", card={"number": "hunter2"}, deep=[{"pin": "hunter2"}]
    )
    assert "hunter2" not in lines.stream.getvalue()
    assert lines.all[-1]["deep"] == [{"pin": "•••"}]


def test_what_names_no_secret_is_written_as_it_is(lines: Lines) -> None:
    log.info("The page's token is not valid: it is too old. monkey=1, key: 2, http://host:80/a@b")
    assert "monkey=1, key: 2, http://host:80/a@b" in lines.all[0]["event"]


def test_a_line_cannot_be_forged(lines: Lines) -> None:
    log.info("name\nERROR root: all is lost")
    assert len(lines.stream.getvalue().splitlines()) == 1


def test_long_texts_keep_their_end(lines: Lines) -> None:
    log.info("%s the end", "x" * 100_000)
    assert len(lines.all[0]["event"]) < 10_000
    assert lines.all[0]["event"].endswith("the end")


# --- where and how ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "chosen", "is_json"),
    [
        ("production", "", True),
        ("development", "", False),
        ("development", "json", True),
        ("production", "text", False),
    ],
)
def test_json_is_for_production(
    env: str, chosen: str, is_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_ENV", env)
    monkeypatch.setenv("LIVE_LOGS", chosen)
    stream = io.StringIO()
    configure_logs(stream=stream)
    log.warning("hello %s", "world")
    assert "hello world" in stream.getvalue()
    assert stream.getvalue().startswith("{") == is_json


def test_an_unknown_kind_of_log_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_LOGS", "xml")
    with pytest.raises(ValueError, match='expected "json" or "text"'):
        configure_logs()


def test_a_level_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_LOG_LEVEL", "loud")
    with pytest.raises(ValueError, match="'loud'; expected one of debug, info, warning, error"):
        configure_logs()


def test_without_structlog_lines_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "structlog", None)
    stream = io.StringIO()
    configure_logs(as_json=True, stream=stream)
    log.warning("password=%s", "hunter2")
    assert stream.getvalue() == "WARNING shop: password=•••\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Launch]:
    launching = Launch(tmp_path)
    launching.write()
    yield launching
    launching.end()


async def test_the_workers_of_a_launcher_write_json(shop: Launch) -> None:
    server = shop("serve", "--workers", "1")
    async with visited(server) as page:
        await page.call("add")
    server.stop()
    lines = [json.loads(line) for line in server.log.splitlines()]
    facts = [line["fact"] for line in lines if "fact" in line]
    for fact in ("serving", "worker_started", "drain_started", "worker_drained"):
        assert fact in facts
    assert len({line["worker"] for line in lines}) == 2
