"""The supervision page in process: what it shows, who may see it, and what may be done there."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from quart import Response
from quart_auth import AuthUser, login_user

from limelight import Account, LiveApp, LiveView, Request, event_handler
from limelight.testing import EventFailed, PageError, ViewPage, open_browser

PATH = "/_supervision"
LOGS = ("limelight.actors", "limelight.views", "limelight.audit")


class Counter(LiveView):
    template = "<p>{{ number }}</p><button dj-click='add'>+1</button>"

    def mount(self, request: Request, **params: Any) -> None:
        self.number = 0
        self.password = "hunter2"
        self.letter = "Dear diary"

    @event_handler()
    def add(self) -> None:
        self.number += 1

    @event_handler()
    def fail(self) -> None:
        raise ValueError("there is no such thing")


class Other(Counter):
    """The same under another name."""


def anybody(request: Request, action: str = "") -> bool:
    return True


def application(env: str = "development", **options: Any) -> LiveApp:
    app = LiveApp(__name__)
    app.config.update(SECRET_KEY="k" * 32, LIVE_ENV=env, TESTING=True)
    app.live("/", Counter)
    app.live("/other", Other)
    app.enable_dashboard(PATH, **options)
    return app


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    for name in LOGS:
        caplog.set_level(logging.CRITICAL + 1, name)


@asynccontextmanager
async def opened(app: LiveApp) -> AsyncIterator[tuple[ViewPage, ViewPage]]:
    """A page with a counter, and the supervision page."""
    async with app.running(), open_browser(app, "/") as counter, open_browser(app, PATH) as board:
        yield counter, board


def id_of(app: LiveApp, view: type[LiveView]) -> str:
    return next(id for id, seat in app.runtime.seats.items() if seat.view is view)


async def fail(counter: ViewPage) -> None:
    with pytest.raises(EventFailed):
        await counter.call("fail")


async def act(board: ViewPage, action: str, target: str) -> None:
    await board.call("ask", action=action, target=target)
    await board.call("confirm", action=action)


# --- what is shown ----------------------------------------------------------------------------


async def test_the_page_lists_services_and_views() -> None:
    app = application(guard=anybody)
    async with opened(app) as (_, board):
        names = " ".join(board.texts("tbody th"))
        assert all(name in names for name in ("root", "services", "timekeeper", "views"))
        assert "Counter" in names
        assert "rest for one" in names


async def test_the_page_follows_by_itself(autojump_clock: trio.testing.MockClock) -> None:
    app = application(guard=anybody)
    async with opened(app) as (counter, board):
        await counter.click("button")
        await trio.sleep(2)
        row = next(row for row in board.texts(".sv-views tr") if "Counter" in row)
        assert "2" in row
        await counter.call("add")


async def test_a_failed_turn_is_shown_with_its_cause(
    autojump_clock: trio.testing.MockClock,
) -> None:
    app = application(guard=anybody)
    async with opened(app) as (counter, board):
        for _ in range(3):
            await fail(counter)
        await trio.sleep(1.1)
        cause = board.text(".sv-cause summary")
        assert cause.startswith("3 ")
        assert "ValueError: there is no such thing" in cause
        assert "Counter.fail" in cause
        assert "test_dashboard.py" in cause
        assert "in fail" in board.text(".sv-cause pre")


async def test_a_crash_is_shown_within_a_second_with_what_followed(
    autojump_clock: trio.testing.MockClock,
) -> None:
    app = application(guard=anybody)
    async with opened(app) as (counter, board):
        await counter.crash()
        await trio.sleep(1.1)
        assert "restarted, 1 so far" in board.text(".sv-cause summary")
        assert "1 of 3" in next(row for row in board.texts(".sv-views tr") if "Counter" in row)


async def test_a_crashed_service_is_shown_with_its_restarts(
    autojump_clock: trio.testing.MockClock,
) -> None:
    app = application(guard=anybody)
    async with opened(app) as (_, board):
        app.runtime.running_services.child("janitor").crash(RuntimeError("a broom"))
        await trio.sleep(1.1)
        row = next(row for row in board.texts(".sv-table tr") if "janitor" in row)
        assert "1 of 3" in row
        assert "a broom" in row


@pytest.mark.parametrize("name", ["views", "services"])
async def test_a_crashed_supervisor_is_shown_and_the_pages_come_back(
    name: str, autojump_clock: trio.testing.MockClock
) -> None:
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (counter, board):
        supervisor = next(one for one in app.runtime.root.children if one.name == name)
        supervisor.crash(RuntimeError("a broom"))
        await trio.sleep(0.9)
        for page in (counter, board):
            assert not page.is_connected
            await page.reconnect()

        row = next(row for row in board.texts(".sv-table tr") if row.split()[:1] == [name])
        assert "last exit: crashed" in row
        assert "RuntimeError: a broom" in row
        assert "1 in all" in row
        assert "RuntimeError: a broom" in board.text(".sv-cause summary")
        await counter.call("add")
        assert counter.text("p") == "1"


async def test_views_are_searched_and_sorted_on_the_server() -> None:
    app = application(guard=anybody)
    async with opened(app) as (counter, board), open_browser(app, "/other"):
        for _ in range(5):
            await counter.click("button")
        await board.patch(f"{PATH}?sort=turns")
        assert board.texts(".sv-views tbody th a")[0] == "Counter"
        await board.call("search", search="other")
        assert board.texts(".sv-views tbody th a") == ["Other"]
        await board.call("search", search="nothing like it")
        assert "No view matches" in board.text(".sv-views tbody")


async def test_no_more_rows_are_sent_than_were_asked_for() -> None:
    app = application(guard=anybody)
    async with opened(app) as (_, board):
        await board.patch(f"{PATH}?limit=1")
        assert board.count(".sv-views tbody tr") == 1
        assert "1 of 2" in board.text("body") or "Show more" in " ".join(board.texts("a"))


async def test_a_view_shows_its_state_without_secrets() -> None:
    app = application(guard=anybody)
    async with opened(app) as (_, board):
        await board.patch(f"{PATH}?show={id_of(app, Counter)}")
        state = dict(zip(board.texts(".sv-state th"), board.texts(".sv-state td"), strict=True))
        assert state == {"number": "0", "password": "•••", "letter": "'Dear diary'"}


async def test_outside_development_texts_are_told_by_their_length() -> None:
    app = application("production", guard=anybody)
    async with opened(app) as (_, board):
        await board.patch(f"{PATH}?show={id_of(app, Counter)}")
        assert "text of 10 characters" in board.texts(".sv-state td")


async def test_hostile_names_are_text_on_the_page() -> None:
    hostile = "<script>alert(1)</script>"
    app = application(guard=anybody)
    async with opened(app) as (_, board):
        await board.call("search", search=hostile)
        assert board.value("input[name=search]") == hostile
        assert board.count("script") == board.count("head script")


# --- who may look -----------------------------------------------------------------------------


def test_outside_development_it_does_not_start_without_a_guard() -> None:
    app = application("production")
    with pytest.raises(RuntimeError, match=r"needs a guard: app\.enable_dashboard\(guard="):
        app._prepare()


def test_a_path_with_a_slash_at_its_end_is_refused() -> None:
    app = LiveApp(__name__)
    with pytest.raises(ValueError, match="does not end with one"):
        app.enable_dashboard("/board/")


def test_a_second_dashboard_is_refused() -> None:
    app = application()
    with pytest.raises(RuntimeError, match="already, at /_supervision"):
        app.enable_dashboard("/again")


async def status(app: LiveApp, path: str, **headers: str) -> int:
    async with app.running():
        response = await app.test_client().get(path, headers=headers)
        return response.status_code


@pytest.mark.parametrize("path", ["", "/tree.json", "/tree.schema.json", "/metrics"])
@pytest.mark.parametrize(("guard", "expected"), [(anybody, 200), (lambda request: False, 403)])
async def test_each_address_asks_the_guard(
    path: str, guard: Callable[[Request], bool], expected: int
) -> None:
    assert await status(application("production", guard=guard), PATH + path) == expected


async def test_without_a_guard_development_shows_it_to_its_own_machine_only() -> None:
    app = application()
    async with app.running():
        here = await app.test_client().get(PATH)
        there = await app.test_client().get(PATH, scope_base={"client": ("203.0.113.9", 5)})
        tunnel = await app.test_client().get(PATH, headers={"Host": "tunnel.example"})
        assert [one.status_code for one in (here, there, tunnel)] == [200, 403, 403]


async def test_a_guard_may_send_a_visitor_to_the_login() -> None:
    app = application("production", guard=lambda request: "/login")
    async with app.running():
        response = await app.test_client().get(PATH)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/login?next=")


async def test_a_program_shows_the_guard_its_authorization() -> None:
    app = application(
        "production",
        guard=lambda request: request.headers.get("authorization") == "Bearer scraper",
    )
    assert await status(app, f"{PATH}/metrics", Authorization="Bearer scraper") == 200
    assert await status(app, f"{PATH}/metrics", Authorization="Bearer other") == 403


async def test_the_guard_knows_who_is_logged_in() -> None:
    app = application("production", guard=lambda request: request.user.has_perm("look"))
    app.config.update(QUART_AUTH_COOKIE_SECURE=False)

    @app.user_loader
    def load(auth_id: str) -> Account:
        return Account(auth_id, ["look"] if auth_id == "anna" else [])

    @app.route("/login/<name>")
    async def login(name: str) -> Response:
        login_user(AuthUser(name))
        return Response("in")

    async with app.running():
        for name, expected in (("anna", 200), ("ben", 403)):
            client = app.test_client()
            await client.get(f"/login/{name}")
            assert (await client.get(PATH)).status_code == expected


# --- what may be done -------------------------------------------------------------------------


async def test_by_default_the_page_can_only_be_read() -> None:
    app = application(guard=anybody)
    async with opened(app) as (counter, board):
        assert "read-only" in board.text(".sv-head")
        assert board.count(".sv-act") == 0
        await act(board, "stop", id_of(app, Counter))
        await counter.click("button")
        assert counter.text("p") == "1"


async def test_only_permitted_actions_are_offered_and_done() -> None:
    app = application(guard=anybody, may=lambda request, action: action == "crash")
    async with opened(app) as (counter, board):
        await board.patch(f"{PATH}?show={id_of(app, Counter)}")
        assert board.texts(".sv-detail .sv-act") == ["Crash"]
        await act(board, "stop", id_of(app, Counter))
        await counter.click("button")
        assert counter.text("p") == "1"


async def test_nothing_happens_before_it_is_confirmed() -> None:
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (counter, board):
        await board.call("confirm", action="stop")
        await board.call("ask", action="stop", target=id_of(app, Counter))
        assert "Stop: Counter of somebody anonymous?" in board.text(".sv-ask")
        await board.call("confirm", action="crash")
        await board.call("ask", action="stop", target=id_of(app, Counter))
        await board.call("cancel")
        await board.call("confirm", action="stop")
        await counter.click("button")
        assert counter.text("p") == "1"


async def test_a_permission_that_is_withdrawn_in_between_counts() -> None:
    granted = {"stop"}
    app = application(guard=anybody, may=lambda request, action: action in granted)
    async with opened(app) as (counter, board):
        await board.call("ask", action="stop", target=id_of(app, Counter))
        granted.clear()
        await board.call("confirm", action="stop")
        assert "You may not stop" in board.text(".sv-notice")
        await counter.click("button")


async def test_a_crashed_view_goes_on_from_its_last_turn(
    autojump_clock: trio.testing.MockClock,
) -> None:
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (counter, board):
        await counter.click("button")
        await act(board, "crash", id_of(app, Counter))
        await trio.sleep(1.1)
        assert [error.kind for error in counter.errors] == ["restarted"]
        counter.errors.clear()
        assert counter.text("p") == "1"
        assert "CrashedFromDashboard" in board.text(".sv-cause")


async def test_a_view_that_begins_anew_forgets_its_state(
    autojump_clock: trio.testing.MockClock,
) -> None:
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (counter, board):
        await counter.click("button")
        await act(board, "restart", id_of(app, Counter))
        await trio.sleep(1.1)
        assert [error.kind for error in counter.errors] == ["lost"]
        counter.errors.clear()
        assert counter.text("p") == "0"


async def test_a_stopped_view_ends() -> None:
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (_, board):
        view_id = id_of(app, Counter)
        await act(board, "stop", view_id)
        await board.settle()
        assert view_id not in app.runtime.seats


async def test_a_dropped_socket_leaves_the_view_alive() -> None:
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (_, board):
        view_id = id_of(app, Counter)
        await act(board, "disconnect", view_id)
        await board.settle()
        assert app.runtime.seats[view_id].is_alive


async def test_a_trace_shows_messages_and_not_what_they_say(
    autojump_clock: trio.testing.MockClock,
) -> None:
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (counter, board):
        view_id = id_of(app, Counter)
        await board.patch(f"{PATH}?show={view_id}")
        await act(board, "trace", view_id)
        await counter.call("add")
        await counter.call("add")
        await trio.sleep(1.1)
        assert "add()" in " ".join(board.texts(".sv-detail td"))
        await trio.sleep(25)
        await counter.call("add")
        assert app.runtime.seats[view_id].address.measure().on_turn is None


async def test_a_service_is_restarted_but_never_stopped(
    autojump_clock: trio.testing.MockClock,
) -> None:
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (_, board):
        janitor = app.runtime.running_services.child("janitor")
        await act(board, "stop", "janitor")
        await act(board, "restart", "janitor")
        await trio.sleep(1.1)
        assert janitor.is_alive
        assert janitor.inspect().restarts == 1


async def test_a_worker_without_a_launcher_is_not_drained() -> None:
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (_, board):
        await act(board, "drain", "")
        assert "You may not drain" in board.text(".sv-notice")


async def test_every_act_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "limelight.audit")
    app = application(guard=anybody, may=anybody)
    async with opened(app) as (_, board):
        view_id = id_of(app, Counter)
        await act(board, "trace", view_id)
        assert f"trace {view_id}: Counter is traced" in caplog.text
        assert "Counter is traced" in board.text("main")


# --- for programs -----------------------------------------------------------------------------


async def tree(app: LiveApp, query: str = "") -> Any:
    response = await app.test_client().get(f"{PATH}/tree.json{query}")
    return json.loads(await response.get_data())


async def test_the_tree_is_there_for_programs() -> None:
    app = application(guard=anybody)
    async with opened(app) as (counter, _):
        await counter.click("button")
        found = await tree(app, "?search=counter&limit=5")
        assert found["schema"] == 1
        assert found["node"]["views"] == 2
        assert [one["name"] for one in found["tree"]["children"]] == ["services", "views"]
        (view,) = found["views"]
        assert view["view"] == "Counter"
        assert view["actor"]["handled"] >= 2
        assert view["turn_p99_seconds"] >= view["turn_p50_seconds"] > 0


async def test_the_tree_fits_its_schema() -> None:
    import msgspec

    from limelight.server.dashboard.snapshot import Snapshot

    app = application(guard=anybody)
    async with opened(app) as (counter, _):
        await fail(counter)
        response = await app.test_client().get(f"{PATH}/tree.json")
        snapshot = msgspec.json.decode(await response.get_data(), type=Snapshot, strict=True)
        assert snapshot.causes[0].where == "Counter.fail"


async def test_an_unknown_question_to_the_tree_is_refused() -> None:
    assert await status(application(guard=anybody), f"{PATH}/tree.json?colour=red") == 400


async def test_totals_keep_what_views_that_have_ended_did(
    autojump_clock: trio.testing.MockClock,
) -> None:
    app = application(guard=anybody)
    async with app.running():
        async with open_browser(app, "/") as counter:
            await counter.click("button")
        await trio.sleep(120)
        node = (await tree(app))["node"]
        assert node["views"] == 0
        assert node["views_total"] == 1
        assert node["turns_total"] >= 2
        assert node["frames_total"] >= 1


async def test_a_visitor_without_permission_is_told_so_by_the_page() -> None:
    app = application("production", guard=lambda request: False)
    async with app.running():
        with pytest.raises(PageError, match="403"):
            async with open_browser(app, PATH):
                pass
