"""What cannot be opened, read or followed is kept as it came, told in words, and never keeps anything else back."""

import base64
import secrets
from typing import Any

import pytest

from server import wiring
from server.db import outbox
from server.practice import parts
from sessions.events import PracticeKept
from tests.conftest import BOTH
from tests.live.house import House
from tests.practice.phone import Phone, events_of, kinds, sealed


async def aside(house: House) -> list[outbox.Part]:
    async with house.app[wiring.STORE].reader() as tx:
        return await outbox.aside_of(tx, house.cast.clinic, house.cast.patient)


def broken(text: str) -> str:
    """One bit of the ciphertext turned."""
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[-1] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_part_that_cannot_be_opened_keeps_back_none_of_the_others(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside(pain_worst=8)
    first, second, third = practice.in_parts(3, 5)
    second = {**second, "sealed": broken(second["sealed"])}

    assert await phone.deliver(first, second, third) == ["stored", "kept_aside", "stored"]

    (part,) = await aside(house)
    assert (part.n, part.why) == (1, "not_opened")
    lines = await events_of(house, practice.ledger)
    # What was in the middle is missing, so some of the rest does not follow from anything. It is all there.
    kept = [line.event.entry["id"] for line in lines if isinstance(line.event, PracticeKept)]
    done = [line.cause for line in lines if line.cause]
    sent = [entry["id"] for entry in (*practice.entries[:3], *practice.entries[5:])]
    assert set(sent) <= {*kept, *done}
    # Pain is heard, however it came.
    care = await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)
    assert care.suspended is not None


