"""Measures rendering against stock Jinja2: `python -m benchmarks.rendering`.

Every figure is the ratio to a plain render of the same template with the same state, in the
same run: machines differ, ratios hardly do. Times are the best median of several rounds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from time import process_time
from typing import Any

import jinja2
import msgspec

from limelight.server.rendering.keys import KeyTag
from limelight.server.rendering.picture import LiveTemplates, Patch, Picture
from limelight.server.rendering.tracked import TrackedList

from .rendering_memory import measure_memory
from .rendering_pages import (
    COMPOSED,
    COUNTER,
    FILTERED,
    KEYED,
    TABLE,
    FrozenProduct,
    Product,
    TrackedProduct,
    change_cell,
    composed_state,
    count_up,
    insert_and_drop,
    move,
    products,
    rename,
    replace_row,
    replace_tuple,
    table,
)


def best_median(step: Callable[[], object], seconds: float = 0.35, rounds: int = 4) -> float:
    """Seconds a step takes: the median of a round, in the best round."""
    best = float("inf")
    for _ in range(rounds):
        times: list[float] = []
        ending = process_time() + seconds / rounds
        while len(times) < 5 or process_time() < ending:
            start = process_time()
            step()
            times.append(process_time() - start)
        best = min(best, sorted(times)[len(times) // 2])
    return best


@dataclass(slots=True)
class Case:
    """One page and one change; `limit` and `size` are what it may cost at most."""

    name: str
    templates: dict[str, str] | str
    context: dict[str, Any]
    change: Callable[[dict[str, Any]], None]
    limit: float
    size: int
    #: Bytes of a row that the change brings.
    row_size: int = 0

    def environment(self) -> jinja2.Environment:
        sources = {"page": self.templates} if isinstance(self.templates, str) else self.templates
        environment = jinja2.Environment(
            autoescape=True,
            loader=jinja2.DictLoader(sources),
            extensions=["jinja2.ext.i18n", KeyTag],
            auto_reload=False,
        )
        # The extension for translations adds it to the environment while it runs.
        environment.install_null_translations()  # type: ignore[attr-defined]
        return environment


def measure(case: Case) -> Iterator[str]:
    environment = case.environment()
    stock = environment.get_template("page")
    plain = best_median(lambda: stock.render(case.context))
    picture = Picture(LiveTemplates(environment).get_template("page"))
    first = best_median(lambda: picture.template.render(case.context))
    marked = best_median(lambda: picture.first_html(case.context, "n0"))
    picture.adopt()
    sizes: list[int] = []

    def step() -> None:
        case.change(case.context)
        patch = picture.update(case.context)
        sizes.append(len(_encoded(patch)))

    event = best_median(step)
    idle = best_median(lambda: picture.update(case.context))
    assert picture.plain_html() == stock.render(case.context)
    size = max(sizes[2:]) - case.row_size
    verdict = "ok" if event / plain <= case.limit and size <= case.size else "TOO MUCH"
    verdict += "" if first / plain <= 1 else ", FIRST HTML SLOW"
    yield (
        f"{case.name:34} {plain * 1e6:8.1f} {first / plain:6.2f} {marked / plain:6.2f} "
        f"{event * 1e6:8.1f} {event / plain:7.4f} {case.limit:6.2f} {idle / plain:7.4f} "
        f"{size:5} {case.size:5}  {verdict}"
    )


def _encoded(patch: Patch | None) -> bytes:
    if patch is None:
        return b""
    whole = {"r": patch.root} if patch.diff is None else {"d": patch.diff}
    return msgspec.json.encode({**whole, **({"s": patch.shapes} if patch.shapes else {})})


# --- changes


def cases() -> list[Case]:
    new_row = len(msgspec.json.encode([["1099999", "New 1099999", "1.00", "5"]]))
    return [
        Case("counter, 2 KB of text", COUNTER, {"count": 10_000}, count_up("count"), 0.6, 32),
        Case("composed page of 4.7 KB, one change", COMPOSED, composed_state(), count_up("visits"), 0.45, 100),
        Case("mutable rows, one cell", TABLE, table(products(Product)), change_cell, 0.10, 64),
        Case("mutable keyed rows, one cell", KEYED, table(products(Product)), change_cell, 0.12, 64),
        Case("mutable rows with filters", FILTERED, table(products(Product)), change_cell, 0.12, 64),
        Case("frozen rows in a list, one replaced", TABLE, table(products(FrozenProduct)),
             replace_row, 0.03, 64),
        Case("frozen rows in a tuple, one replaced", TABLE, table(tuple(products(FrozenProduct))),
             replace_tuple, 0.03, 64),
        Case("frozen rows, another name changes", TABLE, table(tuple(products(FrozenProduct))),
             rename, 0.01, 64),
        Case("keyed rows, insert one, drop one", KEYED, table(products(Product)),
             insert_and_drop, 0.2, 100, new_row),
        Case("keyed rows, move one", KEYED, table(products(Product)), move, 0.2, 100),
        Case("keyed frozen rows, move one", KEYED, table(products(FrozenProduct)), move, 0.2, 100),
        Case("tracked rows, one cell", TABLE, table(TrackedList(products(TrackedProduct))),
             change_cell, 0.01, 64),
        Case("tracked keyed rows, one cell", KEYED, table(TrackedList(products(TrackedProduct))),
             change_cell, 0.02, 64),
    ]  # fmt: skip


def main() -> None:
    chosen = sys.argv[1:]
    print(f"Python {sys.version.split()[0]}, Jinja2 {version('jinja2')}")
    print(
        f"{'':34} {'stock us':>8} {'first':>6} {'marked':>6} {'event us':>8} {'ratio':>7} "
        f"{'limit':>6} {'no-op':>7} {'bytes':>5} {'limit':>5}"
    )
    for case in cases():
        if not chosen or any(word in case.name for word in chosen):
            for line in measure(case):
                print(line)
    if not chosen or "memory" in chosen:
        for line in measure_memory():
            print(line)


if __name__ == "__main__":
    main()
