"""Asks whether a published advisory names anything that is locked, and says plainly what could not be asked.

`python -m tools.advisories PIP_AUDIT`, where that is the program; `make advisories` does it. Exit 0: all of it was
looked up and nothing is known; 1: something is; 2: part of it could not be looked up, so nothing is known of that
part. What asks may say "no known vulnerabilities" when it reached nobody; here that is told apart.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCKS = ("run.lock", "dev.lock", "tools.lock")


@dataclass
class Looked:
    """What was learnt of one lock: how many parts were looked up, what is known of them, why some were not."""

    lock: str
    asked: int = 0
    known: list[str] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        told = [f"{self.lock}: {self.asked} looked up, {len(self.known)} named by an advisory."]
        told += [f"  {one}" for one in self.known]
        if self.not_asked:
            told.append(f"  NOT LOOKED UP: {len(self.not_asked)}, for example: {self.not_asked[0]}")
        return told


def of_python(lock: str, answer: str) -> Looked:
    """What pip-audit says in JSON of one lock."""
    looked = Looked(lock)
    parts = _read(answer).get("dependencies")
    if not isinstance(parts, list):
        looked.not_asked.append("the tool gave no answer")
        return looked
    for part in parts:
        if "skip_reason" in part:
            looked.not_asked.append(str(part["skip_reason"]))
            continue
        looked.asked += 1
        for one in part["vulns"]:
            mended = ", ".join(one["fix_versions"]) or "nothing yet"
            looked.known.append(f"{part['name']} {part['version']}: {one['id']}, mended in {mended}")
    if not parts:
        looked.not_asked.append("the tool looked at nothing")
    return looked


def of_node(answer: str) -> Looked:
    """What `npm audit --json` says."""
    looked = Looked("package-lock.json")
    found = _read(answer)
    if "vulnerabilities" not in found:
        looked.not_asked.append(str(found.get("message") or "npm gave no answer"))
        return looked
    looked.asked = int(found["metadata"]["dependencies"]["total"])
    looked.known = [f"{name}: {about['severity']}" for name, about in sorted(found["vulnerabilities"].items())]
    return looked


def verdict(found: Sequence[Looked]) -> int:
    """The exit code."""
    if any(one.known for one in found):
        return 1
    return 2 if any(one.not_asked for one in found) else 0


def _read(answer: str) -> dict[str, Any]:
    try:
        read = json.loads(answer)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _say(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=600).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def main(pip_audit: str) -> int:
    """Asks of every lock, prints what it learnt."""
    options = ("--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off")
    found = [of_python(lock, _say(pip_audit, *options, "-r", f"requirements/{lock}")) for lock in LOCKS]
    found.append(of_node(_say(sys.executable, "-m", "tools.node", "npm", "audit", "--json", "--package-lock-only")))
    for one in found:
        print("\n".join(one.lines()))
    code = verdict(found)
    print(
        {
            0: "No advisory names anything that is locked here.",
            1: "Something that is locked here is named by an advisory: look above, then `make lock UPGRADE=...`.",
            2: "NOT ALL OF IT could be looked up, so this says nothing about the rest. Try again with the internet.",
        }[code]
    )
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