async def test_both_are_told_in_words(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    part = practice.part()
    await phone.deliver({**part, "sealed": broken(part["sealed"])})

    async with house.browsing("patient") as http:
        today = await (await http.get("/today")).text()
        own = await (await http.get("/kept")).text()
    async with house.browsing("therapist") as http:
        patient = await (await http.get(f"/patients/{house.cast.patient}")).text()
        theirs = await (await http.get(f"/patients/{house.cast.patient}/kept")).text()

    assert "/kept" in today
    assert "Nothing of it is lost" in own
    assert "its seal does not open" in own
    assert "came and could not be opened" in patient
    assert f"/patients/{house.cast.patient}/kept" in patient
    assert "no rule has seen what they say" in theirs


async def test_what_can_be_opened_again_is_taken_when_somebody_asks(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    part = practice.part()
    key_id = phone.bundle["key"]["id"]
    # The database is put back to before the key; and then to where it is there again.
    async with house.app[wiring.STORE].reader() as tx:
        secret = await outbox.secret_of(tx, house.cast.clinic, house.cast.patient, key_id)
        public = await outbox.current_key(tx, house.cast.clinic, house.cast.patient)
    assert secret is not None
    assert public is not None
    async with house.app[wiring.STORE].write() as tx:
        await outbox.add_key(
            tx,
            house.cast.clinic,
            house.cast.patient,
            key=outbox.PublicKey(secrets.token_hex(16), b"", 0),
            secret=b"",
        )
        assert await outbox.destroy_keys(tx, retired_before_ms=1) == 1
    assert await phone.deliver(part) == ["kept_aside"]
    assert [one.why for one in await aside(house)] == ["no_key"]
    assert await phone.deliver(part) == ["kept_aside"]

    async with house.app[wiring.STORE].write() as tx:
        await outbox.add_key(tx, house.cast.clinic, house.cast.patient, key=public, secret=secret)
    headers = {"Origin": str(house.url.origin()), "Sec-Fetch-Site": "same-origin"}
    async with house.browsing("therapist") as http:
        path = f"/patients/{house.cast.patient}/kept"
        answer = await (await http.post(path, headers=headers)).text()

    assert "1 part could be opened now" in answer
    assert await aside(house) == []
    assert kinds(await events_of(house, practice.ledger)) == practice.told()
    assert await phone.deliver(part) == ["already"]


async def test_a_part_sent_again_is_looked_at_again(house: House, phone: Phone) -> None:
    """A newer phone than its server: after the renewal the same bytes are read."""
    practice = phone.begin()
    await practice.inside()
    part = practice.part(format=2)

    assert await phone.deliver(part) == ["kept_aside"]
    assert [one.why for one in await aside(house)] == ["not_read"]
    assert await phone.deliver(part) == ["kept_aside"]
    assert len(await aside(house)) == 1


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_number_told_once_more_brings_what_it_did_not_tell_before(house: House, phone: Phone) -> None:
    """A full phone delivered from memory, was killed, and went on from what it had kept before."""
    practice = phone.begin()
    await practice.inside(pain_worst=8)
    first, more = practice.part(n=0, entries=practice.entries[:6]), practice.part(n=0, entries=practice.entries)

    assert await phone.deliver(first, more, more, first) == ["stored", "stored", "already", "already"]

    assert kinds(await events_of(house, practice.ledger)) == practice.told()
    assert await aside(house) == []
    care = await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)
    assert care.suspended is not None


async def test_two_that_wait_under_one_number_are_both_kept(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    first, second = practice.in_parts(4)
    another = practice.part(n=1, entries=practice.entries[4:6])

    assert await phone.deliver(second, another, another) == ["stored", "kept_aside", "kept_aside"]
    assert [one.why for one in await aside(house)] == ["another"]

    assert await phone.deliver(first) == ["stored"]
    assert kinds(await events_of(house, practice.ledger)) == practice.told()


async def test_what_does_not_open_is_not_taken_for_more_of_the_same(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    part = practice.part(n=0, entries=practice.entries)

    assert await phone.deliver(part, {**part, "sealed": broken(part["sealed"])}) == ["stored", "kept_aside"]

    assert kinds(await events_of(house, practice.ledger)) == practice.told()
    assert [one.why for one in await aside(house)] == ["another"]


async def test_nobody_opens_with_the_key_of_somebody_else(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    part = practice.part()
    async with house.browsing("other_patient") as http:
        assert await Phone(house, http).deliver(part) == ["kept_aside"]

    async with house.app[wiring.STORE].reader() as tx:
        (kept,) = await outbox.aside_of(tx, house.cast.clinic, house.cast.other_patient)
    assert kept.why == "no_key"
    assert await phone.deliver(part) == ["stored"]


async def test_a_part_that_was_moved_to_another_place_does_not_open(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    first, second = practice.in_parts(4)

    moved = [{**first, "n": 1}, {**second, "n": 0}]

    # The one that waited for its predecessor was not looked at before.
    assert await phone.deliver(*moved) == ["stored", "kept_aside"]
    assert [(one.n, one.why) for one in await aside(house)] == [(0, "not_opened"), (1, "not_opened")]
    assert await phone.deliver(*moved) == ["kept_aside", "kept_aside"]


#: What a phone that went wrong may say of one tap.
MAD: list[Any] = [
    {"type": "activity.start"},
    {"type": "visit.end", "id": "00000000000000000000000000000001", "after_ms": 5},
    {"type": "step.go", "id": "00000000000000000000000000000002", "to": 400, "after_ms": 6},
    {"type": "no.such", "after_ms": -4},
    ["a", "list"],
    None,
    {"type": "activity.offer", "id": "00000000000000000000000000000003", "exercise": "odd", "after_ms": "soon"},
    {"type": "activity.offer", "id": "00000000000000000000000000000004", "exercise": "odd", "after_ms": 10**30},
    {"type": "pacer.set", "id": "00000000000000000000000000000005", "in_ms": 1, "after_ms": 9},
]


async def test_entries_that_make_no_sense_are_kept_with_a_concern(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    part = practice.part(entries=[*MAD, *practice.entries])

    assert await phone.deliver(part) == ["stored"]

    lines = await events_of(house, practice.ledger)
    assert len([line for line in lines if isinstance(line.event, PracticeKept)]) == len(MAD)
    assert [kind for kind in kinds(lines) if kind not in ("practice.kept", "concern.raised")] == practice.told()
    assert kinds(lines).count("concern.raised") == 1


async def test_a_script_that_no_library_would_let_through_is_kept_aside(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    # A way out that is not there.
    exercises = [
        {**exercise, "steps": [{**step, "way_out": "nowhere", "internal": True} for step in exercise["steps"]]}
        for exercise in phone.bundle["exercises"].values()
    ]

    states = await phone.deliver(practice.part(exercises=exercises))

    # Followed as far as it goes, or kept aside: never an error, and never dropped.
    assert states in (["stored"], ["kept_aside"])


@pytest.mark.parametrize(
    "plain",
    [None, [], {}, {"format": 1}, {"format": 1, "begun_wall_ms": "x"}, "x" * 1000, {"format": 1, "entries": 4}],
    ids=str,
)
async def test_a_part_that_says_nothing_is_kept_aside(house: House, phone: Phone, plain: object) -> None:
    session = secrets.token_hex(16)

    states = await phone.deliver(
        {"session": session, "n": 0, "sealed": sealed(plain, phone.bundle["key"], session=session, n=0)}
    )

    assert states == ["kept_aside"]
    assert [one.why for one in await aside(house)] == ["not_read"]


def _nested(levels: int) -> Any:
    told: Any = []
    for _ in range(levels):
        told = [told]
    return told


#: Much more than anybody taps in the few minutes of a part; and an entry that could be written, and not be read again.
BEYOND: list[list[Any]] = [[{}] * (parts.ENTRIES_MOST + 1), [{"deep": _nested(parts.LEVELS_MOST)}], [_nested(600)]]


@pytest.mark.parametrize("entries", BEYOND, ids=("many", "deep", "deeper"))
async def test_entries_beyond_all_measure_are_kept_aside(house: House, phone: Phone, entries: list[Any]) -> None:
    practice = phone.begin()
    await practice.inside()

    assert await phone.deliver(practice.part(entries=entries), practice.part()) == ["kept_aside", "stored"]

    assert [one.why for one in await aside(house)] == ["not_read"]


async def test_entries_up_to_the_measure_are_taken(house: House, phone: Phone) -> None:
    practice = phone.begin()
    entries = [{"deep": _nested(parts.LEVELS_MOST - 3)}, *[{}] * (parts.ENTRIES_MOST - 1)]

    assert await phone.deliver(practice.part(entries=entries)) == ["stored"]

    lines = await events_of(house, practice.ledger)
    assert kinds(lines).count("practice.kept") == parts.ENTRIES_MOST


async def test_what_is_not_sealed_at_all_is_not_stored_in_clear(house: House, phone: Phone) -> None:
    session = secrets.token_hex(16)
    words = base64.urlsafe_b64encode(b"dilator " * 40).decode()

    assert await phone.deliver({"session": session, "n": 0, "sealed": words}) == ["kept_aside"]
    assert await phone.deliver({"session": session, "n": 1, "sealed": "dilator, in plain words"}) == ["kept_aside"]

    async with house.app[wiring.STORE].reader() as tx:
        for n in (0, 1):
            stored = await outbox.sealed_of(tx, house.cast.clinic, house.cast.patient, session, n)
            assert stored is not None
            assert b"dilator" not in stored
