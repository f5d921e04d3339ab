"""Writes what docs/reference/protocol.md takes from the code: commands, events, check-ins, flags, examples."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import inspect

from exercises.loader import LIBRARY_ROOT, load_library
from exercises.model import Rung
from exercises.pacer import Pacer
from server.live import call, protocol
from sessions import commands as c
from sessions import events as e
from sessions.care import CareState
from sessions.checkins import KINDS
from sessions.evolve import evolve
from sessions.flags import FLAGS
from sessions.machine import MAY, decide
from sessions.moment import Moment
from sessions.people import SYSTEM, Actor, Role
from sessions.state import SessionState
from sessions.views import event_for, sees, view

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "protocol.md"

AT_MS = 1_750_000_000_000
THERAPIST = Actor(id="5b0486feabbc4a8282a77e3c610ae799", role=Role.THERAPIST)
PATIENT = Actor(id="3f2b8a527f0e4a0b8d3c2f6f5f1f0a11", role=Role.PATIENT)
COMMAND = "04018eb2-ce59-458a-9c9d-457f712dcd10"
PEER = "b1a7c3de-7a52-4a8e-9d6f-0c3e5f1a2b4d"
USERNAME, CREDENTIAL = "1750021600:5f0a91c2d4e83b67", "XaZDwmDxvtnJIGEQ0b0a2fKPRgQ="

COMMANDS: tuple[type[c.Command], ...] = (
    *get_args(c.Asked),
    protocol.ClockPing,
    *get_args(protocol.AsideFrame),
)
#: What a practice at home has beside the commands of a visit, and those that it has of them.
AT_HOME: tuple[type[c.Command], ...] = tuple(one for one in get_args(c.Practised) if one not in COMMANDS)
AT_HOME_TOO: tuple[type[c.Command], ...] = tuple(one for one in get_args(c.Practised) if one in COMMANDS)
EVENTS: tuple[type[e.Event], ...] = get_args(e.AnyEvent)


def tag_of(struct: type[msgspec.Struct]) -> str:
    return str(struct.__struct_config__.tag)


def commands() -> str:
    rows = ["| type | who may | fields |", "|---|---|---|"]
    for command in COMMANDS:
        may = MAY.get(command) or _ASIDE_MAY.get(command)
        who = "everybody" if may is None or len(may) == 3 else ", ".join(sorted(may))
        rows.append(f"| `{tag_of(command)}` | {who} | {_fields(command, but=('id',))} |")
    return "\n".join(rows)


def practice() -> str:
    rows = ["| type | fields |", "|---|---|"]
    rows += [f"| `{tag_of(one)}` | {_fields(one, but=('id',))} |" for one in AT_HOME]
    shared = ", ".join(f"`{tag_of(one)}`" for one in AT_HOME_TOO)
    return "\n".join([*rows, "", f"And of the commands above: {shared}."])


def parts() -> str:
    """The objects inside commands."""
    named: tuple[tuple[str, type[msgspec.Struct]], ...] = (
        ("person", c.PersonThere),
        ("hang_up", c.HangUp),
        ("description", protocol.Description),
        ("candidate", protocol.Candidate),
        ("code", protocol.Code),
    )
    return "\n".join(f"- `{name}`: {_fields(part)}" for name, part in named)


def events() -> str:
    rows = ["| type | sent to | fields |", "|---|---|---|"]
    for event in EVENTS:
        roles = [role.value for role in (Role.THERAPIST, Role.PATIENT, Role.SUPPORT) if sees(role, _any(event))]
        if not roles:
            # What only stands in for another line, and is never written, is nobody's to read about.
            continue
        rows.append(f"| `{tag_of(event)}` | {', '.join(roles)} | {_fields(event)} |")
    return "\n".join(rows)


def checkins() -> str:
    rows = ["| kind | answers |", "|---|---|"]
    rows += [f"| `{kind}` | {_fields(shape)} |" for kind, shape in KINDS.items()]
    return "\n".join(rows)


def flags() -> str:
    rows = ["| id | how soon | asked as |", "|---|---|---|"]
    rows += [f"| `{flag.id}` | `{flag.tier}` | {flag.say} |" for flag in FLAGS]
    return "\n".join(rows)


def examples() -> str:
    """Frames as the server sends them, from a visit that is played here."""
    return "\n\n".join(f"```json\n{_pretty(frame)}\n```" for frame in frames().values())


def frames() -> dict[str, dict[str, Any]]:
    """One frame of each type that the server sends; in `hello` and `changed` everything that can be there is."""
    state, lines = played()
    last = lines[-1]
    seen = protocol.raw(view(state, Role.THERAPIST, tonight={"place": "12 Shore Lane"}, lists=True))
    short = protocol.raw(view(state, Role.PATIENT, lists=False))
    event = protocol.raw(event_for(Role.PATIENT, last.event))
    taking_part, _ = call.join(
        call.Call(),
        call.Part(person=PATIENT.id, role=Role.PATIENT, peer=PEER, key="", microphone=True, camera=False),
        take=False,
    )
    entry = {"id": PATIENT.id, "role": "patient", "connected": True, "since": AT_MS, "rtt": 42, "sync": "in-sync"}
    made = (
        protocol.hello(
            now=AT_MS + 0.25,
            boot="a1b2c3d4e5f60718",
            epoch=1,
            seq=state.seq,
            person=THERAPIST.id,
            role="therapist",
            view=seen,
        ),
        protocol.changed(seq=last.seq, at=last.at, by=last.role, event=event, view=short, cause=COMMAND),
        protocol.done(COMMAND, last.seq),
        protocol.refused(
            COMMAND, "bad_message", "This script has no such step.", fields={"to": "beyond the last step"}
        ),
        protocol.halt("patient"),
        protocol.pong(COMMAND, received=AT_MS + 0.25, sent=AT_MS + 0.5),
        protocol.people([entry]),
        protocol.bye("restarting", 2_400),
        protocol.call_joined(
            COMMAND,
            servers=[{"urls": ["turn:turn.example.org:3478"], "username": USERNAME, "credential": CREDENTIAL}],
            relay_only=False,
            until_ms=AT_MS + 21_600_000,
        ),
        protocol.call_people(call.people(taking_part)),
        protocol.call_signal(
            protocol.CallSignal(id="", to=PEER, code=protocol.Code(commit="9f" * 32)), sender=PEER, person=PATIENT.id
        ),
        protocol.call_moved(),
        protocol.heart_beats(PATIENT.id, ((AT_MS, 905), (AT_MS + 880, 880))),
    )
    decoded: list[dict[str, Any]] = [msgspec.json.decode(frame) for frame in made]
    return {frame["type"]: frame for frame in decoded}


def played() -> tuple[SessionState, list[e.Recorded]]:
    """A visit in the middle of an exercise, with one entry in every list."""
    find = load_library(LIBRARY_ROOT).get
    state, lines = SessionState(), []
    people = {THERAPIST.id: Role.THERAPIST, PATIENT.id: Role.PATIENT}
    opened = e.SessionOpened(kind="visit", people=people, due_ms=AT_MS, planned_minutes=45, care=CareState())

    def take(actor: Actor, made: list[Any]) -> None:
        nonlocal state
        for event in made:
            at_ms = AT_MS + state.seq * 5_000
            line = e.Recorded(seq=state.seq + 1, at=at_ms, by=actor.id, role=actor.role, event=event)
            state = evolve(state, line)
            lines.append(line)

    def do(actor: Actor, command: c.Asked) -> None:
        moment = Moment(actor=actor, now_ms=AT_MS + state.seq * 5_000, lead_ms=500, find=find)
        take(actor, decide(state, command, moment))

    take(SYSTEM, [opened, *(e.PresenceReturned(person=person) for person in people)])
    arrived = c.ArrivalConfirm(
        id="",
        safe=True,
        alone=True,
        telehealth_consent=True,
        identity=True,
        hang_up=c.HangUp(call_back_ok=True),
        place="12 Shore Lane",
        flags=("mild_ache",),
    )
    do(PATIENT, arrived)
    do(THERAPIST, c.VisitAdmit(id=""))
    do(THERAPIST, c.NoteWrite(id="", text="Arrived on time."))
    do(PATIENT, c.MessageSay(id="", text="Good evening"))
    do(PATIENT, c.CheckinRecord(id="", kind="relaxation", answers=msgspec.Raw(b'{"outcome":"done","felt":"let_go"}')))
    do(THERAPIST, c.ActivityOffer(id="", exercise="soft-belly-breathing"))
    do(PATIENT, c.ActivityAnswer(id="", ask=state.seq, answer="yes"))
    do(THERAPIST, c.ActivityStart(id=""))
    do(PATIENT, c.ComfortSet(id="", level="settled"))
    do(THERAPIST, c.StepGo(id="", to=3))
    return state, lines


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "practice": practice,
    "parts": parts,
    "events": events,
    "checkins": checkins,
    "flags": flags,
    "examples": examples,
}


def with_parts(page: str) -> str:
    """The page with all that comes from the code as it must be."""
    for name, part in PARTS.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, rest = page.split(begin)
        _, after = rest.split(end)
        page = f"{before}{begin}\n{part()}\n{end}{after}"
    return page


def _fields(struct: type[msgspec.Struct], *, but: tuple[str, ...] = ()) -> str:
    told = []
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        if field.name not in but:
            mark = "" if field.required else "?"
            told.append(f"`{field.encode_name}{mark}` {_type(field.type)}")
    return "; ".join(told) or "–"


def _type(of: inspect.Type) -> str:
    match of:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return _bounds("whole number", of.ge, of.le)
        case inspect.FloatType():
            return _bounds("number", of.ge, of.le)
        case inspect.StrType():
            return _text(of)
        case inspect.LiteralType():
            return ", ".join(f"`{value}`" for value in of.values)
        case inspect.EnumType():
            return ", ".join(f"`{member.value}`" for member in of.cls)
        case inspect.UnionType():
            inner = [_type(one) for one in of.types if not isinstance(one, inspect.NoneType)]
            return f"{' or '.join(dict.fromkeys(inner))}{' or null' if len(inner) < len(of.types) else ''}"
        case inspect.VarTupleType():
            return f"list of {_type(of.item_type)}{'' if of.max_length is None else f', at most {of.max_length}'}"
        case inspect.TupleType():
            return f"pairs of {' and '.join(_type(item) for item in of.item_types)}"
        case inspect.DictType():
            return f"object of {_type(of.key_type)} to {_type(of.value_type)}"
        case inspect.StructType():
            return _NAMES.get(of.cls, of.cls.__name__)
        case _:
            return "as its kind asks"


def _text(of: inspect.StrType) -> str:
    if of.pattern is None:
        return "text" if of.max_length is None else f"text, {of.min_length or 0} to {of.max_length} characters"
    if "{64}" in of.pattern:
        return "64 hexadecimal digits"
    return "UUID" if "{12}" in of.pattern else f"small letters, digits, hyphens, 1 to {of.max_length}"


#: Of what never reaches the machine: whoever is not named in it may not.
_ASIDE_MAY: dict[type[c.Command], set[Role]] = {
    protocol.CallAllow: {Role.PATIENT, Role.THERAPIST},
    protocol.HeartBeats: {Role.PATIENT},
}
_NAMES: dict[type, str] = {
    c.PersonThere: "`person`",
    c.HangUp: "`hang_up`",
    protocol.Description: "`description`",
    protocol.Candidate: "`candidate`",
    protocol.Code: "`code`",
    e.Script: "the script as it was offered",
    Pacer: "as in the view",
    CareState: "the care as it stands, for therapists alone",
    Rung: "`rung`, with its size from the ladder",
    **dict.fromkeys(KINDS.values(), "answers"),
}


def _bounds(kind: str, least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return kind
    return f"{kind}, {least:,} or more" if most is None else f"{kind}, {least or 0:,} to {most:,}"


def _any(event: type[e.Event]) -> Any:
    """An instance, whatever is in it: who is sent an event depends on its type alone."""
    return event(**dict.fromkeys(event.__struct_fields__))


def _pretty(frame: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(frame), indent=2).decode()


def main() -> None:
    PAGE.write_text(with_parts(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
