"""The rooms import each other only along the arrows of the house."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("actors", "client", "mixins", "server")

#: What each room may import of Limelight beside itself.
ARROWS: dict[str, tuple[str, ...]] = {
    "actors": (),
    "client": (),
    "mixins": ("limelight.actors", "limelight.client.events", "limelight.client.messages"),
    "server": ("limelight.actors", "limelight.client"),
}
#: The modules whose names an application may import.
PUBLIC_MODULES = (
    "limelight",
    "limelight.actors",
    "limelight.client",
    "limelight.mixins",
    "limelight.testing",
)


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    inside = parts if parts[0] == "limelight" else ("limelight", *parts)
    return ".".join(inside)


def imported_names(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the absolute name of everything that a module imports.

    `from .a import b` in the package `limelight.server` yields `limelight.server.a.b`.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = absolute_origin(node, package)
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and is_dynamic_import(node.func):
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield node.lineno, name.value


def absolute_origin(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")
    start = parents[: len(parents) - node.level + 1]
    return ".".join([*start, *([node.module] if node.module else [])])


def is_dynamic_import(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def violations_of_a_room(room: str, root: Path) -> list[str]:
    allowed = (f"limelight.{room}", *ARROWS[room])
    return [
        f"{path.relative_to(root)}:{line} imports {name}; {room} may import "
        f"{' and '.join(ARROWS[room]) or 'nothing else of Limelight'}"
        for path in sorted((root / room).rglob("*.py"))
        for line, name in names_imported_by(path, root)
        if name.split(".")[0] in ("limelight", *ROOMS)
        if not any(is_within(name, package) for package in allowed)
    ]


def names_imported_by(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    package = module_name(path, root).rpartition(".")[0]
    yield from imported_names(path.read_text(), package)


def violations_of_an_example(path: Path, root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{line} imports {name}; an example imports from "
        f"{', '.join(PUBLIC_MODULES)} only"
        for line, name in imported_names(path.read_text(), "examples")
        if name.split(".")[0] in ("limelight", *ROOMS)
        if name.rpartition(".")[0] not in PUBLIC_MODULES and name not in PUBLIC_MODULES
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_along_its_arrows(room: str) -> None:
    found = violations_of_a_room(room, ROOT)
    assert not found, "\n" + "\n".join(found)


def test_the_server_names_no_mixin() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} names {name}"
        for path in sorted((ROOT / "server").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name | ast.Attribute)
        for name in [node.id if isinstance(node, ast.Name) else node.attr]
        if name.endswith("Mixin")
    ]
    assert not found, "\n" + "\n".join(found)


def test_examples_import_only_public_names() -> None:
    paths = sorted((ROOT / "examples").rglob("*.py"))
    found = [one for path in paths for one in violations_of_an_example(path, ROOT)]
    assert not found, "\n" + "\n".join(found)


PLANTED = {
    "a neighbour, relatively": ("server", "from ..mixins.forms import FormsMixin"),
    "a neighbour, absolutely": ("server", "import limelight.mixins"),
    "the package, then a neighbour": ("actors", "from .. import server"),
    "the front door": ("actors", "from limelight import LiveView"),
    "the front door, relatively": ("client", "from .. import LiveView"),
    "inside a function": ("client", "def f():\n    from ..server import pages"),
    "for type checkers only": (
        "actors",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..client import messages",
    ),
    "more than the messages": ("mixins", "from ..client.connection import connect"),
    "the checkout's folder": ("server", "from mixins import forms"),
    "by its name": ("server", "import importlib\nimportlib.import_module('limelight.mixins')"),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_import_against_the_arrows_is_found(planted: str, tmp_path: Path) -> None:
    room, source = PLANTED[planted]
    (tmp_path / room / "deeper").mkdir(parents=True)
    (tmp_path / room / "planted.py").write_text(source)
    assert len(violations_of_a_room(room, tmp_path)) == 1


def test_a_planted_import_in_a_deeper_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "server/rendering").mkdir(parents=True)
    (tmp_path / "server/rendering/__init__.py").write_text("from ...mixins import forms")
    (tmp_path / "server/rendering/tree.py").write_text("from ...mixins import forms")
    assert len(violations_of_a_room("server", tmp_path)) == 2


def test_imports_along_the_arrows_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mixins").mkdir()
    (tmp_path / "mixins/forms.py").write_text(
        "import trio\nfrom ..actors.actor import Actor\nfrom ..client.messages import Join\n"
        "from ..client import messages\nfrom .behaviour import Behaviour\nfrom . import uploads\n"
    )
    assert not violations_of_a_room("mixins", tmp_path)


def test_a_planted_private_import_in_an_example_is_found(tmp_path: Path) -> None:
    example = tmp_path / "examples" / "planted.py"
    example.parent.mkdir()
    example.write_text("from limelight import LiveApp\nfrom limelight.server.pages import Page")
    assert len(violations_of_an_example(example, tmp_path)) == 1
