"""What the documentation shows works: every Python block runs, every command exists.

A block marked ```python is a program of its own; one that awaits at its top level runs
under trio. Words may follow the language: `continues` runs the block after the blocks that
it continues, `fragment` runs it as the body of a view's class that has `limelight`'s names,
`raises=ValueError` says how it ends, `saved=chat.py` that it is also a file, which pytest
runs if its name begins with `test_`. A block marked ```console shows commands behind `$`; each must be one that the house knows. Other blocks are not run.
"""

from __future__ import annotations

import ast
import inspect
import re
import shlex
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import trio
import trio.testing

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^( *)```(.*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a document; `number` is the line of its opening fence."""

    path: Path
    number: int
    language: str
    words: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.number}"

    @property
    def error(self) -> str | None:
        """The name of the error with which the block says that it ends."""
        return self._word("raises")

    @property
    def file(self) -> str | None:
        """The name under which the reader saves the block."""
        return self._word("saved")

    def _word(self, name: str) -> str | None:
        marks = [word.partition("=")[2] for word in self.words if word.startswith(f"{name}=")]
        return marks[0] if marks else None


def blocks_of(path: Path, text: str) -> Iterator[Block]:
    lines = enumerate(text.splitlines(), start=1)
    for number, line in lines:
        if opening := FENCE.match(line):
            indent, words = len(opening[1]), (opening[2].split() or [""])
            body = []
            for _, inner in lines:
                if FENCE.match(inner):
                    break
                body.append(inner[indent:])
            yield Block(path, number, words[0], tuple(words[1:]), "\n".join(body) + "\n")


def python_programs(blocks: list[Block]) -> Iterator[list[Block]]:
    """Yield each Python block behind the blocks that it continues."""
    program: list[Block] = []
    for block in blocks:
        if block.language == "python":
            program = [*program, block] if "continues" in block.words else [block]
            yield program


ALL_BLOCKS = [block for path in DOCUMENTS for block in blocks_of(path, path.read_text())]
PROGRAMS = [
    program
    for path in DOCUMENTS
    for program in python_programs([block for block in ALL_BLOCKS if block.path == path])
]
CONSOLES = [block for block in ALL_BLOCKS if block.language == "console"]


def run(program: list[Block]) -> None:
    module = ModuleType("documented")
    sys.modules[module.__name__] = module
    try:
        for block in program:
            if block.file is not None:
                Path(block.file).write_text(block.text)
            if block.file is not None and block.file.startswith("test_"):
                run_tests(block.file)
            else:
                run_block(block, vars(module))
    finally:
        del sys.modules[module.__name__]


def source_of(block: Block) -> str:
    """The program of a block; empty lines in front keep the document's line numbers."""
    if "fragment" not in block.words:
        return "\n" * block.number + block.text
    head = "from limelight import *\nclass Fragment(LiveView):\n"
    return "\n" * (block.number - 2) + head + textwrap.indent(block.text, "    ")


def run_block(block: Block, namespace: dict[str, Any]) -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(source_of(block), str(block.path), "exec", flags, dont_inherit=True)
    try:
        result = eval(code, namespace)
        if inspect.iscoroutine(result):
            clock = trio.testing.MockClock(autojump_threshold=0.01)
            trio.run(awaited, result, clock=clock)
    except Exception as error:
        if type(error).__name__ != block.error:
            raise
    else:
        assert block.error is None, f"{block} should have raised {block.error}"


def run_tests(file: str) -> None:
    """Run a file of tests as its reader does, among the files saved before it."""
    words = [sys.executable, "-m", "pytest", "-q", "-o", "trio_mode=true", file]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


async def awaited(coroutine: Any) -> None:
    await coroutine


@pytest.mark.parametrize("program", PROGRAMS, ids=[str(program[-1]) for program in PROGRAMS])
def test_a_python_block_runs(
    program: list[Block], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIVE_ENV", "development")
    run(program)


@pytest.mark.parametrize("block", CONSOLES, ids=str)
def test_a_console_block_shows_commands_that_exist(block: Block) -> None:
    shown = [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
    assert shown, f"{block}: put `$ ` in front of each command"
    for line in shown:
        assert is_known_command(shlex.split(line, comments=True)), f"{block}: {line}"


def is_known_command(words: list[str]) -> bool:
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    program, *arguments = words
    match program:
        case "git" | "cd" | "uv" | "curl":
            return True
        case "make":
            return all(word in make_targets() for word in arguments if "=" not in word)
        case "pip":
            return arguments[0] == "install" and extras_exist(arguments[1:])
        case "hypercorn":
            return application_exists(arguments[-1])
        case "python" if arguments[0] == "-m":
            return arguments[1] in ("limelight", "pytest") or module_exists(arguments[1])
    return False


def module_exists(name: str) -> bool:
    return (ROOT / name.replace(".", "/")).with_suffix(".py").is_file()


def make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text()
    return set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def extras_exist(requirements: list[str]) -> bool:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    known = set(extras["optional-dependencies"])
    asked = re.findall(r"\[(.*?)\]", " ".join(requirements))
    return {name.strip() for group in asked for name in group.split(",")} <= known


def application_exists(application: str) -> bool:
    """Whether `module:name` is an example, or a file that a document shows."""
    module, _, name = application.partition(":")
    path = Path(*module.split(".")).with_suffix(".py")
    shown = any(f"{path}" in block.path.read_text() for block in CONSOLES)
    example = ROOT / path
    return (example.exists() and name in example.read_text()) or (
        len(path.parts) == 1 and shown and name == "app"
    )


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text())
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert not broken, "\n" + "\n".join(broken)


def test_the_changelog_says_what_is_new() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest = changelog.partition("\n## ")[2].partition("\n## ")[0]
    assert re.search(r"^- ", newest, re.MULTILINE)


def planted(text: str) -> list[Block]:
    blocks = list(blocks_of(ROOT / "planted.md", text))
    return list(python_programs(blocks))[-1]


def test_a_planted_block_that_fails_is_found() -> None:
    with pytest.raises(ZeroDivisionError):
        run(planted("```python\n1 / 0\n```"))


def test_a_block_may_say_how_it_ends() -> None:
    run(planted("```python raises=ZeroDivisionError\n1 / 0\n```"))
    with pytest.raises(AssertionError, match="should have raised"):
        run(planted("```python raises=ZeroDivisionError\n1\n```"))


def test_a_block_continues_the_one_above_only_if_it_says_so() -> None:
    run(planted("```python\na = 1\n```\ntext\n```python continues\nassert a == 1\n```"))
    with pytest.raises(NameError):
        run(planted("```python\na = 1\n```\ntext\n```python\nassert a == 1\n```"))


def test_a_fragment_runs_as_part_of_a_view() -> None:
    run(planted("a\n```python fragment\n@event_handler()\ndef add(self, by: int): ...\n```"))
    with pytest.raises(NameError):
        run(planted("a\n```python fragment\n@event_handlr()\ndef add(self): ...\n```"))


def test_a_saved_block_is_there_for_those_behind_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = (
        "```python saved=sums.py\nfour = 4\n```\n"
        "```python continues saved=test_sums.py\n"
        "from sums import four\ndef test_sum(): assert 2 + 2 == {}\n```"
    )
    run(planted(shown.format("four")))
    with pytest.raises(AssertionError, match="1 failed"):
        run(planted(shown.format("five")))


def test_a_block_that_awaits_runs_on_a_virtual_clock() -> None:
    run(planted("```python\nimport trio\nawait trio.sleep(3600)\n```"))


@pytest.mark.parametrize(
    ("command", "is_known"),
    [
        ("make demo", True),
        ("make dmeo", False),
        ("pip install 'limelight[redis]'", True),
        ("pip install 'limelight[radish]'", False),
        ("SECRET_KEY=x hypercorn -k trio nothing.here:app", False),
        ("python -m limelight doctor", True),
    ],
)
def test_commands_are_known_by_what_the_house_offers(command: str, is_known: bool) -> None:
    assert is_known_command(shlex.split(command)) is is_known
