"""Whether one person was told what is in the record, all of it that they were told, and in its order."""

from typing import Any, Final

from tests.faults.checker.findings import Report
from tests.faults.checker.hearing import Line, Said, Transcript
from tests.faults.checker.opening import Row
from tests.faults.checker.rows import Record

#: Events that a role hears of without all that is in them: only their kind is compared.
_IN_PART: Final = ("arrival.confirmed", "practice.screened", "care.changed", "session.opened")
#: A support person is not told whose these were.
_WHOSE: Final = ("session.stopped", "activity.paused")
_WITH_PACER: Final = ("activity.started", "activity.resumed", "pacer.changed")
#: Lists of a greeting hold the last of them.
_LAST: Final = 500
#: What must stand in the event that a command made, by the command's own fields.
_CARRIED: Final = {
    "message.say": ("message.said", ("text",)),
    "note.write": ("note.written", ("text",)),
    "comfort.set": ("comfort.changed", ("level",)),
    "session.stop": ("session.stopped", ()),
    "checkin.record": ("checkin.recorded", ("kind",)),
}


class _Socket:
    def __init__(self) -> None:
        self.epoch = 0
        self.seq = 0


class Hearing:
    """One transcript held against one record."""

    def __init__(self, told: Transcript, record: Record, report: Report) -> None:
        self._told, self._record, self._report = told, record, report
        self.person = told.person
        self._sockets: dict[int, _Socket] = {}
        #: The last number that this person was shown, by epoch.
        self._shown: dict[int, int] = {}
        #: Acknowledged in a history that a restore has replaced; the same id may have been sent again since.
        self.rolled_back: set[str] = set()
        self.commands = told.commands()

    def judge(self) -> None:
        for line in self._told.lines:
            if line.way != "in":
                continue
            match line.frame["type"]:
                case "hello":
                    self._greeted(line)
                case "changed":
                    self._changed(line)
                case "done":
                    self._done(line)
        for command, said in self.commands.items():
            self._said(command, said)
        self._report.people += 1
        self._report.frames += self._told.frames
        self._report.acknowledged += sum(bool(said.done) for said in self.commands.values())

    def _find(self, what: Any, say: str, *, seq: int | None = None, command: str = "") -> None:
        self._record.find(what, say, seq=seq, person=self._told.person, command=command)

    def _is_over(self, epoch: int, seq: int) -> bool:
        """Whether this belongs to a history that a restore has replaced."""
        return epoch < self._record.ledger.epoch and seq > self._record.until(epoch)

    def _greeted(self, line: Line) -> None:
        frame, socket = line.frame, self._sockets.setdefault(line.socket, _Socket())
        socket.epoch, socket.seq = frame["epoch"], frame["seq"]
        shown = self._shown.get(socket.epoch, 0)
        if socket.seq < shown:
            self._find("rewound", f"Shown {shown}, and greeted with {socket.seq} afterwards.", seq=socket.seq)
        self._shown[socket.epoch] = max(shown, socket.seq)
        if self._is_over(socket.epoch, socket.seq):
            return
        if socket.seq > self._record.ledger.seq:
            self._find("unstored", "Greeted with a number that is not stored.", seq=socket.seq)
        self._lists(frame, socket.seq)

    def _lists(self, frame: dict[str, Any], until: int) -> None:
        """The messages and notes of a greeting are those of the record, each once and in order."""
        lists = {"messages": "message.said"} | ({"notes": "note.written"} if self._told.role == "therapist" else {})
        for name, kind in lists.items() if self._told.role != "support" else ():
            shown = [(one["seq"], one["text"]) for one in frame["view"].get(name, [])]
            events = ((seq, self._record.event(seq)) for seq in range(1, until + 1))
            kept = [(seq, event["text"]) for seq, event in events if event is not None and event["type"] == kind]
            if shown != kept[-_LAST:]:
                say = f"A greeting shows {len(shown)} {name}, and the record has {len(kept)} others."
                self._find("altered", say, seq=until)

    def _changed(self, line: Line) -> None:
        frame, socket = line.frame, self._sockets.setdefault(line.socket, _Socket())
        seq: int = frame["seq"]
        if seq <= socket.seq:
            self._find("order", f"Told after {socket.seq}.", seq=seq)
        elif self._told.role == "therapist" and seq != socket.seq + 1:
            self._find("order", f"Told right after {socket.seq}; a therapist is told everything.", seq=seq)
        socket.seq = max(seq, socket.seq)
        self._shown[socket.epoch] = max(self._shown.get(socket.epoch, 0), seq)
        if self._is_over(socket.epoch, seq):
            return
        self._report.told += 1
        row = self._record.rows.get(seq)
        if row is None:
            behind = seq > self._record.ledger.seq
            self._find("unstored" if behind else "missing", "Told, and not in the record.", seq=seq)
        else:
            self._same(frame, row)

    def _same(self, frame: dict[str, Any], row: Row) -> None:
        seq, role = row.seq, self._told.role
        if row.at_ms != frame["at"]:
            self._find("altered", f"Told for {frame['at']}, and the record has {row.at_ms}.", seq=seq)
        cause = frame.get("cause")
        if cause is not None and (row.person, row.cause) != (self._told.person, cause):
            self._find("altered", "Told as what this person's command made; the record has another.", seq=seq)
        body = self._record.bodies.get(seq)
        if body is None:
            return
        told, kept = frame["event"], _as_told(body["event"])
        if told["type"] in _IN_PART and role != "therapist":
            told, kept = {"type": told["type"]}, {"type": kept["type"]}
        elif role == "support" and told["type"] in _WHOSE:
            told, kept = ({name: value for name, value in one.items() if name != "by"} for one in (told, kept))
        if told != kept or (role != "support" and frame["by"] != body["role"]):
            self._find("altered", f"Told as {told['type']}, and the record says something else.", seq=seq)

    def _done(self, line: Line) -> None:
        frame, socket = line.frame, self._sockets.setdefault(line.socket, _Socket())
        if self._is_over(socket.epoch, frame["seq"]):
            self._report.rolled_back += 1
            self.rolled_back.add(frame["id"])
            return
        span = self._record.spans.get((self._told.person, frame["id"]))
        if (
            span is None
            and socket.epoch < self._record.ledger.epoch
            and frame["seq"] == self._record.until(socket.epoch)
        ):
            # It changed nothing, so its number is that of what was last before it.
            self._report.rolled_back += 1
            self.rolled_back.add(frame["id"])
        elif span is None:
            self._find("missing", "Acknowledged, and not in the record.", seq=frame["seq"], command=frame["id"])
        elif span[1] != frame["seq"]:
            say = f"Acknowledged as event {frame['seq']}, and the record has {span[1]}."
            self._find("altered", say, seq=frame["seq"], command=frame["id"])
        elif self._told.role == "therapist" and socket.seq < frame["seq"]:
            self._find("order", "Acknowledged before it was told.", seq=frame["seq"], command=frame["id"])

    def _said(self, command: str, said: Said) -> None:
        span = self._record.spans.get((self._told.person, command))
        if span is None:
            return
        if said.refused and len(said.refused) == len(said.sent) and "unavailable" not in said.refused:
            self._find("refused", f"Refused as {said.refused[0]}, and stored.", seq=span[0], command=command)
        elif said.is_one_command:
            self._carried(said.sent[0].frame, span, command)

    def _carried(self, frame: dict[str, Any], span: tuple[int, int], command: str) -> None:
        """What was sent is what was kept, word by word."""
        kind, names = _CARRIED.get(frame["type"], ("", ()))
        events = [event for seq in range(span[0], span[1] + 1) if (event := self._record.event(seq)) is not None]
        if not kind or not events:
            return
        made = next((event for event in events if event["type"] == kind), None)
        if made is None:
            self._find("altered", f"{frame['type']} made no {kind}.", seq=span[0], command=command)
        elif any(made.get(name) != frame.get(name) for name in names):
            self._find("altered", f"{kind} says something else than what was sent.", seq=span[0], command=command)


