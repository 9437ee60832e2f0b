"""A virtual environment for each peer, made once and kept in `.limelight/peers`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".limelight" / "peers"
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")
VERSION = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"


def python_of(name: str) -> Path:
    return CACHE / name / "bin" / "python"


def install(name: str) -> str:
    """Make the environment of a file in requirements/ if it is not there as the file says.

    Returns "", or why it cannot be had.
    """
    wanted = HERE / "requirements" / f"{name}.txt"
    stamp = CACHE / name / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted.read_text():
        return ""
    print(f"Installing {name} into {CACHE / name}", flush=True)
    python = python_of(name)
    commands: tuple[list[str | Path], ...] = (
        [sys.executable, "-m", "venv", "--clear", CACHE / name],
        [python, *PIP, "install", "--no-deps", "--requirement", wanted],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["it could not be installed"])[-1]
    stamp.write_text(wanted.read_text())
    return ""


def version(python: Path, distribution: str) -> str:
    command: list[str | Path] = [python, "-c", VERSION, distribution]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
