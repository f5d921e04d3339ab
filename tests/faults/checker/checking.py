"""The whole check: read, open, compare."""

from pathlib import Path
from typing import Final

from tests.faults.checker.findings import Finding, Report
from tests.faults.checker.hearing import Transcript, read_transcripts
from tests.faults.checker.judging import Hearing, in_order, words_once
from tests.faults.checker.opening import Opener
from tests.faults.checker.reading import Ledger, read_keys, read_ledgers
from tests.faults.checker.rows import Record
from tests.faults.checker.stops import Halts, judge_lost, judge_stops

#: A Stop takes less than a millisecond to be told. This is what a machine that does ten other things may add.
STOP_WITHIN_MS: Final = 2_000.0


def check(
    database: str,
    *,
    keys: str,
    server_key: Path,
    transcripts: Path | None = None,
    everything: bool = False,
    epoch: int = 1,
    stop_within_ms: float = STOP_WITHIN_MS,
    final: bool = False,
) -> Report:
    """`epoch`: one more than the restores that somebody knows of."""
    told = [] if transcripts is None else read_transcripts(transcripts)
    sessions = {one.session for one in told}
    ledgers, damage = read_ledgers(database, None if everything or transcripts is None else sessions)
    opener = read_keys(keys, server_key)
    report = Report(findings=[Finding("damaged", "", line) for line in damage])
    for session in sorted(sessions - {ledger.place.ledger for ledger in ledgers}):
        report.findings.append(Finding("missing", session, "This whole session is gone."))
    for ledger in ledgers:
        of_session = [one for one in told if one.session == ledger.place.ledger]
        record = _judged(ledger, opener, of_session, report, stop_within_ms=stop_within_ms, final=final)
        if ledger.epoch != epoch:
            record.find("epoch", f"It is in epoch {ledger.epoch}, and {epoch} was expected.")
        report.ledgers += 1
        report.events += len(ledger.rows)
        report.findings += record.findings
    return report


def _judged(
    ledger: Ledger, opener: Opener, told: list[Transcript], report: Report, *, stop_within_ms: float, final: bool
) -> Record:
    record = Record(ledger, opener, lived=bool(told))
    hearings = [Hearing(one, record, report) for one in told]
    for hearing in hearings:
        hearing.judge()
    by_clock = {one.clock for one in told}
    for clock in by_clock:
        same = [hearing for hearing, one in zip(hearings, told, strict=True) if one.clock == clock]
        in_order(same, record)
    if told:
        # Only a load is known to say nothing twice.
        words_once(record)
    halts = [Halts(one) for one in told]
    judge_stops(record, halts, report, within_ms=stop_within_ms)
    if final:
        rolled_back = {command for hearing in hearings for command in hearing.rolled_back}
        judge_lost(record, halts, rolled_back=rolled_back)
    return record
