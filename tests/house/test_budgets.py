"""No file and no function outgrows its reader: 400 lines a file, 50 lines a function."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE_LINES = 400
FUNCTION_LINES = 50
FOLDERS = (
    "actors",
    "benchmarks",
    "build_support",
    "client",
    "examples",
    "limelight",
    "mixins",
    "server",
)


def source_files(suffix: str) -> list[Path]:
    """The sources that people write: no bundle, nothing taken over from others."""
    return sorted(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob(f"*{suffix}")
        if not {"static", "vendor", "__pycache__"} & set(path.parts)
    )


def long_file(path: Path) -> str | None:
    lines = len(path.read_text().splitlines())
    if lines <= FILE_LINES:
        return None
    name = path.relative_to(ROOT)
    return f"{name} has {lines} lines, more than {FILE_LINES}: give its second idea a file"


def long_python_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from complaint(path, node.lineno, node.end_lineno or node.lineno, node.name)


def complaint(path: Path, first: int, last: int, name: str) -> Iterator[str]:
    lines = last - first + 1
    if lines > FUNCTION_LINES:
        where = f"{os.path.relpath(path, ROOT)}:{first}"
        yield (
            f"{where} {name} has {lines} lines, more than {FUNCTION_LINES}: name its steps "
            "and make each a function"
        )


def long_browser_functions(paths: list[Path]) -> Iterator[str]:
    command = [sys.executable, "-m", "build_support.node", "node", "tests/house/functions.mjs"]
    listed = subprocess.run(
        [*command, *map(str, paths)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for function in json.loads(listed.stdout):
        yield from complaint(
            Path(function["path"]), function["first"], function["last"], function["name"]
        )


def test_no_file_is_longer_than_its_budget() -> None:
    files = [*source_files(".py"), *source_files(".js"), *source_files(".css")]
    found = [one for path in files if (one := long_file(path))]
    assert not found, "\n" + "\n".join(found)


def test_no_python_function_is_longer_than_its_budget() -> None:
    found = [one for path in source_files(".py") for one in long_python_functions(path)]
    assert not found, "\n" + "\n".join(found)


def test_no_browser_function_is_longer_than_its_budget() -> None:
    found = list(long_browser_functions(source_files(".js")))
    assert not found, "\n" + "\n".join(found)


def test_the_budgets_see_the_product() -> None:
    seen = {path.relative_to(ROOT).parts[0] for path in source_files(".py")}
    assert {"actors", "client", "limelight", "mixins", "server"} <= seen


def test_a_planted_long_function_is_found_in_both_languages(tmp_path: Path) -> None:
    body = "\n" * FUNCTION_LINES
    (tmp_path / "long.py").write_text(f"def planted():{body}    pass\n")
    (tmp_path / "long.js").write_text(f"class A {{ planted() {{{body}}} }}\nconst f = () => {{}};")
    assert "planted has 51 lines" in next(long_python_functions(tmp_path / "long.py"))
    found = list(long_browser_functions([tmp_path / "long.js"]))
    assert len(found) == 1
    assert "planted has 51 lines" in found[0]
