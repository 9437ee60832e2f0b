"""Run make targets one after the other and say how long each took.

`python -m build_support.stages lint types` stops at the first that fails.
"""

from __future__ import annotations

import subprocess
import sys
import time


def main(targets: list[str]) -> int:
    """Run the targets; the exit code is that of the first that failed, else 0."""
    start = time.monotonic()
    for target in targets:
        print(f"== {target}", flush=True)
        stage_start = time.monotonic()
        code = subprocess.run(["make", "--no-print-directory", target], check=False).returncode
        verdict = "failed" if code else "ok"
        print(f"== {target}: {verdict} after {time.monotonic() - stage_start:.1f} s", flush=True)
        if code:
            return code
    print(f"== all stages: ok after {time.monotonic() - start:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
