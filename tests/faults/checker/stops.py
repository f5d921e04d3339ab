"""Whether a Stop was ever late, or lost.

Late is one of two things, for everybody else whose socket was open when it was sent:

- *After it was stored.* Their socket shows the stored event, and had shown no `halt` since the Stop was sent.
- *More than `within_ms` later, on the server's clock.* Whoever presses Stop asks the server for its time right before,
  on the same socket; whoever hears `halt` asks before they hear anything else. Both answers carry the instant at which
  the server read the question. The time between these two instants is at least as long as it took from the server's
  hearing the Stop to the other side's having been told: it holds the way to that side and back as well, and no clock
  but the server's.

Lost is a Stop whose person came back, and which is in no record. That is judged at the end alone.
"""

from collections.abc import Iterator

from tests.faults.checker.findings import Report
from tests.faults.checker.hearing import Line, Transcript
from tests.faults.checker.rows import Record


class Halts:
    """One transcript as far as Stops are concerned."""

    def __init__(self, told: Transcript) -> None:
        self.told = told
        #: By socket: when its greeting came, and which start of the server that was.
        self.greeted: dict[int, tuple[float, str]] = {}
        self.stops: dict[str, list[Line]] = {}
        self._pongs: dict[str, float] = {}
        self._of_socket: dict[int, list[Line]] = {}
        for line in told.lines:
            self._of_socket.setdefault(line.socket, []).append(line)
            if _is(line, "in", "hello"):
                self.greeted.setdefault(line.socket, (line.t, line.frame["boot"]))
            elif _is(line, "in", "clock.pong"):
                self._pongs[line.frame["id"]] = line.frame["received"]
            elif _is(line, "out", "session.stop"):
                self.stops.setdefault(line.frame["id"], []).append(line)

    def read_before(self, stop: Line) -> float | None:
        """When the server read the question about its clock that went out right before this, on the same socket."""
        before: Line | None = None
        for line in self._of_socket[stop.socket]:
            if line is stop:
                break
            if line.way == "out":
                before = line
        if before is None or before.frame["type"] != "clock.ping":
            return None
        return self._pongs.get(before.frame["id"])

    def heard(self, stop: Line, seq: int, *, boot: str) -> Iterator[tuple[Line | None, float | None]]:
        """For each socket that was open then and showed the stored event: the `halt` before it, and when the server
        read the question that followed the `halt`."""
        for socket, (since, of_boot) in self.greeted.items():
            if of_boot != boot or since >= stop.t:
                continue
            lines = [line for line in self._of_socket[socket] if line.t >= stop.t]
            shown = next((i for i, line in enumerate(lines) if _shows(line, seq)), None)
            if shown is None:
                continue
            halt = next((i for i, line in enumerate(lines[:shown]) if _is(line, "in", "halt")), None)
            if halt is None:
                yield None, None
                continue
            yield lines[halt], self._read_after(lines[halt + 1 :])

    def _read_after(self, lines: list[Line]) -> float | None:
        """When the server read the question that went out before anything else was heard."""
        for line in lines:
            if line.way == "in":
                break
            if _is(line, "out", "clock.ping"):
                return self._pongs.get(line.frame["id"])
        return None


def judge_stops(record: Record, told: list[Halts], report: Report, *, within_ms: float) -> None:
    for seq, row in sorted(record.rows.items()):
        event = record.event(seq)
        if event is None or event["type"] != "session.stopped" or not row.cause:
            continue
        report.stops += 1
        for presser in (one for one in told if one.told.person == row.person):
            for other in (one for one in told if one.told.person != row.person):
                _judge_one(record, presser, other, report, seq=seq, command=row.cause, within_ms=within_ms)


def _judge_one(
    record: Record, presser: Halts, other: Halts, report: Report, *, seq: int, command: str, within_ms: float
) -> None:
    if presser.told.clock != other.told.clock:
        return
    first: dict[str, Line] = {}
    for stop in presser.stops.get(command, []):
        if stop.socket in presser.greeted:
            first.setdefault(presser.greeted[stop.socket][1], stop)
    for boot, stop in first.items():
        _judge_boot(record, presser, other, report, stop=stop, boot=boot, seq=seq, within_ms=within_ms)


def _judge_boot(
    record: Record,
    presser: Halts,
    other: Halts,
    report: Report,
    *,
    stop: Line,
    boot: str,
    seq: int,
    within_ms: float,
) -> None:
    """During one start of the server. What was stored by an earlier one shows in greetings, and is not told again."""
    command = stop.frame["id"]
    for halt, read_ms in other.heard(stop, seq, boot=boot):
        if halt is None:
            record.find("late_stop", "Shown as stored, and no halt before it.", seq=seq, command=command)
            continue
        since_ms = presser.read_before(stop)
        if since_ms is None or read_ms is None:
            continue
        report.halts_ms.append(round(read_ms - since_ms, 3))
        if read_ms - since_ms > within_ms:
            say = f"Told {read_ms - since_ms:.0f} ms after the server was asked for its time, right before the Stop."
            record.find("late_stop", say, seq=seq, command=command)


def judge_lost(record: Record, told: list[Halts], *, rolled_back: set[str]) -> None:
    """Everybody is back and has sent again what the contract says: each Stop stands in the record.

    But for those that were acknowledged in a history which a restore has replaced: nobody sends them again.
    """
    for one in told:
        for command in one.stops:
            if (one.told.person, command) not in record.spans and command not in rolled_back:
                record.find("lost_stop", "Pressed, and in no record.", person=one.told.person, command=command)


def _is(line: Line, way: str, kind: str) -> bool:
    return line.way == way and line.frame["type"] == kind


def _shows(line: Line, seq: int) -> bool:
    return _is(line, "in", "changed") and bool(line.frame["seq"] == seq)
