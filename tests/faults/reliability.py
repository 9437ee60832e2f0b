"""The table of faults and figures in docs/reliability.md, written by `make chaos`."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs/reliability.md"
BEGIN, END = "<!-- begin: written by make chaos -->", "<!-- end -->"


@dataclass
class Findings:
    """What the long runs measured, by fault."""

    rows: dict[str, tuple[str, str]] = field(default_factory=dict)

    def note(self, fault: str, must_hold: str, measured: str) -> None:
        self.rows[fault] = (must_hold, measured)

    def write(self) -> None:
        """Put the rows into the document; those of other runs stay."""
        text = DOCUMENT.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        table, after = rest.split(END)
        kept = {
            cells[1].strip(): (cells[2].strip(), cells[3].strip(), cells[4].strip())
            for line in table.splitlines()
            if len(cells := line.split("|")) == 6 and not line.startswith(("| fault", "|---"))
        }
        when = f"{datetime.now(UTC):%Y-%m-%d}"
        kept |= {fault: (*found, when) for fault, found in self.rows.items()}
        lines = ["", "| fault | must hold | measured | on |", "|---|---|---|---|"]
        lines += [f"| {fault} | {' | '.join(cells)} |" for fault, cells in kept.items()]
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
        lines += ["", f"The newest rows were measured on {machine}.", ""]
        DOCUMENT.write_text(before + BEGIN + "\n".join(lines) + END + after, encoding="utf-8")


FINDINGS = Findings()
