"""Nothing in the repository depends on, or speaks of, the machine that it was written on."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: What is made by tools and kept out of the repository.
MADE = re.compile(
    r"\.git|\.venv|\.limelight|\.hypothesis|\.\w+_cache|__pycache__"
    r"|node_modules|build|dist|.*\.egg-info|.*\.(png|ico|gz)"
)

#: The pieces are joined here so that this file does not contain what it looks for.
REFUSED = {
    "a path of one machine": [
        "/" + "work/",
        "/" + "root/",
        "/" + "home/[a-z]",
        "/" + "Users/[a-z]",
    ],
    "the host of a package registry": [
        *("pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)"),
        *("deb" + r"\.debian\.org", "registry" + r"\.[a-z-]+\."),
    ],
    "a ticket": [r"\b" + r"GH-\d+", r"\(#" + r"\d+\)"],
    "who or what wrote it": ["clau" + "de", "anthr" + "opic", "chat" + "gpt", "co" + "pilot"],
}


def texts_of_the_repository() -> dict[str, str]:
    texts = {}
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not MADE.fullmatch(name)]
        for path in (Path(folder, name) for name in names if not MADE.fullmatch(name)):
            if not path.is_symlink():
                texts[path.relative_to(ROOT).as_posix()] = path.read_text(errors="replace")
    return texts


def lines_with(patterns: list[str], texts: dict[str, str]) -> list[str]:
    refused = re.compile("|".join(patterns), re.IGNORECASE)
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if refused.search(line)
    ]


@pytest.mark.parametrize("what", REFUSED)
def test_the_repository_does_not_contain(what: str) -> None:
    found = lines_with(REFUSED[what], texts_of_the_repository())
    assert not found, "\n" + "\n".join(found)


def test_a_planted_path_is_found() -> None:
    planted = {"product.py": "import trio\nPATH = '/" + "root/limelight'\n"}
    found = lines_with(REFUSED["a path of one machine"], planted)
    assert found == ["product.py:2: PATH = '/" + "root/limelight'"]


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    patterns = [r"pytest\.skip" + r"\b", r"mark\.(skip|skipif|xfail)" + r"\b", "import" + "orskip"]
    tests = {
        name: text for name, text in texts_of_the_repository().items() if name.startswith("tests/")
    }
    found = lines_with(patterns, tests)
    assert not [line for line in found if "test_words.py" not in line], "\n".join(found)
