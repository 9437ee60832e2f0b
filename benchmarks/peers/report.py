"""The report: one table of all figures, one of the targets, both for docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .results import Results
from .rows import ROWS, TARGETS, Target
from .systems import System

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"


def report(systems: Sequence[System], results: Results) -> str:
    parts = (figures_table(systems, results), reasons(systems, results), targets_table(results))
    return "\n\n".join(part for part in parts if part)


def figures_table(systems: Sequence[System], results: Results) -> str:
    lines = [
        "| | " + " | ".join(system.title for system in systems) + " |",
        "|---|" + "---:|" * len(systems),
    ]
    for row in ROWS:
        values = [results.median(system.name, row.name) for system in systems]
        if any(value is not None for value in values):
            cells = ("" if value is None else f"{value:,.{row.decimals}f}" for value in values)
            lines.append(f"| {row.title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def reasons(systems: Sequence[System], results: Results) -> str:
    lines = [f"- {failure}." for failure in dict.fromkeys(results.failures)]
    for system in systems:
        pages_by_reason: dict[str, list[str]] = {}
        for page, reason in system.lacks.items():
            pages_by_reason.setdefault(reason, []).append(page)
        for reason, pages in pages_by_reason.items():
            lines.append(f"- {system.title} has no figures for {' or '.join(pages)}: {reason}.")
    return "\n".join(lines)


def targets_table(results: Results) -> str:
    lines = ["| Limelight's figure | is | target | |", "|---|---:|---:|---|"]
    lines += [line for target in TARGETS if (line := _target_line(target, results))]
    return "\n".join(lines) if len(lines) > 2 else ""


def _target_line(target: Target, results: Results) -> str:
    own = results.median("limelight", target.row)
    other = results.median(target.other, target.other_row or target.row) if target.other else 1.0
    if own is None or other is None:
        return ""
    ratio = own / other
    is_met = ratio >= target.limit if target.is_floor else ratio <= target.limit
    bound = "at least" if target.is_floor else "at most"
    verdict = "met" if is_met else "**missed**"
    return f"| {target.title} | {ratio:.3g} | {bound} {target.limit:g} | {verdict} |"


def write_into_document(text: str) -> None:
    """Put the report between its two marks."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
