"""Measure Limelight beside its peers and bare echo servers, and write the table.

    python -m benchmarks.peers [--rounds 5] [--only limelight,pyview] [--scenarios A,B] [--write]

Each peer gets a virtual environment of its own under `.limelight/peers`. Servers run on the
first core, the load on the second; the systems take turns within each scenario.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Sequence

from .environments import version
from .report import report, write_into_document
from .results import Results
from .running import installed, run_fresh, run_round
from .scenarios import SCENARIOS
from .serving import take_load_core
from .systems import SYSTEMS, System

SECONDS = 0.6


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("--rounds", type=int, default=5, help="medians of so many (5)")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help=f"of one measurement ({SECONDS})"
    )
    parser.add_argument("--only", default="", help="these systems, with commas between")
    parser.add_argument("--scenarios", default="", help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    return parser.parse_args()


def chosen(names: str, known: Sequence[str]) -> list[str]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = set(wanted) - set(known)
    if unknown:
        raise SystemExit(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(known)}.")
    return [name for name in known if name in wanted or not wanted]


def described(systems: Sequence[System], rounds: int, seconds: float) -> str:
    versions = ", ".join(
        f"{system.title} {version(system.python, system.distribution)}" for system in systems
    )
    return (
        f"Medians of {rounds} rounds. CPython {platform.python_version()}, {platform.system()} "
        f"{platform.release()}. The run took {seconds / 60:.1f} minutes; at its end the load "
        f"average of five minutes was {os.getloadavg()[1]:.1f}, of which the run itself makes "
        f"up to 2. Versions: {versions}."
    )


def main() -> None:
    arguments = read_arguments()
    names = chosen(arguments.only, [system.name for system in SYSTEMS])
    scenarios = chosen(arguments.scenarios, list(SCENARIOS))
    results = Results()
    systems = installed([system for system in SYSTEMS if system.name in names], results)
    take_load_core()
    began = time.monotonic()
    for number in range(1, arguments.rounds + 1):
        print(f"Round {number} of {arguments.rounds}", flush=True)
        due = [name for name in scenarios if number <= SCENARIOS[name].most_rounds]
        run_round(
            systems,
            [name for name in due if not SCENARIOS[name].is_fresh],
            arguments.seconds,
            results,
        )
        for name in due:
            if SCENARIOS[name].is_fresh:
                run_fresh(systems, name, results)
    text = described(systems, arguments.rounds, time.monotonic() - began)
    text += "\n\n" + report(systems, results)
    print(text)
    if arguments.write:
        write_into_document(text)


if __name__ == "__main__":
    main()
