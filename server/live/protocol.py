"""Every message of `ebb.v1`: frames in, decoded and judged; frames out, as bytes."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw

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
)

Milliseconds = Annotated[float, Meta(ge=0, le=3_600_000)]


class ClockPing(c.Command, frozen=True, tag="clock.ping"):
    """What this side last measured of the clock; answered at once and never recorded."""

    rtt_ms: Milliseconds | None = None
    bound_ms: Milliseconds | None = None
    sync: Literal["in-sync", "stale", "lost"] | None = None


Frame = c.Asked | ClockPing
_DECODER: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_HEAD = msgspec.json.Decoder(dict[str, Raw])
_ENCODER = msgspec.json.Encoder()

TYPES: tuple[str, ...] = tuple(str(member.__struct_config__.tag) for member in (*c.Asked.__args__, ClockPing))


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
    return frame


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


def bye(reason: str, retry_ms: int | None = None) -> bytes:
    return encode({"type": "bye", "reason": reason, "retry_ms": retry_ms})
