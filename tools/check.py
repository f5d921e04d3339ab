"""Runs every check, reports all that is wrong, and exits 1 if anything is.

All of them rather than stopping at the first: whoever runs `make check` wants the whole list once. They run side by
side, since the types take longer than everything else together.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = ["exercises", "sessions", "server", "tests", "tools"]
PYTHON = sys.executable
NODE = [PYTHON, "-m", "tools.node"]
TSC = "node_modules/typescript/bin/tsc"
BIOME = "node_modules/@biomejs/biome/bin/biome"

CHECKS: list[tuple[str, list[str]]] = [
    ("format", [PYTHON, "-m", "ruff", "format", "--check", "--output-format=concise", *CODE]),
    ("lint", [PYTHON, "-m", "ruff", "check", "--quiet", "--output-format=concise", *CODE]),
    ("types", [PYTHON, "-m", "mypy", "--no-error-summary", "--num-workers=auto", *CODE]),
    ("import contracts", [str(Path(PYTHON).with_name("lint-imports"))]),
    ("front-end types", [*NODE, TSC, "-p", "tsconfig.json"]),
    ("service worker types", [*NODE, TSC, "-p", "tsconfig.worker.json"]),
    ("front-end test types", [*NODE, TSC, "-p", "tests/js/tsconfig.json"]),
    (
        "front-end format",
        [*NODE, BIOME, "ci", "--linter-enabled=false", "--reporter=summary", "--colors=off"],
    ),
    (
        "front-end lint",
        [*NODE, BIOME, "lint", "--error-on-warnings", "--max-diagnostics=200", "--colors=off"],
    ),
    ("catalogues", [PYTHON, "-m", "tools.catalogues", "--check"]),
    ("sizes, hosts, paths", [PYTHON, "-m", "tools.check_tree"]),
]


def run(command: list[str]) -> tuple[subprocess.CompletedProcess[str], float]:
    """What it said, and how many seconds it took."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done, time.monotonic() - began


def main() -> int:
    """Run them all; a check that passes costs one line."""
    failed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        # Begun first, what takes longest has the others run beside it; told is in the order above.
        begun = {name: pool.submit(run, command) for name, command in sorted(CHECKS, key=lambda one: one[0] != "types")}
        for name, _ in CHECKS:
            done, seconds = begun[name].result()
            print(f"{'ok    ' if done.returncode == 0 else 'FAILED'}  {name}  ({seconds:.1f} s)", flush=True)
            if done.returncode != 0:
                failed.append(name)
                print(done.stdout.rstrip(), end="\n\n", flush=True)
    if failed:
        print(f"{len(failed)} of {len(CHECKS)} checks failed: {', '.join(failed)}. `make format` mends some.")
        return 1
    print(f"All {len(CHECKS)} checks passed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
