"""Run a Node tool with the Node that was found: `python -m build_support.node npm ci`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from build_support.programs import find_node

NPM_OF_THE_WHEEL = Path("lib/node_modules/npm/bin/npm-cli.js")


def main(arguments: list[str]) -> int:
    """Run `npm ...`, or `node ...`, or a script of `node_modules/.bin`."""
    node = find_node()
    if node is None:
        print("Node was not found. Run `make setup`, or set LIMELIGHT_NODE.", file=sys.stderr)
        return 1
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    return subprocess.run(
        [*_program(node, arguments[0]), *arguments[1:]],
        check=False,
        env={**os.environ, "PATH": path},
    ).returncode


def _program(node: Path, name: str) -> list[str]:
    if name == "node":
        return [str(node)]
    npm = node.parents[1] / NPM_OF_THE_WHEEL
    if name == "npm" and npm.exists():
        return [str(node), str(npm)]
    return [name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
