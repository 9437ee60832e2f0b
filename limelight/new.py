"""`limelight new NAME`: a project that runs at once, with a test that passes."""

from __future__ import annotations

import re
from pathlib import Path

from limelight.new_files import FILES

#: A folder's name that is also fit for a service, a container and a package.
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class CannotMake(Exception):
    """The project cannot be made; the text says why, and what to do."""


def new_project(name: str, folder: Path) -> list[Path]:
    """Write a project into `folder/name` and return its files. Overwrites nothing."""
    if not NAME.fullmatch(name):
        raise CannotMake(
            f"{name!r} is no name for a project. Use small letters, digits, dashes and "
            "underscores, beginning with a letter: limelight new my-shop"
        )
    root = folder / name
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise CannotMake(f"{root} is there already and not empty. Choose another name.")
    written = []
    for path, text in FILES.items():
        file = root / path.replace("NAME", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("NAME", name), encoding="utf-8")
        written.append(file)
    return written


def make_project(name: str) -> int:
    """Run the command in the present folder; return its exit code."""
    try:
        written = new_project(name, Path.cwd())
    except CannotMake as error:
        print(f"limelight: {error}")
        return 1
    for file in written:
        print(f"  {file.relative_to(Path.cwd())}")
    print(
        f"\nYour project is in {name}/. Next:\n\n"
        f"  cd {name}\n"
        "  limelight dev app:app      # http://127.0.0.1:8000, and /_supervision beside it\n"
        "  python -m pytest           # needs: pip install pytest pytest-trio\n\n"
        "Change templates/home.html while it runs: the open page follows."
    )
    return 0
