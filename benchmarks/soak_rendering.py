"""Compares random updates with stock Jinja2, many of them:
`python -m benchmarks.soak_rendering [updates] [first seed]`.

The stories are those of `tests/rendering/oracle.py`. Prints every seed that differs; the
same seed tells the same story again. Ends with status 1 if there was one.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path
from time import monotonic
from types import ModuleType

UPDATES = 50_000
FIRST_SEED = 100_000
STEPS = 10


def load_oracle() -> ModuleType:
    path = Path(__file__).parents[1] / "tests" / "rendering" / "oracle.py"
    specification = importlib.util.spec_from_file_location("rendering_oracle", path)
    if specification is None or specification.loader is None:
        raise ImportError(f"{path} cannot be loaded. Run this from a checkout of the repository.")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def main(updates: int = UPDATES, first_seed: int = FIRST_SEED) -> int:
    warnings.simplefilter("error")
    oracle = load_oracle()
    start, done, stories, differing = monotonic(), 0, 0, 0
    seed = first_seed
    while done < updates:
        try:
            told = oracle.tell_story(seed, STEPS)
        except oracle.Mismatch as mismatch:
            differing += 1
            print(f"seed {seed}: {mismatch}", flush=True)
            told = STEPS
        stories += bool(told)
        done += told
        seed += 1
    seconds = monotonic() - start
    print(
        f"{done} updates over {stories} random sets of templates in {seconds:.0f} s: "
        f"{differing} differ from stock Jinja2"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
