"""Whether the rows of one ledger are a record at all: numbers, bodies, chain, and each command once."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from tests.faults.checker.findings import Finding
from tests.faults.checker.opening import Altered, Opener, Row
from tests.faults.checker.reading import Ledger

Key = tuple[str, str]


class Record:
    """A ledger that was opened. What is wrong with it by itself is in `findings`."""

    def __init__(self, ledger: Ledger, opener: Opener, *, lived: bool) -> None:
        """`lived`: people were in it, so each command has its answer. An invented past has none."""
        self.ledger = ledger
        self._lived = lived
        self.session = ledger.place.ledger
        #: By number; None where the body cannot be read.
        self.bodies: dict[int, dict[str, Any] | None] = {}
        self.rows: dict[int, Row] = {}
        #: First and last number of each command that happened.
        self.spans: dict[Key, tuple[int, int]] = {}
        self.findings: list[Finding] = []
        self._open(opener)
        self.findings += self._numbers()
        self.findings += self._commands()

    def event(self, seq: int) -> dict[str, Any] | None:
        body = self.bodies.get(seq)
        return None if body is None else body["event"]

    def until(self, epoch: int) -> int:
        """The last number that belongs to this epoch or an earlier one."""
        return max((row.seq for row in self.ledger.rows if row.epoch <= epoch), default=0)

    def find(self, what: Any, say: str, **where: Any) -> None:
        self.findings.append(Finding(what, self.session, say, **where))

    def _open(self, opener: Opener) -> None:
        ledger = self.ledger
        for row in ledger.rows:
            try:
                body = opener.body(ledger.place, row)
            except Altered:
                body = None
                self.find("altered", "Its body does not open where it stands.", seq=row.seq)
            if row.seq not in self.rows:
                self.rows[row.seq], self.bodies[row.seq] = row, body
        if opener.chain(ledger.place, ledger.rows) != ledger.chain:
            self.find("chain", "The rows do not give the value that the head holds.")

    def _numbers(self) -> Iterator[Finding]:
        ledger, expected, epoch = self.ledger, 1, 1
        for row in ledger.rows:
            if row.seq < expected:
                yield Finding("doubled", self.session, "This number is there twice.", seq=row.seq)
                continue
            if row.seq > expected:
                until = "" if row.seq - 1 == expected else f" to {row.seq - 1}"
                yield Finding("gap", self.session, f"{expected}{until} is not there.", seq=expected)
            if row.epoch < epoch:
                yield Finding("order", self.session, "An event of an earlier epoch stands behind a later.", seq=row.seq)
            expected, epoch = row.seq + 1, max(epoch, row.epoch)
        if expected - 1 < ledger.seq:
            yield Finding("gap", self.session, f"The head is at {ledger.seq}, the rows end before.", seq=expected)
        elif expected - 1 > ledger.seq:
            yield Finding("altered", self.session, f"The head is at {ledger.seq}, and rows go on behind it.")
        if epoch > ledger.epoch:
            yield Finding("altered", self.session, f"The head is in epoch {ledger.epoch}, an event in {epoch}.")

    def _commands(self) -> Iterator[Finding]:
        """A command is one unbroken run of rows, and its answer stands in the last of them or in a row of its own."""
        by_command = groupby((row for row in self.ledger.rows if row.cause), key=_command_of)
        for key, group in by_command:
            run = list(group)
            first, last = run[0].seq, run[-1].seq
            where: dict[str, Any] = {"seq": first, "person": key[0], "command": key[1]}
            if key in self.spans:
                yield Finding("doubled", self.session, "The same command stands there for a second time.", **where)
                continue
            self.spans[key] = (first, last)
            if any(row.fingerprint is not None for row in run[:-1]):
                yield Finding("order", self.session, "An answer stands before its command's last event.", **where)
            beside = self.ledger.answers.get(key)
            if run[-1].fingerprint is not None and beside is not None:
                yield Finding("doubled", self.session, "This command was answered twice.", **where)
            elif self._lived and run[-1].fingerprint is None and beside is None:
                yield Finding("missing", self.session, "The answer to this command is gone.", **where)
        quiet = 0
        for key, (first, last) in self.ledger.answers.items():
            quiet += first > last
            if last > self.ledger.seq:
                yield Finding("missing", self.session, "An answer to events that are not there.", seq=last)
            self.spans.setdefault(key, (first, last))
        if quiet > self.ledger.quiet:
            yield Finding("altered", self.session, f"{quiet} commands changed nothing, the head counts fewer.")
        elif quiet < self.ledger.quiet:
            yield Finding("missing", self.session, f"The head counts {self.ledger.quiet} quiet answers, not {quiet}.")


def _command_of(row: Row) -> Key:
    return row.person or "", row.cause or ""
