"""What a phone told of a practice, as lines of a ledger: its entries go through the machine once more. Pure.

What has happened is never refused. What the machine would have refused is kept as it came, with a concern, and what
it says of pain, bleeding or a red flag is heard all the same.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from sessions import checkins, machine, safety
from sessions import commands as c
from sessions import events as e
from sessions.deadlines import deadlines
from sessions.evolve import evolve
from sessions.flags import FLAGS, Tier
from sessions.moment import Find, Moment
from sessions.people import SYSTEM, Actor, Refused
from sessions.state import SessionState

#: How far ahead a change is dated where nobody else has to hear of it in time.
LEAD_MS: Final = 500
KEPT: Final = e.ADDED + "kept"

#: The texts of the safety rules that a phone shows by itself, by their key in its bundle.
SAYS: Final[dict[str, str]] = {
    "emergency": safety.SAY[Tier.EMERGENCY],
    "same_day": safety.SAY[Tier.SAME_DAY],
    "pause": safety.SAY[Tier.PAUSE],
    **safety.WORDS,
}

_COMMAND: Final = msgspec.json.Decoder(c.Practised)
_LONGEST_MS: Final = 31_536_000_000


class Entry(Struct, frozen=True):
    """One element of `entries`: `told` is the whole as it came, `command` None where it is none of a practice."""

    told: dict[str, Any]
    after_ms: int
    command: c.Practised | None


class Heard(Struct, frozen=True):
    """Something urgent in an entry that was kept. The care ledger has to hear of it; this session's state does not."""

    tier: Tier
    say: str
    reason: str


def entry_of(told: object) -> Entry:
    """Never raises: an element of any form is an entry. One without a readable `after_ms` counts from 0."""
    whole = _storable(told)
    after_ms = whole.get("after_ms")
    if not isinstance(after_ms, int) or isinstance(after_ms, bool) or not 0 <= after_ms <= _LONGEST_MS:
        return Entry(whole, 0, None)
    try:
        rest = {name: value for name, value in whole.items() if name != "after_ms"}
        return Entry(whole, after_ms, _COMMAND.decode(msgspec.json.encode(rest)))
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError, TypeError):
        return Entry(whole, after_ms, None)


def _storable(told: object) -> dict[str, Any]:
    """As it came; where no ledger could hold it, as text."""
    try:
        whole = told if isinstance(told, dict) else {"told": told}
        msgspec.json.decode(msgspec.json.encode(whole))
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError, TypeError):
        return {"told": ascii(told)}
    return whole


