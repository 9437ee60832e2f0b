"""A round: each scenario in turn, and within it each system in turn."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from .environments import install
from .results import Results
from .scenarios import SCENARIOS, Scenario
from .serving import Server, free_port, serving
from .systems import System


def installed(systems: Sequence[System], results: Results) -> list[System]:
    """Return the systems that can run here; of the others, note why they cannot."""
    ready = list[System]()
    for system in systems:
        reason = install(system.requirements) if system.requirements else ""
        if reason:
            results.failures.append(f"{system.title} could not be installed: {reason}")
        else:
            ready.append(system)
    return ready


def fits(system: System, scenario: Scenario) -> bool:
    if system.is_floor:
        return scenario.has_floors
    return scenario.page not in system.lacks and scenario.only in ("", system.name)


def run_round(
    systems: Sequence[System], names: Sequence[str], seconds: float, results: Results
) -> None:
    """Run scenarios in the servers of this round, which share one core."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = [stack.enter_context(serving(system, free_port(), folder)) for system in systems]
        for name in names:
            for server in servers:
                if fits(server.system, SCENARIOS[name]):
                    attempt(results, server, name, seconds)


def run_fresh(systems: Sequence[System], name: str, results: Results) -> None:
    """Run a scenario in servers of its own, in whose heaps nothing was freed yet."""
    for system in systems:
        if fits(system, SCENARIOS[name]):
            with (
                tempfile.TemporaryDirectory() as folder,
                serving(system, free_port(), Path(folder)) as server,
            ):
                attempt(results, server, name, seconds=0)


def attempt(results: Results, server: Server, name: str, seconds: float) -> None:
    """Add what a scenario measures. If it fails, that is reported, and the others go on."""
    began, title = time.monotonic(), server.system.title
    try:
        results.add(server.system.name, SCENARIOS[name].measure(server, seconds))
    except (AssertionError, OSError, RuntimeError) as error:
        traceback.print_exc()
        results.failures.append(f"{title} failed in {name}: {str(error)[:200]}")
    print(f"  {name:10} {title:20} {time.monotonic() - began:5.1f} s", flush=True)
