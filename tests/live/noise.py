"""Frames that somebody hostile, or a broken client, might send: endless, and the same for the same seed."""

import json
import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from server.live import protocol

_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**63, 10**30, 1.5, "", "x", "x" * 3000, "\u0000", "\u202e", "😀" * 50,
    [], [[]], {}, {"a": {"b": []}}, "yes", "settled", "not_today", "size-2", "soft-belly-breathing",
)  # fmt: skip
_FIELDS = (
    "ask", "answer", "exercise", "step", "rung", "minutes", "to", "level", "text", "kind", "answers", "of", "heard",
    "in_ms", "hold_in_ms", "out_ms", "hold_out_ms", "ago_ms", "rtt_ms", "sync", "safe", "alone", "flags", "people",
    "hang_up", "identity", "telehealth_consent", "by", "role", "seq", "type", "id",
)  # fmt: skip


def hostile_frames(chance: random.Random, *, others: list[str]) -> Iterator[str | bytes]:
    """`others` are ids of people and sessions that are none of the sender's business."""
    makers = (_command, _command, _command, _cut, _flipped, _deep, _big, _bytes)
    while True:
        yield chance.choice(makers)(chance, others)


def _command(chance: random.Random, others: list[str]) -> str:
    frame: dict[str, Any] = {"type": chance.choice((*protocol.TYPES, "hello", "system.lose", "")), "id": _id(chance)}
    for _ in range(chance.randrange(5)):
        frame[chance.choice(_FIELDS)] = chance.choice((*_VALUES, *others))
    return json.dumps(frame, ensure_ascii=chance.random() < 0.5)


def _cut(chance: random.Random, others: list[str]) -> str:
    whole = _command(chance, others)
    return whole[: chance.randrange(len(whole))]


def _flipped(chance: random.Random, others: list[str]) -> str:
    whole = list(_command(chance, others))
    for _ in range(3):
        whole[chance.randrange(len(whole))] = chr(chance.randrange(1, 0x7F))
    return "".join(whole)


def _deep(chance: random.Random, others: list[str]) -> str:
    head = f'{{"type":"checkin.record","id":"{_id(chance)}","kind":"rung","answers":'
    return head + chance.choice(("[", '{"a":')) * chance.randrange(1, 3000)


def _big(chance: random.Random, others: list[str]) -> str:
    return "[" + "0," * chance.randrange(8000, 30_000) + "0]"


def _bytes(chance: random.Random, others: list[str]) -> bytes:
    return chance.randbytes(chance.randrange(200))


def _id(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4)) if chance.random() < 0.9 else "7"
