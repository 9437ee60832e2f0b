"""The journey of a click names files and functions that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JOURNEY = (ROOT / "docs/internals.md").read_text()
NAMED = re.findall(r"`([\w/]+\.(?:py|js))`: `([\w.#]+)`", JOURNEY)


def defines(source: str, name: str) -> bool:
    """Whether a source has the class and the function of a name such as `Mailbox.put`."""
    *owners, function = name.split(".")
    has_owners = all(re.search(rf"^class {owner}\b", source, re.MULTILINE) for owner in owners)
    made = rf"^\s*(?:(?:async )?def |static )?{function}\(.*(?::|\{{|\($)"
    return has_owners and re.search(made, source, re.MULTILINE) is not None


def test_the_journey_has_ten_steps_and_each_names_its_code() -> None:
    steps = re.split(r"^## \d+\. ", JOURNEY, flags=re.MULTILINE)[1:]
    assert len(steps) == 10
    assert all(re.search(r"^\*`[\w/]+\.\w+`: `", step, re.MULTILINE) for step in steps)


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_named_function_exists(path: str, name: str) -> None:
    assert defines((ROOT / path).read_text(), name)


def test_a_file_that_is_mentioned_exists() -> None:
    mentioned = re.findall(r"`((?:client|server|actors)/[\w/]+\.(?:py|js))`", JOURNEY)
    assert [path for path in mentioned if not (ROOT / path).is_file()] == []


def test_a_function_that_went_away_is_noticed() -> None:
    source = "class Mailbox:\n    def put(self, message: object) -> None:\n        ...\n"
    assert defines(source, "Mailbox.put")
    assert not defines(source, "Mailbox.get")
    assert not defines(source, "Letterbox.put")
