"""What rendering a React component on the server costs: a table of a hundred rows.

`python -m benchmarks.react`; the figures stand in docs/benchmarks.md.
"""

from __future__ import annotations

import json
import statistics
import time

from examples.react_island import STATIC
from limelight.mixins.react_server import ReactServer, Wanted

ROWS = 100
WARM_UP = 50
RUNS = 500
#: What the house promises, in milliseconds.
PROMISED = 2.0


def measure() -> list[float]:
    """Return the milliseconds of each rendering, limits and lock included."""
    server = ReactServer(STATIC / "react_components.server.js")
    rows = [
        {"id": row, "cells": [f"cell {row}.{column}" for column in range(4)]} for row in range(ROWS)
    ]
    wanted = [Wanted("Table", json.dumps({"rows": rows}))]
    times = []
    for _ in range(WARM_UP + RUNS):
        began = time.perf_counter()
        (html,) = server.render_all(wanted, seconds=0.5, memory_bytes=64 << 20)
        times.append((time.perf_counter() - began) * 1000)
        assert isinstance(html, str), html
        assert html.count("<tr>") == ROWS
    return times[WARM_UP:]


def main() -> None:
    times = measure()
    p50 = statistics.median(times)
    p99 = statistics.quantiles(times, n=100)[98]
    print(
        f"a table of {ROWS} rows: p50 {p50:.2f} ms, p99 {p99:.2f} ms (promised: p50 {PROMISED} ms)"
    )
    if p50 > PROMISED:
        raise SystemExit("slower than promised")


if __name__ == "__main__":
    main()
