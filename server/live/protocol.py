"""Every message of `ebb.v1`: frames in, decoded and judged; frames out, as bytes."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from sessions import commands as c

SUBPROTOCOL = "ebb.v1"
PROTOCOL = 1
OLDEST = 1
FRAME_LIMIT_BYTES = 16 * 1024
SOCKET_LIMIT_BYTES = 64 * 1024

#: Close codes, each sent after a `bye` with its reason.
ENDED = 4000
SIGNED_OUT = 4401
NO_LONGER_YOURS = 4404
FELL_BEHIND = 4408
TOO_FAST = 4429
RESTARTING = 1012

REFUSALS = (
    "bad_message",
    "unknown_type",
    "not_allowed",
    "not_now",
    "needs_consent",
    "declined",
    "stopped",
    "suspended",
    "too_fast",
    "too_large",
    "unavailable",
    "elsewhere",
)

Milliseconds = Annotated[float, Meta(ge=0, le=3_600_000)]


class ClockPing(c.Command, frozen=True, tag="clock.ping"):
    """What this side last measured of the clock; answered at once and never recorded."""

    rtt_ms: Milliseconds | None = None
    bound_ms: Milliseconds | None = None
    sync: Literal["in-sync", "stale", "lost"] | None = None


#: 32 bytes as text: a SHA-256, or the random bytes that it was made with.
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class Description(Struct, frozen=True, forbid_unknown_fields=True):
    """What one side offers or answers, as its browser wrote it. The server does not look into it."""

    type: Literal["offer", "answer", "pranswer", "rollback"]
    sdp: Annotated[str, Meta(max_length=12_000)] = ""


class Candidate(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A way to one side, as its browser found it."""

    candidate: Annotated[str, Meta(max_length=1_000)]
    sdp_mid: Annotated[str, Meta(max_length=64)] | None = None
    sdp_m_line_index: Annotated[int, Meta(ge=0, le=255)] | None = None
    username_fragment: Annotated[str, Meta(max_length=256)] | None = None


