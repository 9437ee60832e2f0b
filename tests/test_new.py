"""`limelight new`: what it makes runs, its test passes, and nothing is overwritten."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from limelight.__main__ import main
from limelight.new import CannotMake, new_project
from limelight.new_files import FILES


def test_the_tests_of_a_new_project_pass(tmp_path: Path) -> None:
    new_project("my-shop", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(
        command, cwd=tmp_path / "my-shop", check=False, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "3 passed" in result.stdout


def test_the_command_says_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "shop"]) == 0
    printed = capsys.readouterr().out
    assert "shop/app.py" in printed
    assert "limelight dev app:app" in printed


def test_the_projects_name_stands_everywhere(tmp_path: Path) -> None:
    written = new_project("shop", tmp_path)
    assert len(written) == len(FILES)
    assert not [path for path in written if "NAME" in path.read_text() or "NAME" in path.name]
    table = tomllib.loads((tmp_path / "shop/pyproject.toml").read_text())
    assert table["project"]["name"] == "shop"


@pytest.mark.parametrize("name", ["", "My Shop", "../shop", "1st", "shop;rm", "a" * 41])
def test_an_unfit_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotMake, match="is no name for a project"):
        new_project(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/app.py").write_text("mine")
    monkeypatch.chdir(tmp_path)
    assert main(["new", "shop"]) == 1
    assert "there already" in capsys.readouterr().out
    assert (tmp_path / "shop/app.py").read_text() == "mine"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert new_project("shop", tmp_path)