class Practice:
    """One practice as it is told, entry by entry. `lines` are those that are new, `heard` what was kept and matters."""

    def __init__(self, state: SessionState, *, patient: Actor, find: Find, fetched_ms: int) -> None:
        self.state = state
        self.lines: list[e.Recorded] = []
        self.heard: list[Heard] = []
        self._patient, self._find, self._fetched_ms = patient, find, fetched_ms

    def take(self, entry: Entry, *, at_ms: int) -> list[e.Recorded]:
        """The lines of an entry that happened at `at_ms`, after those that fell due until then. Never raises Refused.

        `at_ms` never lies before that of the entry before.
        """
        before = len(self.lines)
        self._fall_due(at_ms)
        if entry.command is None:
            self._keep(entry, "bad_message", at_ms)
            return self.lines[before:]
        moment = Moment(
            actor=self._patient, now_ms=at_ms, lead_ms=LEAD_MS, find=self._find, fetched_ms=self._fetched_ms
        )
        try:
            events = machine.decide(self.state, numbered(self.state, entry.command), moment)
        except Refused as refusal:
            self._keep(entry, refusal.code, at_ms)
        else:
            self._append(events, self._patient, at_ms, cause=entry.command.id)
        return self.lines[before:]

    def raises(self, rule: str, tier: Tier, say: str, *, at_ms: int) -> None:
        """A concern of the server's own. `rule` begins with `practice_`, by which it is known that no phone has it."""
        assert rule.startswith(e.ADDED), "the numbers that a phone gives its lines leave these out"
        self._append([e.ConcernRaised(rule=rule, tier=tier, say=say)], SYSTEM, at_ms, cause=None)

    def _fall_due(self, at_ms: int) -> None:
        while dues := [due for due in deadlines(self.state, "", not_before_ms=0) if due.at_ms <= at_ms]:
            moment = Moment(actor=SYSTEM, now_ms=dues[0].at_ms, lead_ms=LEAD_MS, find=self._find)
            events = machine.decide(self.state, dues[0].command, moment)
            assert events, "what changes nothing would be due for ever"
            self._append(events, SYSTEM, dues[0].at_ms, cause=None)

    def _keep(self, entry: Entry, why: str, at_ms: int) -> None:
        self._append([e.PracticeKept(entry=entry.told, why=why)], SYSTEM, at_ms, cause=None)
        heard = _heard(self.state, entry.command)
        self.heard += heard
        for one in heard:
            self.raises(KEPT, one.tier, one.reason, at_ms=at_ms)
        if not heard and all(concern.rule != KEPT for concern in self.state.concerns):
            say = "Part of a practice at home could not be followed. It is kept as the phone told it."
            self.raises(KEPT, Tier.NOTE, say, at_ms=at_ms)

    def _append(self, events: list[e.AnyEvent], actor: Actor, at_ms: int, *, cause: str | None) -> None:
        for event in events:
            line = e.Recorded(seq=self.state.seq + 1, at=at_ms, by=actor.id, role=actor.role, event=event, cause=cause)
            self.state = evolve(self.state, line)
            self.lines.append(line)


def numbered(state: SessionState, command: c.Practised) -> c.Practised:
    """The command with the numbers of this ledger, where it names a line by the number that it has on the phone.

    Raises Refused for what would change a line, once something could not be followed: from there on nobody knows
    whether both count alike, and a correction of another check-in would take back what stands.
    """
    match command:
        case c.ActivityAnswer(ask=ask):
            return structs.replace(command, ask=seq_here(state, ask))
        case c.CheckinCorrect(of=of) | c.CheckinShare(of=of):
            if state.kept:
                raise Refused("not_now", "Which check-in this is about is not sure any more.")
            return structs.replace(command, of=seq_here(state, of))
        case _:
            return command


def seq_here(state: SessionState, seq: int) -> int:
    """The number in this ledger of the line that is number `seq` on the phone, which lacks what the server added."""
    for added in state.added:
        if added <= seq:
            seq += 1
    return seq


def _heard(state: SessionState, command: c.Practised | None) -> list[Heard]:
    """What a kept entry says of somebody's safety: the phone said "come out" for it, so it must reach the clinic."""
    try:
        match command:
            case c.FlagsTell(flags=flags, note=note):
                told = safety.told([flag for flag in flags if flag in _KNOWN], note)
                return [Heard(one.tier, safety.SAY[one.tier], one.say) for one in told if one.tier in safety.SAY]
            case c.PracticeScreen(flags=flags):
                ticked = [flag for flag in FLAGS if flag.id in flags]
                return [Heard(one.tier, safety.SAY[one.tier], one.told) for one in ticked if one.tier in safety.SAY]
            case c.CheckinRecord(kind=kind, answers=answers):
                return _noticed(state, kind, answers)
            case c.CheckinCorrect(answers=answers):
                # Which kind it was is not sure either, so each that can read it is heard.
                found = [one for kind in checkins.KINDS for one in _noticed(state, kind, answers)]
                return list(dict.fromkeys(found))
            case _:
                return []
    except Refused:
        return []


def _noticed(state: SessionState, kind: str, answers: msgspec.Raw) -> list[Heard]:
    try:
        found = safety.noticed(checkins.parse(kind, answers), state.care.thresholds)
    except Refused:
        return []
    return [Heard(one.tier, one.words or safety.SAY[one.tier], one.say) for one in found]


_KNOWN: Final = frozenset(flag.id for flag in FLAGS)
