"""The report: all figures and the targets for docs/benchmarks.md, a few of them for the README.

    python -m benchmarks.peers.report

takes the README's figures anew from docs/benchmarks.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .results import Results
from .rows import ROWS, TARGETS, Target
from .systems import System

ROOT = Path(__file__).parents[2]
DOCUMENT, README = ROOT / "docs" / "benchmarks.md", ROOT / "README.md"
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
SHORT_BEGIN, SHORT_END = "<!-- short: begin -->", "<!-- short: end -->"

#: The README's rows, by their titles in the long table.
SHORT_ROWS = {
    "**A** counter, 50 connections: µs": "a click on a small page, µs of CPU",
    "**B** 1,000x4 rows, one cell: µs": "one cell of 1,000 rows changes, µs of CPU",
    "**B** 1,000x4 rows, one cell: bytes": "the same, bytes sent",
    "**C** a list of 100 to 200 grows by one: µs": "a list of 100 to 200 grows, µs of CPU",
    "**D** broadcast to 200 views: µs a patch": "tell 200 views something, µs of CPU each",
    "**E** KiB an idle view, 1,000 views": "a connected view at rest, KiB",
    "**F** counter pages a CPU second": "small pages by GET, a CPU second",
    "table pages a CPU second": "large pages by GET, a CPU second",
}
SHORT_SYSTEMS = ("Limelight", "pyview", "djust", "NiceGUI")


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


def short_table(text: str) -> str:
    """A few lines of the long table: those that a newcomer asks for first."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    columns = [rows[0].index(title) for title in SHORT_SYSTEMS]
    figures = {
        row[0]: [row[column] for column in columns] for row in rows if len(row) > columns[-1]
    }
    lines = [f"| | {' | '.join(SHORT_SYSTEMS)} |", "|---|" + "---:|" * len(columns)]
    for title, name in SHORT_ROWS.items():
        if title in figures:
            lines.append(f"| {name} | {' | '.join(figures[title])} |")
    return "\n".join(lines)


def write_into_document(text: str) -> None:
    """Put the report between its two marks, and what the README tells of it there."""
    write_between(DOCUMENT, BEGIN, END, text)
    write_between(README, SHORT_BEGIN, SHORT_END, short_table(text))


def write_between(document: Path, begin: str, end: str, text: str) -> None:
    before, _, rest = document.read_text().partition(begin)
    _, _, after = rest.partition(end)
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def between(document: Path, begin: str, end: str) -> str:
    return document.read_text().partition(f"{begin}\n")[2].partition(f"\n{end}")[0]


if __name__ == "__main__":
    write_between(README, SHORT_BEGIN, SHORT_END, short_table(between(DOCUMENT, BEGIN, END)))
