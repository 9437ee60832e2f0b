"""What a new user waits for: the download, the import, the first page.

`python -m benchmarks.start` builds the wheel, installs it into an empty environment, and
measures there.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from build_support.release import build, install

ROUNDS = 7
PATIENCE_SECONDS = 30.0
IMPORT = """
import time
start = time.perf_counter()
import limelight
print(time.perf_counter() - start)
"""
#: What an empty environment brings along.
NOT_INSTALLED = {"pip", "setuptools", "limelight"}


@dataclass(frozen=True, slots=True)
class Figures:
    """Sizes in bytes, times in seconds: medians."""

    wheel_bytes: int
    packages: list[str]
    import_seconds: float
    first_page_seconds: float


def measure(folder: Path, rounds: int = ROUNDS) -> Figures:
    """Build, install and measure in a folder of one's own."""
    wheel = build(folder / "dist")
    python = install(wheel, folder / "environment")
    return Figures(
        wheel.stat().st_size,
        packages_of(python),
        median(_import_seconds(python, folder) for _ in range(rounds)),
        median(_first_page_seconds(python, folder) for _ in range(rounds)),
    )


def packages_of(python: Path) -> list[str]:
    """Return what was installed beside Limelight."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "freeze", "--all"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    names = {line.partition("==")[0].partition(" @")[0].strip().lower() for line in lines}
    return sorted(names - NOT_INSTALLED - {""})


def _import_seconds(python: Path, folder: Path) -> float:
    # Not in a checkout, whose folder would be found first.
    command = [str(python), "-c", IMPORT]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=folder)
    return float(printed.stdout)


def _first_page_seconds(python: Path, folder: Path) -> float:
    """From `limelight serve` to the last byte of the first page of a new project."""
    project = folder / "shop"
    if not project.exists():
        command = [str(python), "-m", "limelight", "new", "shop"]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    port = _free_port()
    command = [str(python), "-m", "limelight", "serve", "app:app", "--bind", f"127.0.0.1:{port}"]
    environment = os.environ | {"SECRET_KEY": "only for this measurement, and long enough"}
    start = time.perf_counter()
    server = subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_for_page(port)
        return time.perf_counter() - start
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_page(port: int) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
                page = client.makefile("rb").read()
        except OSError:
            # What is measured is the time until a page comes: nothing that the server says.
            time.sleep(0.005)
            continue
        if b"dj-view" in page:
            return
    raise TimeoutError(f"No page came within {PATIENCE_SECONDS} s.")


def main() -> None:
    """Measure, and print the lines of docs/benchmarks.md."""
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    print(f"| the wheel | {figures.wheel_bytes / 1024:.0f} KiB |")
    print(f"| packages that it needs | {len(figures.packages)} |")
    print(f"| `import limelight` | {figures.import_seconds * 1000:.0f} ms |")
    print(f"| from `limelight serve` to the first page | {figures.first_page_seconds:.2f} s |")


if __name__ == "__main__":
    main()