class Code(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A step towards the words that both sides compare: first what binds, then what it was made of."""

    commit: Digest | None = None
    reveal: Digest | None = None


class CallJoin(c.Command, frozen=True, tag="call.join"):
    """This page takes part in voice. `take`: also where another page of the same person does already."""

    peer: c.Id
    microphone: bool
    camera: bool
    take: bool = False


class CallLeave(c.Command, frozen=True, tag="call.leave"):
    peer: c.Id


class CallTell(c.Command, frozen=True, tag="call.tell"):
    """What is on at this side. `hidden`: the page is not in front."""

    peer: c.Id
    microphone: bool
    camera: bool
    hidden: bool


class CallAllow(c.Command, frozen=True, tag="call.allow"):
    """A support person may speak, or only listens."""

    person: Annotated[str, Meta(max_length=64)]
    speak: bool


class CallSignal(c.Command, frozen=True, tag="call.signal"):
    """One of the three, for the page of that peer. `candidate` null: there are no more."""

    to: c.Id
    description: Description | UnsetType = UNSET
    candidate: Candidate | UnsetType | None = UNSET
    code: Code | UnsetType = UNSET


CallFrame = CallJoin | CallLeave | CallTell | CallAllow | CallSignal

#: When a heart beat, on the server's clock, and how long after the beat before it.
Beat = tuple[Annotated[int, Meta(ge=0, le=2**53)], Annotated[int, Meta(ge=300, le=2_000)]]


class HeartBeats(c.Command, frozen=True, tag="heart.beats"):
    """What the patient's own belt has just measured, shown to their therapist and never recorded.

    None at all says that it is not shown any more.
    """

    beats: Annotated[tuple[Beat, ...], Meta(max_length=20)]


#: What is passed on and never recorded.
AsideFrame = CallFrame | HeartBeats

Frame = c.Asked | ClockPing | AsideFrame
_DECODER: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_HEAD = msgspec.json.Decoder(dict[str, Raw])
_ENCODER = msgspec.json.Encoder()

TYPES: tuple[str, ...] = tuple(
    str(member.__struct_config__.tag) for member in (*c.Asked.__args__, ClockPing, *AsideFrame.__args__)
)


class Unreadable(Exception):
    """A frame that is no command. `id` is what could still be read of it, or None."""

    def __init__(self, code: str, message: str, *, id: str | None, fields: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.code, self.message, self.id, self.fields = code, message, id, fields


def read(text: str) -> Frame:
    """The command of one text frame. Raises Unreadable, with the field that is wrong and never its value."""
    if len(text) > FRAME_LIMIT_BYTES or len(raw := text.encode("utf-8", "surrogatepass")) > FRAME_LIMIT_BYTES:
        raise Unreadable("too_large", "This message is too long. 16 KiB is the most.", id=None)
    try:
        frame = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(raw, error) from None
    if isinstance(frame, CallSignal):
        _says_one_thing(frame)
    return frame


def _says_one_thing(frame: CallSignal) -> None:
    """A signal with two messages, or with none, has no meaning that both sides would agree on."""
    code = frame.code
    said = sum(one is not UNSET for one in (frame.description, frame.candidate, code))
    halves = 1 if isinstance(code, UnsetType) else (code.commit is not None) + (code.reveal is not None)
    if said != 1 or halves != 1:
        field = "message" if said != 1 else "code"
        raise Unreadable(
            "bad_message",
            "Part of this message is missing or has the wrong form.",
            id=frame.id,
            fields={field: "needs exactly one"},
        )


def _unreadable(raw: bytes, error: Exception) -> Unreadable:
    try:
        head = _HEAD.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unreadable("bad_message", "This message is not JSON of the expected form.", id=None)
    kind, given = _text(head.get("type")), _text(head.get("id"))
    known_id = given if given is not None and len(given) <= 36 else None
    if kind is not None and kind not in TYPES:
        return Unreadable("unknown_type", "This kind of message is not known here.", id=known_id)
    field = str(error).rsplit("$.", 1)[-1].rstrip("`") if "$." in str(error) else "message"
    reason = str(error).split(" - at", 1)[0][:160] if isinstance(error, msgspec.ValidationError) else "not readable"
    return Unreadable(
        "bad_message", "Part of this message is missing or has the wrong form.", id=known_id, fields={field: reason}
    )


def _text(value: Raw | None) -> str | None:
    try:
        return None if value is None else msgspec.json.decode(value, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def encode(message: dict[str, Any]) -> bytes:
    return _ENCODER.encode(message)


def raw(value: Any) -> Raw:
    """Encoded once, to be put into several frames."""
    return Raw(_ENCODER.encode(value))


def hello(*, now: float, boot: str, epoch: int, seq: int, person: str, role: str, view: Raw) -> bytes:
    return encode(
        {
            "type": "hello",
            "protocol": PROTOCOL,
            "oldest": OLDEST,
            "now": now,
            "boot": boot,
            "epoch": epoch,
            "seq": seq,
            "you": {"id": person, "role": role},
            "view": view,
        }
    )


def changed(*, seq: int, at: int, by: str, event: Raw, view: Raw, cause: str | None = None) -> bytes:
    message: dict[str, Any] = {"type": "changed", "seq": seq, "at": at, "by": by, "event": event}
    if cause is not None:
        message["cause"] = cause
    message["view"] = view
    return encode(message)


def done(command: str, seq: int) -> bytes:
    return encode({"type": "done", "id": command, "seq": seq})


def refused(
    command: str | None,
    code: str,
    message: str,
    *,
    fields: dict[str, str] | None = None,
    retry_ms: int | None = None,
) -> bytes:
    frame: dict[str, Any] = {"type": "refused", "id": command, "code": code, "message": message}
    if fields:
        frame["fields"] = fields
    if retry_ms is not None:
        frame["retry_ms"] = retry_ms
    return encode(frame)


def halt(by: str) -> bytes:
    return encode({"type": "halt", "by": by})


def pong(command: str, *, received: float, sent: float) -> bytes:
    return encode({"type": "clock.pong", "id": command, "received": received, "sent": sent})


def people(entries: list[dict[str, Any]]) -> bytes:
    return encode({"type": "people", "people": entries})


def heart_beats(person: str, beats: tuple[Beat, ...]) -> bytes:
    return encode({"type": "heart.beats", "person": person, "beats": beats})


def bye(reason: str, retry_ms: int | None = None) -> bytes:
    return encode({"type": "bye", "reason": reason, "retry_ms": retry_ms})


def call_joined(command: str, *, servers: list[dict[str, Any]], relay_only: bool, until_ms: int | None) -> bytes:
    return encode(
        {"type": "call.joined", "id": command, "servers": servers, "relay_only": relay_only, "until_ms": until_ms}
    )


def call_people(entries: list[dict[str, Any]]) -> bytes:
    return encode({"type": "call.people", "people": entries})


def call_signal(frame: CallSignal, *, sender: str, person: str) -> bytes:
    """What one page says to another. `person` is who it is by their login, whatever they write in it."""
    message: dict[str, Any] = {"type": "call.signal", "from": sender, "person": person}
    for name in ("description", "candidate", "code"):
        said = getattr(frame, name)
        if said is not UNSET:
            message[name] = said
    return encode(message)


def call_moved() -> bytes:
    return encode({"type": "call.moved"})
