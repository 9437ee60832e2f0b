"""Build the sdist and the wheel into `dist/`: `python -m build_support.release`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "dist"
PINS = ROOT / "build_support/requirements.txt"
NOT_SOURCE = (
    *(".*", "__pycache__", "*.egg-info"),
    *("build", "dist", "node_modules", "tests", "examples"),
)


def build(output: Path) -> Path:
    """Build an sdist, and from that sdist a wheel; return the wheel.

    A copy of the sources is built, so that nothing of a former build gets into it.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_SOURCE))
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(output)]
        _run([*command, str(source)])
    return next(output.glob("*.whl"))


def install(package: Path, folder: Path) -> Path:
    """Make an empty environment, install a wheel or an sdist there; return its Python."""
    _run([sys.executable, "-m", "venv", str(folder)])
    python = folder / "bin/python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _run([*pip, "--constraint", str(PINS), str(package)])
    return python


def _run(command: list[str]) -> None:
    # What is set for this checkout is none of the new environment's business.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PIP_CONSTRAINT"] = str(PINS)
    result = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment, cwd="/"
    )
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{result.stdout}{result.stderr}")


def main() -> int:
    """Build into `dist/`, which holds nothing else afterwards, and say what is there."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    build(OUTPUT)
    for path in sorted(OUTPUT.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1024:.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
