"""The command line: `limelight` with `new`, `dev`, `serve` or `doctor`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from limelight.doctor import run_doctor
from limelight.new import make_project
from limelight.server.launch_options import ServeOptions
from limelight.server.launcher import launch
from limelight.server.logs import configure_logs
from limelight.server.worker import work

DEFAULT_BIND = "127.0.0.1:8000"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "worker":
        return work(chosen.options)
    if chosen.command == "new":
        return make_project(chosen.name)
    if chosen.command == "doctor":
        return run_doctor(chosen.application)
    is_development = chosen.command == "dev"
    if is_development:
        os.environ["LIVE_ENV"] = "development"
    configure_logs()
    options = ServeOptions(
        chosen.application,
        chosen.bind or [DEFAULT_BIND],
        1 if is_development else chosen.workers,
        chosen.certfile,
        chosen.keyfile,
        is_development,
    )
    return launch(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("limelight", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser("serve", help="serve an application with several workers")
    serve.add_argument("--workers", type=_positive, default=1, help="processes (default: 1)")
    dev = commands.add_parser("dev", help="serve in development, and reload what is saved")
    for command in (serve, dev):
        command.add_argument("application", help="module:app, or path/to/file.py:app")
        command.add_argument(
            "--bind",
            action="append",
            metavar="ADDRESS",
            help=f"host:port, unix:path or fd://number; may be repeated (default: {DEFAULT_BIND})",
        )
        command.add_argument("--certfile", default="", help="serve https with this certificate")
        command.add_argument("--keyfile", default="", help="the certificate's key")
    new = commands.add_parser("new", help="make a project that runs at once")
    new.add_argument("name", help="of the project and its folder")
    doctor = commands.add_parser("doctor", help="look for what is wrong, and say what to do")
    doctor.add_argument("application", nargs="?", help="module:app, to read its settings as well")
    worker = commands.add_parser("worker")  # Only the launcher starts it.
    worker.add_argument("options")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is too few; at least 1 is needed")
    return number


if __name__ == "__main__":
    sys.exit(main())
