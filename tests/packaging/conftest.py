"""The distribution that the tests of this folder share: built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_support.release import build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with an sdist, and a wheel that was built from that sdist."""
    folder = tmp_path_factory.mktemp("distribution") / "built"
    build(folder)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))
