"""The commands of the house do what newcomers expect, and say what to do where they cannot."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from build_support import programs, provision, stages

ROOT = Path(__file__).parents[2]


def test_help_names_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    commands = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    unsaid = {name for name in commands if name not in shown.stdout.split()}
    assert unsaid == {"help", "programs"}


def test_ci_runs_what_contributors_run() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test"


def test_the_demo_prints_an_address_that_answers_even_where_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = subprocess.Popen(
            [sys.executable, "-m", "build_support.demo"],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port)},
            stdout=subprocess.PIPE,
            text=True,
        )
        with demo:
            try:
                assert demo.stdout is not None
                address = re.search(r"http://\S+", demo.stdout.readline())
                assert address
                assert urllib.request.urlopen(address[0]).status == 200
                assert address[0] != f"http://127.0.0.1:{port}"
            finally:
                demo.terminate()
    assert demo.returncode == 0


def test_without_a_suitable_python_the_build_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    result = subprocess.run(
        ["/bin/sh", ROOT / "build_support/make_venv.sh", "demo"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13" in result.stderr
    assert "apt-get install python3" in result.stderr


def test_a_failing_stage_stops_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Makefile").write_text(
        "good:\n\t@echo did\nbad:\n\t@exit 3\nlater:\n\t@echo never\n"
    )
    monkeypatch.chdir(tmp_path)
    assert stages.main(["good", "bad", "later"]) != 0
    printed = capfd.readouterr().out
    assert re.search(r"== good: ok after \d+\.\d s\n== bad\n== bad: failed", printed)
    assert "never" not in printed


def test_a_program_of_the_users_choice_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMELIGHT_CHROMIUM", sys.executable)
    assert programs.find_chromium() == Path(sys.executable)


def test_a_chosen_program_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMELIGHT_REDIS", "/nowhere/redis-server")
    with pytest.raises(SystemExit, match="LIMELIGHT_REDIS is '/nowhere/redis-server'"):
        programs.find_redis()


def test_what_cannot_be_installed_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = provision.Program(
        name="Chromium",
        find=lambda: None,
        debian_packages=(),
        wheel=None,
        advice="install Chromium",
    )
    monkeypatch.setattr(provision, "PROGRAMS", (missing,))
    assert provision.main() == 1
    assert capsys.readouterr().err == "Chromium was not found: install Chromium.\n"
