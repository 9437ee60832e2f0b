"""The deployment guide: its files are those of `limelight new`, and its commands serve."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from limelight.__main__ import _parser
from limelight.new import new_project
from limelight.new_files import CADDY, DOCKERFILE, NGINX, UNIT

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/deployment.md").read_text()
PATIENCE_SECONDS = 40
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(GUIDE) if found == language]


def unit() -> configparser.SectionProxy:
    # `Environment=` may stand there twice; the guide's unit names each key once.
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(blocks("ini")[0])
    return parser["Service"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: the path of a Unix socket has room for 107 letters."""
    with tempfile.TemporaryDirectory(prefix="ll-") as name:
        yield Path(name)


@pytest.mark.parametrize(
    ("language", "file"),
    [("ini", UNIT), ("dockerfile", DOCKERFILE), ("nginx", NGINX), ("caddy", CADDY)],
)
def test_the_guide_shows_the_files_that_a_new_project_has(language: str, file: str) -> None:
    assert file.replace("NAME", "shop") in blocks(language)


def test_the_containers_command_is_one_that_limelight_knows() -> None:
    command = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert command
    words = re.findall(r'"(.*?)"', command[1])
    chosen = _parser().parse_args(words[1:])
    assert (words[0], chosen.command, chosen.application) == ("limelight", "serve", "app:app")


def test_the_proxies_go_to_the_socket_that_the_unit_opens() -> None:
    path = re.search(r"--bind unix:(\S+)", unit()["ExecStart"])
    assert path
    assert f"server unix:{path[1]};" in blocks("nginx")[0]
    assert f"reverse_proxy unix/{path[1]}" in blocks("caddy")[0]
    assert path[1] == f"/run/{unit()['RuntimeDirectory']}/socket"


def start(folder: Path) -> subprocess.Popen[bytes]:
    """What systemd would run, with the folders of the unit inside a temporary one."""
    new_project("shop", folder)
    command = unit()["ExecStart"].replace("/run/shop", str(folder))
    program, *arguments = shlex.split(command)
    assert program == "/srv/shop/.venv/bin/limelight"
    return subprocess.Popen(
        [sys.executable, "-m", "limelight", *arguments],
        cwd=folder / "shop",
        env=os.environ | {"SECRET_KEY": "only for this test, and long enough for it"},
        stderr=subprocess.DEVNULL,
    )


def answer(path: Path, address: str) -> str:
    """The answer of the server at a socket, asked again until there is one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as client:
            if client.connect_ex(str(path)):
                time.sleep(0.02)
                continue
            client.sendall(f"GET {address} HTTP/1.0\r\nHost: shop\r\n\r\n".encode())
            return client.makefile("rb").read().decode()
    pytest.fail(f"Nothing answered at {path} within {PATIENCE_SECONDS} s.")


def test_the_units_commands_serve_renew_and_drain(folder: Path) -> None:
    process, path = start(folder), folder / "socket"
    try:
        assert answer(path, "/_live/ready").endswith("ready")
        # A proxy runs as another user.
        assert stat.S_IMODE(path.stat().st_mode) & stat.S_IWOTH
        assert "dj-view" in answer(path, "/")
        assert unit()["ExecReload"] == "/bin/kill -HUP $MAINPID"
        process.send_signal(signal.SIGHUP)
        assert answer(path, "/_live/live").endswith("alive")
    finally:
        process.terminate()
        code = process.wait(timeout=float(unit()["TimeoutStopSec"]))
    assert code == 0
