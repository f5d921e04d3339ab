"""Reminders as rows: whoever changes one from what was read has it, on both databases; nobody else can read it."""

import asyncio

from server.db import reminders
from server.db.store import Store
from server.db.vault import KeyKind
from tests.db.cast import Cast

BODY = b'{"email":"robin@mail.example"}'


async def put(store: Store, cast: Cast, *, next_ms: int | None = 100, quiet_hash: bytes | None = b"q" * 32) -> None:
    async with store.write() as tx:
        await reminders.put(tx, cast.clinic, cast.patient, BODY, next_ms=next_ms, quiet_hash=quiet_hash)


async def test_only_what_is_due_is_found_and_read(store: Store, cast: Cast):
    await put(store, cast)

    async with store.reader() as tx:
        early = await reminders.due(tx, now_ms=99, limit=10)
        due = await reminders.due(tx, now_ms=100, limit=10)

    assert early == []
    assert [(one.patient_id, one.body, one.next_ms) for one in due] == [(cast.patient, BODY, 100)]


async def test_what_has_no_next_time_is_never_due(store: Store, cast: Cast):
    await put(store, cast, next_ms=None)

    async with store.reader() as tx:
        assert await reminders.due(tx, now_ms=10**15, limit=10) == []


async def test_one_of_several_who_claim_it_at_once_has_it(store: Store, cast: Cast):
    await put(store, cast)
    async with store.reader() as tx:
        (due,) = await reminders.due(tx, now_ms=100, limit=10)

    async def claim() -> bool:
        async with store.write() as tx:
            return await reminders.change(tx, due, next_ms=200) is not None

    claimed = await asyncio.gather(*(claim() for _ in range(6)))

    assert sorted(claimed) == [False] * 5 + [True]


async def test_who_changed_theirs_meanwhile_has_the_last_word(store: Store, cast: Cast):
    await put(store, cast)
    async with store.reader() as tx:
        (due,) = await reminders.due(tx, now_ms=100, limit=10)
    await put(store, cast)

    async with store.write() as tx:
        assert await reminders.change(tx, due, next_ms=200, body=b"older") is None

    async with store.reader() as tx:
        kept = await reminders.reminder(tx, cast.clinic, cast.patient)
    assert kept is not None
    assert (kept.body, kept.next_ms) == (BODY, 100)


async def test_its_mails_are_turned_off_by_the_newest_token_alone(store: Store, cast: Cast):
    await put(store, cast, quiet_hash=b"a" * 32)
    await put(store, cast, quiet_hash=b"b" * 32)

    async with store.reader() as tx:
        old = await reminders.by_quiet_hash(tx, b"a" * 32)
        new = await reminders.by_quiet_hash(tx, b"b" * 32)
    async with store.write() as tx:
        await reminders.remove(tx, cast.clinic, cast.patient)
    async with store.reader() as tx:
        gone = await reminders.by_quiet_hash(tx, b"b" * 32)
        row = await reminders.reminder(tx, cast.clinic, cast.patient)

    assert (old, new) == (None, (cast.clinic, cast.patient))
    assert (gone, row) == (None, None)


async def test_the_address_goes_with_the_personal_key(store: Store, cast: Cast):
    await put(store, cast)
    await store.ring.destroy(cast.clinic, cast.patient, KeyKind.PERSONAL)

    async with store.reader() as tx:
        kept = await reminders.reminder(tx, cast.clinic, cast.patient)

    assert kept is not None
    assert kept.body is None
    assert b"robin" not in kept.sealed
