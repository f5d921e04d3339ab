"""A phone as tests hold it: it fetches its bundle, guides a practice with the same machine, seals it and delivers it.

Its clock is its own, and may be a year off. Sealing is written here once more, with nothing of the server's: what
only one of the two got wrong would show.
"""

import base64
import io
import os
import secrets
from collections.abc import Iterable
from typing import Any, Final
from uuid import uuid4

import aiohttp
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exercises.model import Exercise
from server import wiring
from server.bodies import recorded
from server.db import approvals
from server.practice.names import practice_id
from sessions.care import CareState, SetProgramme, Suspension
from sessions.events import Recorded, SessionOpened
from sessions.evolve import evolve
from sessions.people import Actor, Role
from sessions.programme import Item
from sessions.state import SessionState
from sessions.told import Practice, entry_of
from tests.live.house import BREATHING, INTERNAL, House

JSON: Final = {"Content-Type": "application/json"}
ITEMS: Final = (
    Item(id="belly", exercise=BREATHING, version=2, times_a_week=5, minutes=10),
    Item(id="small", exercise=INTERNAL, version=2, times_a_week=3, rung="size-2"),
)
#: The steps of the dilator session.
ENTRANCE: Final = 3
INSERT: Final = 4
REMOVE: Final = 6
Json = dict[str, Any]


async def prescribe(house: House, *, items: tuple[Item, ...] = ITEMS, who: str = "patient") -> None:
    """The therapist has approved what the programme asks for, and prescribed it."""
    cast, app = house.cast, house.app
    async with app[wiring.STORE].write() as tx:
        for item in items:
            await approvals.approve(
                tx, cast.clinic, item.exercise, item.version, person_id=cast.therapist, now_ms=house.clock.now_ms()
            )
    therapist = Actor(id=cast.therapist, role=Role.THERAPIST)
    command = SetProgramme(items=items, reason="To begin with")
    await app[wiring.CARE].change(cast.clinic, getattr(cast, who), command, actor=therapist)


def sealed(plain: object, key: Json, *, session: str, n: int) -> str:
    """As PLAN says it, from the phone's side."""
    key_id = bytes.fromhex(key["id"])
    own = generate_private_key(SECP256R1())
    theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _from_base64(key["public"]))
    drawn = HKDF(SHA256(), 32, salt=None, info=b"ebb outbox 1" + key_id).derive(own.exchange(ECDH(), theirs))
    nonce = os.urandom(12)
    body = AESGCM(drawn).encrypt(nonce, msgspec.json.encode(plain), f"{session}/{n}".encode())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(b"\x01" + key_id + point + nonce + body).decode().rstrip("=")


class Phone:
    """One device of one patient. `wall_off_ms` is how wrong its clock is."""

    def __init__(self, house: House, http: aiohttp.ClientSession, *, wall_off_ms: int = 0) -> None:
        self.house, self.http, self.wall_off_ms = house, http, wall_off_ms
        self.bundle: Json = {}

    async def refresh(self) -> None:
        async with self.http.get("/practice/bundle.json") as answer:
            assert answer.status == 200, answer.status
            self.bundle = await answer.json()

    def wall_ms(self) -> int:
        return self.house.clock.now_ms() + self.wall_off_ms

    def begin(self, item: str = "small") -> "Practised":
        return Practised(self, item)

    async def post(self, parts: Iterable[Json], **headers: str) -> aiohttp.ClientResponse:
        own = {**JSON, "Origin": str(self.house.url.origin()), "Sec-Fetch-Site": "same-origin", **headers}
        answer = await self.http.post("/outbox", data=io.BytesIO(msgspec.json.encode(list(parts))), headers=own)
        await answer.read()
        return answer

    async def deliver(self, *parts: Json) -> list[str]:
        """The states, in the order sent."""
        answer = await self.post(parts)
        assert answer.status == 200, (answer.status, await answer.text())
        told = await answer.json()
        assert [(one["session"], one["n"]) for one in told] == [(one["session"], one["n"]) for one in parts]
        return [one["state"] for one in told]


