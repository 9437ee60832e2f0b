"""Measure Limelight beside its peers and bare echo servers, and write the table.

    python -m benchmarks.peers [--rounds 5] [--only limelight,pyview] [--scenarios A,B] [--write]

Each peer gets a virtual environment of its own under `.limelight/peers`. Servers run on the
first core, the load on the second; the systems take turns within each scenario.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from .environments import install, version
from .report import (
    Results,
    add,
    figures_table,
    reasons,
    targets_table,
    write_into_document,
)
from .scenarios import FLOOR_SCENARIOS, SCENARIOS, idle_views
from .serving import free_port, serving, take_load_core
from .systems import SYSTEMS, System

#: Memory hardly varies, and a thousand views take their time.
MOST_MEMORY_ROUNDS = 3
IDLE_VIEWS = {"limelight": (1_000, 5_000)}


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("--rounds", type=int, default=5, help="medians of so many (5)")
    parser.add_argument("--seconds", type=float, default=0.6, help="of one measurement (0.6)")
    parser.add_argument("--only", default="", help="these systems, with commas")
    parser.add_argument("--scenarios", default="", help="these, with commas: A, B, B keyed, ..., E")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    return parser.parse_args()


def chosen(names: str, known: Sequence[str]) -> list[str]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = set(wanted) - set(known)
    if unknown:
        raise SystemExit(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(known)}.")
    return wanted or list(known)


def installed(systems: Sequence[System], missing: dict[str, str]) -> list[System]:
    """Return the systems that can run here; of the others, note why not."""
    ready = list[System]()
    for system in systems:
        reason = install(system.requirements) if system.requirements else ""
        if reason:
            missing[system.title] = f"it could not be installed ({reason})"
        else:
            ready.append(system)
    return ready


def fits(system: System, scenario: str) -> bool:
    if system.is_floor:
        return scenario in FLOOR_SCENARIOS
    return SCENARIOS[scenario][0] not in system.lacks


def run_round(
    systems: Sequence[System], scenarios: Sequence[str], seconds: float, results: Results
) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = [stack.enter_context(serving(system, free_port(), folder)) for system in systems]
        for scenario in scenarios:
            for server in servers:
                if fits(server.system, scenario):
                    began = time.monotonic()
                    add(results, server.system, SCENARIOS[scenario][1](server, seconds))
                    print(
                        f"  {scenario:10} {server.system.name:10} "
                        f"{time.monotonic() - began:5.1f} s",
                        flush=True,
                    )


def measure_memory(systems: Sequence[System], results: Results) -> None:
    """Give each measurement a fresh server, in whose heap nothing was freed yet."""
    for system in systems:
        for count in () if system.is_floor else IDLE_VIEWS.get(system.name, (1_000,)):
            with (
                tempfile.TemporaryDirectory() as folder,
                serving(system, free_port(), Path(folder)) as server,
            ):
                add(results, system, {f"E{count}": idle_views(server, count)})
    print("  E done", flush=True)


def described(systems: Sequence[System], rounds: int, seconds: float) -> str:
    versions = ", ".join(
        f"{system.title} {version(system.python, system.distribution)}" for system in systems
    )
    load = os.getloadavg()[2]
    return (
        f"Median of {rounds} rounds, CPython {platform.python_version()}, {platform.system()} "
        f"{platform.release()}; the run took {seconds / 60:.0f} minutes, with a load average of "
        f"{load:.1f} (2 of it are its own). {versions}."
    )


def main() -> None:
    arguments = read_arguments()
    names = chosen(arguments.only, [system.name for system in SYSTEMS])
    scenarios = chosen(arguments.scenarios, [*SCENARIOS, "E"])
    missing: dict[str, str] = {}
    systems = installed([system for system in SYSTEMS if system.name in names], missing)
    take_load_core()
    results: Results = {}
    began = time.monotonic()
    for number in range(1, arguments.rounds + 1):
        print(f"Round {number} of {arguments.rounds}", flush=True)
        events = [scenario for scenario in scenarios if scenario != "E"]
        if events:
            run_round(systems, events, arguments.seconds, results)
        if "E" in scenarios and number <= MOST_MEMORY_ROUNDS:
            measure_memory(systems, results)
    report = "\n\n".join(
        (
            described(systems, arguments.rounds, time.monotonic() - began),
            figures_table(systems, results),
            reasons(systems, missing),
            targets_table(results),
        )
    )
    print(report)
    if arguments.write:
        write_into_document(report)


if __name__ == "__main__":
    main()
