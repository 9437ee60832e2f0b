"""The threat model names tests, and each of them exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "SECURITY.md").read_text()
NAMED = re.findall(r"^- `(tests/\S+\.py)::(\w+)`$", DOCUMENT, re.MULTILINE)
POINTS = re.split(r"^### ", DOCUMENT, flags=re.MULTILINE)[1:]


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_a_named_test_exists(path: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)


def test_every_point_of_the_threat_model_names_a_test() -> None:
    assert [point.partition(":")[0] for point in POINTS] == [f"S{n}" for n in range(1, 25)]
    assert all(re.search(r"^- `tests/", point, re.MULTILINE) for point in POINTS)
