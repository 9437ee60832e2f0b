"""The release: what was built, installed into an empty environment, serves an example."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import limelight
from benchmarks.start import packages_of
from build_support.release import install
from limelight.client import connect

ROOT = Path(__file__).parents[2]
#: Beside Limelight itself.
MOST_PACKAGES = 30
STOP_SECONDS = 30


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def python(
    request: pytest.FixtureRequest, built: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The Python of an empty environment with what was built, and what that asks for."""
    package = next(built.glob("*.whl" if request.param == "wheel" else "*.tar.gz"))
    return install(package, tmp_path_factory.mktemp("installed") / "environment")


@pytest.fixture
def url(python: Path, tmp_path: Path) -> Iterator[str]:
    """The counter of the examples, served by what was installed."""
    shutil.copy(ROOT / "examples/counter.py", tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        descriptor = listener.fileno()
        command = [str(python), "-m", "limelight", "serve", "counter:app"]
        server = subprocess.Popen(
            [*command, "--bind", f"fd://{descriptor}"],
            cwd=tmp_path,
            pass_fds=[descriptor],
            env=os.environ | {"SECRET_KEY": "only for this test, and long enough for it"},
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.terminate()
            assert server.wait(timeout=STOP_SECONDS) == 0


async def test_an_example_runs_in_an_empty_environment(url: str) -> None:
    async with connect(url) as page:
        await page.click("button")
        assert page.text("h1") == "2"


def test_the_core_needs_few_packages(python: Path) -> None:
    packages = packages_of(python)
    assert "quart-trio" in packages
    assert len(packages) <= MOST_PACKAGES, packages


def test_what_was_installed_knows_its_version_and_fits_together(python: Path) -> None:
    script = "import limelight; print(limelight.__version__, limelight.__file__)"
    command = [str(python), "-c", script]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd="/").stdout
    assert told.startswith(f"{limelight.__version__} {python.parents[1]}")
    subprocess.run([str(python), "-m", "pip", "check"], check=True, capture_output=True)


def test_the_version_is_the_same_everywhere(built: Path) -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert table["project"]["version"] == limelight.__version__
    names = {path.name for path in built.iterdir()}
    version = limelight.__version__
    assert names == {f"limelight-{version}.tar.gz", f"limelight-{version}-py3-none-any.whl"}


def test_the_changelog_tells_of_this_version_with_its_date() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    title = rf"^## {re.escape(limelight.__version__)} \(\d{{4}}-\d\d-\d\d\)\n\n- "
    assert re.search(title, changelog, re.MULTILINE)


def test_the_sdist_says_how_weaknesses_are_reported(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"SECURITY.md", "CHANGELOG.md", "LICENSE"} <= names
