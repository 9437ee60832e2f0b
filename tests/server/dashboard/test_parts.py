"""The parts behind the supervision page: records, redaction, words, history, services, others."""

from __future__ import annotations

import datetime
import gc
import logging
from random import Random
from typing import Any

import msgspec
import pytest
import trio

from limelight import LiveApp, LiveView, Request
from limelight.actors import Actor, Backoff, ChildSpec, Policy, open_supervisor
from limelight.server.audit import AuditLog
from limelight.server.dashboard import words
from limelight.server.dashboard.garbage import Collections
from limelight.server.dashboard.history import SECONDS, History
from limelight.server.dashboard.records import MOST_CAUSES, Records, Totals, place_in
from limelight.server.dashboard.redaction import HIDDEN, redacted, redacted_state
from limelight.server.dashboard.services import ask_services
from limelight.server.dashboard.supervision import FORGET_SECONDS, TOPIC, Supervision
from limelight.server.pubsub import MemoryPubSub
from limelight.testing import open_browser
from tests.fixtures.databases import RedisServer

# --- records ----------------------------------------------------------------------------------


class Moth(Actor):
    """Fails when it is told to."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL + 1, "limelight.actors")


async def test_one_bug_is_one_cause_however_often_it_is_met(
    autojump_clock: trio.testing.MockClock,
) -> None:
    records = Records()
    policy = Policy(max_restarts=9, backoff=Backoff(first=0.0))
    async with open_supervisor(
        policy, [ChildSpec(Moth, "moth")], on_event=records.on_fact
    ) as house:
        for _ in range(4):
            house.child("moth").crash(ValueError("a candle"))
            await trio.sleep(1)
        (cause,) = records.causes.values()
        assert (cause.count, cause.where, cause.error) == (4, "Moth", "ValueError: a candle")
        assert cause.outcome == "restarted, 4 so far"
        restarts = house.child("moth").inspect().restarts
        assert records.restarts == records.crashes == restarts == 4


@pytest.mark.parametrize("seed", range(10))
async def test_the_counts_agree_with_the_supervisor_over_a_random_script(
    seed: int, autojump_clock: trio.testing.MockClock
) -> None:
    dice = Random(seed)
    records = Records()
    policy = Policy(max_restarts=3, within_seconds=5.0, backoff=Backoff(first=0.0), per_child=True)
    moths = [ChildSpec(Moth, f"moth {number}") for number in range(4)]
    async with open_supervisor(policy, moths, on_event=records.on_fact) as house:
        addresses = {spec.name: house.child(spec.name) for spec in moths}
        for _ in range(60):
            name = dice.choice([*addresses])
            if addresses[name].is_alive:
                addresses[name].crash(ValueError(f"candle of {name}"))
            await trio.sleep(dice.choice([0.05, 0.5, 3.0]))
        await trio.sleep(10)

        own = {name: address.inspect() for name, address in addresses.items()}
        ended = [name for name, address in addresses.items() if not address.is_alive]
        assert records.restarts == sum(state.restarts for state in own.values())
        assert records.given_up == len(ended)
        assert records.crashes == records.restarts + records.given_up
        shown = {event.name for event in records.events if event.kind == "given up"}
        assert shown == {f"root/{name}" for name in ended}
        for name, state in own.items():
            restarted = [
                e for e in records.events if e.name.endswith(name) and e.kind == "restarted"
            ]
            assert not restarted or restarted[-1].text == f"{state.restarts} so far"


async def test_a_surrender_is_recorded(autojump_clock: trio.testing.MockClock) -> None:
    records = Records()
    policy = Policy(max_restarts=1, backoff=Backoff(first=0.0), per_child=True)
    async with open_supervisor(
        policy, [ChildSpec(Moth, "moth")], on_event=records.on_fact
    ) as house:
        for _ in range(2):
            house.child("moth").crash(ValueError("a candle"))
            await trio.sleep(0.1)
        assert records.given_up == 1
        assert "given up" in next(iter(records.causes.values())).outcome
        assert [event.kind for event in records.events] == [
            "crashed",
            "restarted",
            "crashed",
            "given up",
        ]


def test_only_so_many_causes_are_kept_and_the_oldest_goes() -> None:
    records = Records()
    for number in range(MOST_CAUSES + 5):
        records._cause(f"View.handler{number}", "ValueError: x", "")
    assert len(records.causes) == MOST_CAUSES
    assert "View.handler0 " not in " ".join(records.causes)


def test_the_place_of_a_traceback_is_its_innermost_frame() -> None:
    text = (
        'File "/srv/shop/app.py", line 3, in run\n  go()\n'
        '  File "/srv/shop/cart.py", line 7, in go\n'
    )
    assert place_in(text) == "shop/cart.py:7 go"
    assert place_in("") == ""


# --- redaction --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["password", "api_key", "authToken", "csrf", "card_number", "session_id", "PIN"]
)
def test_what_sounds_like_a_secret_is_hidden_whatever_it_holds(name: str) -> None:
    assert redacted(name, 7, shows_texts=True) == HIDDEN


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (7, "7"),
        (None, "None"),
        (True, "True"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        ("a letter", "text of 8 characters"),
        ([1, 2], "list of 2"),
        ({"name": "Anna"}, "dict of 1"),
        (object(), "object"),
        (b"1234", "bytes of 4"),
    ],
)
def test_a_value_is_shown_by_its_type(value: object, shown: str) -> None:
    assert redacted("value", value, shows_texts=False) == shown


def test_private_attributes_are_left_out_and_long_texts_are_cut() -> None:
    state = redacted_state({"_secret": 1, "note": "x" * 500}, shows_texts=True)
    assert list(state) == ["note"]
    assert len(state["note"]) == 80


# --- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0021, "2.1 ms"),
        (0.042, "42 ms"),
        (0.5, "0.5 s"),
        (5, "5 s"),
        (65, "65 s"),
        (600, "10 min"),
        (7200, "2 h"),
        (864000, "10 d"),
    ],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (812, "812 B"), (3400, "3.4 kB"), (5_200_000, "5.2 MB"), (8e9, "8.0 GB")],
)
def test_sizes_are_short(number: float, text: str) -> None:
    assert words.size(number) == text


def test_a_sparkline_stays_within_its_frame() -> None:
    points = [point.split(",") for point in words.line([0, 5, 10, 2.5]).split()]
    assert [float(x) for x, _ in points] == [0, 40, 80, 120]
    assert all(0 <= float(y) <= words.HEIGHT for _, y in points)
    assert words.line([]) == f"0,{words.HEIGHT} {words.WIDTH},{words.HEIGHT}"


# --- history ----------------------------------------------------------------------------------


def test_sums_become_rates() -> None:
    history = History()
    history.take(1, Totals(turns=10), 1.0, lag_seconds=0, p99_seconds=0)
    history.take(2, Totals(turns=30), 2.0, lag_seconds=0.005, p99_seconds=0.001)
    assert history.as_lists()["turns"] == [0, 10]
    assert history.as_lists()["lag_ms"] == [0, 5]


def test_two_minutes_are_kept() -> None:
    history = History()
    for number in range(SECONDS + 50):
        history.take(number, Totals(), 1.0, lag_seconds=0, p99_seconds=0)
    assert len(history.as_lists()["views"]) == SECONDS


# --- services ---------------------------------------------------------------------------------


class Database:
    def __init__(self, error: Exception | None = None, seconds: float = 0.0) -> None:
        self.error, self.seconds = error, seconds

    async def fetchval(self, query: str) -> int:
        await trio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return 1


@pytest.mark.parametrize(
    ("database", "is_up", "detail"),
    [
        (Database(), True, "answers"),
        (Database(seconds=1), True, "answers slowly"),
        (Database(seconds=60), False, "no answer within 2 s"),
        (Database(OSError("no route")), False, "no route"),
    ],
)
async def test_a_service_is_asked(
    database: Database, is_up: bool, detail: str, autojump_clock: trio.testing.MockClock
) -> None:
    rows = await ask_services({"database": database, "pubsub": MemoryPubSub()})
    assert (rows[0].name, rows[0].is_up, rows[0].detail) == ("database", is_up, detail)
    assert (rows[1].name, rows[1].is_up) == ("pub/sub", True)


# --- other processes --------------------------------------------------------------------------


def application() -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="k" * 32, LIVE_ENV="development", TESTING=True)
    app.live("/", LiveView)
    app.enable_dashboard(may=lambda request, action: True)
    return app


async def test_other_processes_are_heard_of_and_forgotten(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with application().running() as runtime:
        supervision: Supervision = runtime.service("supervision")
        other: dict[str, Any] = msgspec.to_builtins(supervision.node())
        other |= {"id": "elsewhere:1", "views": 7}

        runtime.service("pubsub").publish(TOPIC, other)
        runtime.service("pubsub").publish(TOPIC, {"of": "another version"})
        assert [node.views for node in supervision.others()] == [7]

        await trio.sleep(FORGET_SECONDS + 1)
        assert supervision.others() == []


async def test_workers_that_share_redis_show_each_other(redis_server: RedisServer) -> None:
    first, second = application(), application()
    for app in (first, second):
        app.config["REDIS_URL"] = redis_server.url
    async with (
        first.running() as one,
        second.running() as other,
        open_browser(first, "/_supervision") as board,
    ):
        here, there = (runtime.service("supervision") for runtime in (one, other))
        await board.wait_for(lambda: bool(here.others() and there.others()), timeout=10)
        assert [node.id for node in there.others()] == [here.node_id]

        await board.patch(f"/_supervision?worker={there.node_id}")

        # The page is a view of the first; the second has none.
        await board.wait_for(lambda: "0 now" in board.texts("h2")[1], timeout=10)
        assert "another process" in board.text(".sv-head")


# --- garbage ----------------------------------------------------------------------------------


def test_collections_are_counted_while_somebody_counts() -> None:
    collections = Collections()
    collections.start()
    gc.collect()
    collections.stop()
    counted = collections.count
    gc.collect()
    assert collections.count == counted >= 1
    assert 0 < collections.longest_seconds <= collections.total_seconds


async def test_the_page_shows_them() -> None:
    app = application()
    async with app.running() as runtime, open_browser(app, "/_supervision") as board:
        gc.collect()
        node = runtime.service("supervision").node()
        assert node.collections_total >= 1
        assert any("garbage collection" in text for text in board.texts(".sv-events li"))


# --- the audit log ----------------------------------------------------------------------------


def test_an_audit_line_cannot_be_forged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "limelight.audit")
    AuditLog().write(Request("/"), "stop", "x\nroot from 1.2.3.4: drain", "done")
    assert "\n" not in caplog.records[0].getMessage()
