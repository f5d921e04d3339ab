"""Runs every check, reports all that is wrong, and exits 1 if anything is.

One after the other rather than stopping at the first: whoever runs `make check` wants the whole list once.
"""

import subprocess
import sys
import time
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
    ("types", [PYTHON, "-m", "mypy", "--no-error-summary", *CODE]),
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


def main() -> int:
    """Run them all; a check that passes costs one line."""
    failed = []
    for name, command in CHECKS:
        began = time.monotonic()
        run = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        seconds = time.monotonic() - began
        print(f"{'ok    ' if run.returncode == 0 else 'FAILED'}  {name}  ({seconds:.1f} s)", flush=True)
        if run.returncode != 0:
            failed.append(name)
            print(run.stdout.rstrip(), end="\n\n", flush=True)
    if failed:
        print(f"{len(failed)} of {len(CHECKS)} checks failed: {', '.join(failed)}. `make format` mends some.")
        return 1
    print(f"All {len(CHECKS)} checks passed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
