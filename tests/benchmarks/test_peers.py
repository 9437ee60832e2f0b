"""The benchmark beside peers reads what servers send, and judges figures rightly."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path

import pytest

from benchmarks.peers import report
from benchmarks.peers.live_socket import LiveSocket
from benchmarks.peers.results import Results
from benchmarks.peers.scenarios import SCENARIOS
from benchmarks.peers.systems import SYSTEMS, System
from benchmarks.peers.visitor import shows

ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def socket_that_gets(*parts: bytes) -> LiveSocket:
    """Open a socket whose server answers with these bytes, the handshake before them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(ACCEPTED + b"".join(parts))

        server = threading.Thread(target=serve)
        server.start()
        opened = LiveSocket(listener.getsockname()[1], "/")
        server.join()
        return opened


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"\x81\x05", 5),
        (b"\x81\x7e\x01\x00", 256),
        (b"\x81\x7f" + bytes(5) + b"\x01\x11\x70", 70_000),
    ],
)
def test_frames_of_all_three_lengths_are_read_whole(head: bytes, size: int) -> None:
    opened = socket_that_gets(head, b"x" * size, b"\x81\x01y")
    assert opened.receive() == b"x" * size
    assert opened.receive() == b"y"
    opened.close()


def test_a_server_that_closes_is_noticed() -> None:
    opened = socket_that_gets(b"\x88\x02\x03\xe8")
    with pytest.raises(ConnectionError, match="closes the websocket"):
        opened.receive()
    opened.close()


def test_a_patch_shows_a_text_only_if_it_is_that_very_text() -> None:
    changes = {"0": "changed 17", "rows": [["<li id='1'>item 5</li>", 3]]}
    assert shows(changes, "changed 17")
    assert shows(changes, "item 5")
    assert shows(changes, "3")
    assert not shows(changes, "changed 1")
    assert not shows(changes, "item")


@pytest.mark.parametrize(
    "system", [one for one in SYSTEMS if not one.is_floor], ids=lambda one: one.name
)
def test_a_system_serves_all_pages_but_those_that_it_says_it_lacks(system: System) -> None:
    folder = Path(report.__file__).parent / "applications"
    source = (folder / f"{system.application}.py").read_text()
    pages = {scenario.page for scenario in SCENARIOS.values()}
    served = {page for page in pages if re.search(rf'"/?{page}"', source)}
    assert served == pages - set(system.lacks)


def test_targets_are_judged_by_medians() -> None:
    results = Results()
    for own, other in ((50.0, 100.0), (10.0, 1.0), (60.0, 100.0)):
        results.add("limelight", {"A50 cpu": own})
        results.add("pyview", {"A50 cpu": other})
    results.add("limelight", {"F table": 100.0})
    results.add("pyview", {"F table": 50.0})
    lines = report.targets_table(results).splitlines()
    assert lines[2:] == [
        "| A, 50 connections, of pyview | 0.5 | at most 0.55 | met |",
        "| F table, of pyview | 2 | at least 6 | **missed** |",
    ]


def test_what_failed_and_what_a_system_lacks_is_said() -> None:
    results = Results()
    results.failures.append("djust could not be installed: no such wheel")
    said = report.reasons(SYSTEMS, results)
    assert said.startswith("- djust could not be installed: no such wheel.\n")
    assert "- pyview has no figures for keyed: its loops know no keys." in said


def test_the_report_goes_between_its_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document, readme = tmp_path / "benchmarks.md", tmp_path / "README.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    readme.write_text(f"before\n{report.SHORT_BEGIN}\nold\n{report.SHORT_END}\nafter\n")
    monkeypatch.setattr(report, "DOCUMENT", document)
    monkeypatch.setattr(report, "README", readme)
    table = (
        "| | Limelight | pyview | djust | NiceGUI | echo |\n|---|\n"
        "| **E** KiB an idle view, 1,000 views | 1.0 | 2.0 | | 4.0 | 5.0 |\n| other | 1 | 2 | 3 | 4 | 5 |"
    )
    report.write_into_document(table)
    assert document.read_text() == f"before\n{report.BEGIN}\n{table}\n{report.END}\nafter\n"
    short = "| | Limelight | pyview | djust | NiceGUI |\n|---|---:|---:|---:|---:|\n"
    short += "| a connected view at rest, KiB | 1.0 | 2.0 |  | 4.0 |"
    marks = (report.SHORT_BEGIN, report.SHORT_END)
    assert report.between(readme, *marks) == short
    assert readme.read_text() == f"before\n{marks[0]}\n{short}\n{marks[1]}\nafter\n"


def test_the_readme_shows_the_figures_of_the_long_table() -> None:
    shown = report.between(report.README, report.SHORT_BEGIN, report.SHORT_END)
    measured = report.between(report.DOCUMENT, report.BEGIN, report.END)
    assert shown == report.short_table(measured), "run `python -m benchmarks.peers.report`"
