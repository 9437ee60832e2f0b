"""The report: one table of all figures, one of the targets, both for docs/benchmarks.md."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from .rows import ROWS, TARGETS, Target
from .scenarios import Measured
from .systems import System

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
#: What was measured of each system, once a round.
Results = dict[str, dict[str, list[float]]]


def add(results: Results, system: System, measured: Measured) -> None:
    for row, value in measured.items():
        results.setdefault(system.name, {}).setdefault(row, []).append(value)


def medians(results: Results) -> dict[str, Measured]:
    return {
        system: {row: statistics.median(values) for row, values in rows.items()}
        for system, rows in results.items()
    }


def figures_table(systems: Sequence[System], results: Results) -> str:
    found = medians(results)
    lines = [
        "| | " + " | ".join(system.title for system in systems) + " |",
        "|---|" + "---:|" * len(systems),
    ]
    for row in ROWS:
        values = [found.get(system.name, {}).get(row.name) for system in systems]
        if any(value is not None for value in values):
            cells = ("" if value is None else f"{value:,.{row.decimals}f}" for value in values)
            lines.append(f"| {row.title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def targets_table(results: Results) -> str:
    found = medians(results)
    lines = ["| Limelight's figure | ratio | target | |", "|---|---:|---:|---|"]
    for target in TARGETS:
        line = _target_line(target, found)
        if line:
            lines.append(line)
    size = found.get("limelight", {}).get("table bytes")
    if size is not None:
        lines.append(f"| table bytes | {size:.0f} | at most 110 | {_word(size <= 110)} |")
    return "\n".join(lines)


def _target_line(target: Target, found: dict[str, Measured]) -> str:
    own = found.get("limelight", {}).get(target.row)
    other = found.get(target.other, {}).get(target.other_row or target.row)
    if own is None or other is None:
        return ""
    ratio = own / other
    is_met = ratio >= target.limit if target.is_floor else ratio <= target.limit
    bound = "at least" if target.is_floor else "at most"
    return f"| {target.title()} | {ratio:.3g} | {bound} {target.limit:g} | {_word(is_met)} |"


def _word(is_met: bool) -> str:
    return "met" if is_met else "**missed**"


def reasons(systems: Sequence[System], missing: dict[str, str]) -> str:
    lines = [f"- {system}: {reason}." for system, reason in missing.items()]
    for system in systems:
        by_reason: dict[str, list[str]] = {}
        for page, reason in system.lacks.items():
            by_reason.setdefault(reason, []).append(page)
        for reason, pages in by_reason.items():
            lines.append(f"- {system.title} has no row {' or '.join(pages)}: {reason}.")
    return "\n".join(lines)


def write_into_document(text: str) -> None:
    """Put the report between its two marks."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
