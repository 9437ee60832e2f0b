"""What users install: the wheel and the sdist hold the product and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
ROOMS = ("actors", "client", "mixins", "server")
#: The release has some 555, nine tenths of them our own Python, and aimed at 300: see
#: docs/benchmarks.md. This guards against what slips in by mistake.
WHEEL_KIBIBYTES = 600


@pytest.fixture(scope="session")
def wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="session")
def sdist_names(built: Path) -> set[str]:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def sources(folder: str, pattern: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob(pattern)}


def test_every_module_is_in_the_wheel(wheel_names: set[str]) -> None:
    expected = sources("limelight", "*.py")
    for room in ROOMS:
        expected |= {f"limelight/{name}" for name in sources(room, "*.py")}
    assert {name for name in wheel_names if name.endswith(".py")} == expected


def test_the_wheel_carries_types_scripts_and_styles(wheel_names: set[str]) -> None:
    assert "limelight/py.typed" in wheel_names
    for pattern in ("static/*.js", "static/*.css"):
        assert {f"limelight/{name}" for name in sources("client", pattern)} <= wheel_names
    assert "limelight/client/static/limelight.js" in wheel_names
    assert {f"limelight/{name}" for name in sources("server", "templates/*.html")} <= wheel_names


def test_the_wheel_installs_one_package_only(wheel_names: set[str]) -> None:
    assert {name.partition("/")[0] for name in wheel_names} == {"limelight"}


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= WHEEL_KIBIBYTES * 1024


def test_the_sdist_holds_the_product_and_no_tests(sdist_names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in sdist_names}
    assert {"limelight", *ROOMS, "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} <= tops
    assert not tops & {"tests", "examples", "benchmarks", "docs", "build_support", ".pkg"}


def test_the_listed_packages_are_the_folders() -> None:
    tool = project()["tool"]
    assert isinstance(tool, dict)
    folders = {"limelight"}
    for room in ROOMS:
        for path in (ROOT / room).rglob("__init__.py"):
            folders.add("limelight." + ".".join(path.parent.relative_to(ROOT).parts))
    assert set(tool["setuptools"]["packages"]) == folders
    assert set(tool["setuptools"]["package-dir"]) == folders


def test_type_checkers_see_every_module_of_the_front_door() -> None:
    shown = {path.name for path in (ROOT / ".pkg/limelight").iterdir()}
    files = {path.name for path in (ROOT / "limelight").iterdir() if path.is_file()}
    assert shown == {*ROOMS, *files}
    assert all(path.exists() for path in (ROOT / ".pkg/limelight").iterdir())


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_pins_every_dependency_to_a_version_that_fits(lock: str) -> None:
    pins: dict[str, str] = {}
    for line in (ROOT / "build_support" / lock).read_text().splitlines():
        if not line.startswith("#"):
            name, _, version = line.partition(";")[0].strip().partition("==")
            pins[name] = version
    table = project()["project"]
    assert isinstance(table, dict)
    wanted = [*table["dependencies"], "setuptools>=77"]
    if lock == "requirements-dev.txt":
        for extra in ("redis", "postgres", "metrics", "pydantic", "dev"):
            wanted += table["optional-dependencies"][extra]
    for requirement in map(Requirement, wanted):
        if requirement.name != "limelight":
            assert requirement.specifier.contains(pins[requirement.name]), requirement


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_refuses_to_be_imported_as_a_folder(room: str) -> None:
    command = [sys.executable, "-c", f"import {room}"]
    result = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert result.returncode == 1
    assert "ImportError" in result.stderr
    assert f"limelight.{room}" in result.stderr