def in_order(hearings: list[Hearing], record: Record) -> None:
    """What was acknowledged before another command was sent stands before it. All of one clock."""
    moments: list[tuple[float, int, tuple[int, int], str]] = []
    for hearing in hearings:
        for command, said in hearing.commands.items():
            span = record.spans.get((hearing.person, command))
            if span is None or not said.done or command in hearing.rolled_back:
                continue
            moments.append((said.sent[0].t, 1, span, command))
            moments.append((said.done[0][0], 0, span, command))
    latest = 0
    for _, is_sending, (first, last), command in sorted(moments, key=lambda one: one[:2]):
        if not is_sending:
            latest = max(latest, last)
        elif first <= last and first <= latest:
            say = f"It stands before event {latest}, which was acknowledged before this was sent."
            record.find("order", say, seq=first, command=command)


def words_once(record: Record) -> None:
    """The load says nothing twice: the same words under two commands are one command that happened twice."""
    seen: dict[str, int] = {}
    for seq in sorted(record.bodies):
        event = record.event(seq)
        if event is not None and event["type"] in ("message.said", "note.written"):
            first = seen.setdefault(event["text"], seq)
            if first != seq:
                record.find("doubled", f"The same words as event {first}.", seq=seq)


def _as_told(event: dict[str, Any]) -> dict[str, Any]:
    """A pacer goes over the wire flat, with what is next in it flat too."""
    if event["type"] not in _WITH_PACER or event["pacer"] is None:
        return event
    pacer = event["pacer"]
    turn = pacer["next"]
    flat = {**pacer["pattern"], "anchor_ms": pacer["anchor_ms"], "revision": pacer["revision"], "next": None}
    if turn is not None:
        flat["next"] = {**turn["pattern"], "anchor_ms": turn["anchor_ms"], "revision": turn["revision"]}
    return {**event, "pacer": flat}