class Practised:
    """One practice on the phone: what was tapped, and what its own machine made of it."""

    def __init__(self, phone: Phone, item: str) -> None:
        self.phone, self.item, self.bundle = phone, item, phone.bundle
        self.session = secrets.token_hex(16)
        self.begun_ms = phone.house.clock.now_ms()
        self.begun_wall_ms = phone.wall_ms()
        self.entries: list[Json] = []
        self.parts = 0
        self._told = 0
        exercises = msgspec.convert(self.bundle["exercises"], dict[str, Exercise])
        patient = Actor(id=self.bundle["you"]["id"], role=Role.PATIENT)
        self.machine = Practice(
            _opened(self.bundle, item, patient.id), patient=patient, find=exercises.get, fetched_ms=0
        )

    @property
    def ledger(self) -> str:
        return practice_id(self.bundle["you"]["id"], self.session)

    def told(self) -> list[str]:
        """What its own machine made of it: what the server has to come to as well."""
        return ["session.opened", *kinds(self.machine.lines)]

    @property
    def state(self) -> SessionState:
        return self.machine.state

    async def wait(self, ms: int) -> None:
        await self.phone.house.clock.advance(ms)

    def say(self, kind: str, /, **fields: Any) -> None:
        """A tap: the phone's machine has to follow it."""
        after_ms = self.phone.house.clock.now_ms() - self.begun_ms
        entry = {"type": kind, "id": str(uuid4()), **fields, "after_ms": after_ms}
        kept = len(self.state.kept)
        # On a time line of its own: the server has to come to the same events on another.
        self.machine.take(entry_of(entry), at_ms=1_000_000 + after_ms)
        assert len(self.state.kept) == kept, (entry, self.state.kept)
        self.entries.append(entry)

    def yes(self) -> None:
        assert self.state.asking is not None
        self.say("activity.answer", ask=self.state.asking.seq, answer="yes")

    async def inside(self, **checkin: Any) -> None:
        """A whole dilator session, with a check-in of these answers."""
        self.say("practice.screen", flags=[])
        await self.wait(5_000)
        self.say("activity.offer", exercise=INTERNAL, rung="size-2")
        self.say("activity.start")
        await self.wait(30_000)
        self.say("step.go", to=1)
        await self.wait(30_000)
        self.say("step.go", to=2)
        await self.wait(30_000)
        self.say("step.go", to=ENTRANCE)
        self.yes()
        await self.wait(60_000)
        self.say("step.go", to=REMOVE)
        await self.wait(20_000)
        self.say("activity.finish")
        answers = {"outcome": "completed", "pain_worst": 1, **checkin}
        self.say("checkin.record", kind="rung", answers=answers)
        await self.wait(3_000)
        self.say("practice.end")

    def part(self, *, n: int | None = None, entries: list[Json] | None = None, **other: Any) -> Json:
        """Seals what was tapped since the last part, or `entries`."""
        if entries is None:
            entries, self._told = self.entries[self._told :], len(self.entries)
        number = self.parts if n is None else n
        self.parts = max(self.parts, number + 1)
        plain = {
            "format": 1,
            "begun_wall_ms": self.begun_wall_ms,
            "sent_wall_ms": self.phone.wall_ms(),
            "care_seq": self.bundle["care_seq"],
            "programme": self.bundle["programme"]["version"] if self.bundle["programme"] else None,
            "item": self.item,
            "exercises": list(self.bundle["exercises"].values()),
            "entries": entries,
            **other,
        }
        text = sealed(plain, self.bundle["key"], session=self.session, n=number)
        return {"session": self.session, "n": number, "sealed": text}

    def in_parts(self, *cuts: int) -> list[Json]:
        """All that was tapped, cut after so many entries each."""
        at = 0
        found: list[Json] = []
        for cut in (*cuts, len(self.entries)):
            found.append(self.part(n=len(found), entries=self.entries[at:cut]))
            at = cut
        return found


async def events_of(house: House, ledger: str, *, who: str = "patient") -> list[Recorded]:
    """The lines as they stand in the database, checked against their chain."""
    app, clinic = house.app, house.cast.clinic
    await app[wiring.LEDGERS].verify_chain(clinic, ledger)
    keys = await app[wiring.KEYRING].keys_of(clinic, getattr(house.cast, who))
    return [recorded(row) for row in await app[wiring.LEDGERS].events(clinic, ledger, keys=keys)]


def kinds(lines: Iterable[Recorded]) -> list[str]:
    return [str(line.event.__struct_config__.tag) for line in lines]


def _opened(bundle: Json, item: str, patient: str) -> SessionState:
    told = bundle["care"]
    suspended = None if told["suspended"] is None else Suspension(say=told["suspended"]["say"], reason="", since_ms=0)
    known = {name: told[name] for name in ("enabled", "ladder", "rung", "half_step", "wording", "thresholds")}
    care = msgspec.convert({**known, "programme": bundle["programme"]}, CareState)
    event = SessionOpened(
        kind="practice",
        people={patient: Role.PATIENT},
        due_ms=1_000_000,
        planned_minutes=0,
        care=msgspec.structs.replace(care, suspended=suspended),
        programme=bundle["programme"]["version"] if bundle["programme"] else None,
        item=item,
    )
    return evolve(SessionState(), Recorded(seq=1, at=1_000_000, by="", role=Role.SYSTEM, event=event))


def _from_base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
