"""Checks what no linter knows: the size of modules, and that no file names a registry or one machine.

A lock that names a package registry works only where that registry is reachable; a path of somebody's home
works only in that home. Prints one finding a line, and exits 1 if there was any.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST_MODULE = 400
MODULES = {".py", ".js", ".mjs"}
# Only for a tree without git; with it, .gitignore says so better.
NOT_OURS = {"__pycache__", "build", "dist", "node_modules", "var"}
OURS_THOUGH_HIDDEN = {".ci", ".github"}

# Spelled in parts, so that this file does not find itself.
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
            ("proxy", "golang", "org"),
        ]
    )
    + r"|--(?:extra-)?index-"
    + r"url[ =]\S*:|--find-"
    + r"links[ =]"
)
MACHINE_PATHS = re.compile(r"(?<![\w.~$}/-])/(?:root|work|Users|home/runner|tmp/" + r"ebb)/[\w.]")


def our_files() -> Iterator[Path]:
    """Every file that is, or is about to be, in the repository."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            text=True,
            check=False,
        )
        if listed.returncode == 0:
            paths: Iterable[Path] = (ROOT / name for name in listed.stdout.split("\0") if name)
            yield from (path for path in paths if path.is_file())
            return
    for path in ROOT.rglob("*"):
        folders = path.relative_to(ROOT).parts[:-1]
        if path.is_file() and not any(map(_is_somebody_elses, folders)):
            yield path


def _is_somebody_elses(folder: str) -> bool:
    return folder in NOT_OURS or (folder.startswith(".") and folder not in OURS_THOUGH_HIDDEN)


def findings(path: Path, text: str) -> Iterator[str]:
    """What is wrong with one file."""
    lines = text.splitlines()
    if path.suffix in MODULES and len(lines) > LONGEST_MODULE:
        yield f"{path}: {len(lines)} lines; a module has at most {LONGEST_MODULE}: split it by verb"
    for number, line in enumerate(lines, start=1):
        for what, pattern in (("a package registry", REGISTRIES), ("a path of one machine", MACHINE_PATHS)):
            if found := pattern.search(line):
                yield f"{path}:{number}: names {what}: {found.group()}"


def main() -> int:
    """Check the whole tree."""
    count = 0
    for path in sorted(our_files()):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a font
        for finding in findings(path.relative_to(ROOT), text):
            print(finding)
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
