"""The launcher's ledger of presence: leases end, what is newer is told, a lost worker is swept."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
import trio.testing

from limelight.actors import ChildSpec, open_supervisor
from limelight.server.local_ledger import LocalLedger, LocalLedgerLink
from limelight.server.local_ledger_server import LedgerTable, serve_local_ledger
from limelight.server.presence_ledger import LedgerUnavailable, NodeEntry
from limelight.server.presence_room import Member

ADA = Member("view-1", "ada", 1.0, 1.0, {"mood": "well"})
BOB = Member("view-2", "bob", 1.0, 1.0, {})


async def test_a_worker_that_falls_silent_is_swept(autojump_clock: trio.testing.MockClock) -> None:
    table = LedgerTable()
    table.write_all("a", 8.0, {"room": NodeEntry(1, [ADA])})
    table.write_all("b", 8.0, {})
    await trio.sleep(5)
    assert table.renew("b", 8.0)

    await trio.sleep(5)

    assert not table.renew("a", 8.0)
    assert table.ended("b", ["a", "c"]) == ["a", "c"]
    assert table.read("room", {}).nodes == set()


async def test_only_newer_versions_are_read() -> None:
    table = LedgerTable()
    table.write_all("a", 8.0, {"room": NodeEntry(3, [ADA])})
    table.write("a", {"room": NodeEntry(4, [BOB], gone=["view-1"])}, ())

    assert table.read("room", {"a": 4, "b": 1}).entries == {}
    newer = table.read("room", {"a": 3, "b": 1})

    assert newer.entries == {"a": NodeEntry(4, [BOB])}
    assert (newer.nodes, newer.living) == ({"a"}, {"a"})


async def test_a_key_without_members_is_forgotten() -> None:
    table = LedgerTable()
    table.write_all("a", 8.0, {"room": NodeEntry(3, [ADA])})
    table.write("a", {"room": NodeEntry(4, [], gone=["view-1"])}, ["room"])
    assert table.read("room", {"a": 3}).nodes == set()


async def test_whoever_was_swept_cannot_write_changes_only() -> None:
    table = LedgerTable()
    table.write("a", {"room": NodeEntry(4, [ADA])}, ())
    assert table.read("room", {}).nodes == set()


async def test_a_worker_asks_again_after_its_launcher_was_away(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    ledger = LocalLedger(str(path), 2.0, "a", 8.0)
    async with open_supervisor(children=[ChildSpec(lambda: LocalLedgerLink(ledger), "link")]):
        with pytest.raises(LedgerUnavailable, match="is not connected"):
            await ledger.renew_lease()
        async with trio.open_nursery() as launcher:
            await launcher.start(serve_local_ledger, path)
            await _until_it_answers(ledger)
            await ledger.write_all({"room": {"view-1": ADA}}, {"room": 1})
            assert await ledger.renew_lease()
            assert (await ledger.read({"room": {}}))["room"].entries["a"].members == [ADA]
            launcher.cancel_scope.cancel()
        with pytest.raises(LedgerUnavailable):
            await ledger.renew_lease()


async def _until_it_answers(ledger: LocalLedger) -> None:
    with trio.fail_after(10):
        while True:
            try:
                await ledger.renew_lease()
            except LedgerUnavailable:
                await trio.sleep(0.02)
            else:
                return
