"""`python -m tests.faults.checker`: exit 0 where nothing was found, 1 where something was, one line each."""

import argparse
import json
import sys
from pathlib import Path

from tests.faults.checker.checking import STOP_WITHIN_MS, check


def main() -> int:
    parser = argparse.ArgumentParser(prog="checker", description=__doc__)
    parser.add_argument("--database", required=True, help="path of a SQLite file, or postgresql:// URL")
    parser.add_argument("--keys", required=True, help="the key ring, of either kind")
    parser.add_argument("--server-key", required=True, type=Path, help="file with the server key")
    parser.add_argument("--transcripts", type=Path, help="folder of *.jsonl; without it rows alone are looked at")
    parser.add_argument("--everything", action="store_true", help="also ledgers that no transcript is about")
    parser.add_argument("--epoch", type=int, default=1, help="the epoch that every ledger is expected in")
    parser.add_argument("--stop-within-ms", type=float, default=STOP_WITHIN_MS, help="longer is late")
    parser.add_argument("--final", action="store_true", help="everybody came back: each Stop is in the record")
    parser.add_argument("--json", action="store_true", help="the whole report as JSON")
    chosen = parser.parse_args()
    report = check(
        chosen.database,
        keys=chosen.keys,
        server_key=chosen.server_key,
        transcripts=chosen.transcripts,
        everything=chosen.everything,
        epoch=chosen.epoch,
        stop_within_ms=chosen.stop_within_ms,
        final=chosen.final,
    )
    say = [json.dumps(report.as_dict())] if chosen.json else [*map(str, report.findings), report.in_words()]
    sys.stdout.write("\n".join(say) + "\n")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
