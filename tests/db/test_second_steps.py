"""Second steps as they are stored: one caller of each code, nothing readable, nothing left when it is taken away."""

import asyncio

import pytest
from sqlmodel import col, select

from server.db import second_steps
from server.db.errors import Unreadable
from server.db.store import Store
from server.db.trust_tables import AuthenticatorRow, RecoveryCodeRow
from tests.db.cast import Cast

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HASHES = [bytes([number]) * 32 for number in range(10)]


async def with_an_app(store: Store, cast: Cast, who: str, *, step: int = 100) -> None:
    async with store.write() as tx:
        await second_steps.set_authenticator(tx, cast.clinic, who, secret=SECRET, step=step, now_ms=1_000)


async def test_a_step_is_used_by_one_caller_and_none_before_it(store: Store, cast: Cast) -> None:
    await with_an_app(store, cast, cast.therapist)

    async def use(step: int) -> bool:
        async with store.write() as tx:
            return await second_steps.use_step(tx, cast.clinic, cast.therapist, step=step)

    assert sorted(await asyncio.gather(*(use(101) for _ in range(5)))) == [False] * 4 + [True]
    assert not await use(100)
    assert not await use(101)
    assert await use(102)


async def test_a_recovery_code_is_used_by_one_caller(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        await second_steps.set_recovery_codes(tx, cast.clinic, cast.therapist, HASHES, now_ms=1_000)

    async def use(code: bytes, who: str) -> bool:
        async with store.write() as tx:
            return await second_steps.use_recovery_code(tx, cast.clinic, who, code, now_ms=2_000)

    assert sorted(await asyncio.gather(*(use(HASHES[0], cast.therapist) for _ in range(5)))) == [False] * 4 + [True]
    assert not await use(HASHES[1], cast.owner)
    assert await use(HASHES[1], cast.therapist)
    async with store.reader() as tx:
        assert (await second_steps.ways_of(tx, cast.clinic, cast.therapist)).codes_left == 8


async def test_what_an_app_and_we_share_is_sealed_and_bound_to_its_person(store: Store, cast: Cast) -> None:
    await with_an_app(store, cast, cast.therapist)
    await with_an_app(store, cast, cast.owner)
    async with store.write() as tx:
        theirs = await tx.db.get_one(AuthenticatorRow, (cast.clinic, cast.therapist))
        assert SECRET.encode() not in theirs.secret_enc
        # A row that was copied to another person in the database.
        (await tx.db.get_one(AuthenticatorRow, (cast.clinic, cast.owner))).secret_enc = theirs.secret_enc
    async with store.reader() as tx:
        assert await second_steps.secret_of(tx, cast.clinic, cast.therapist) == SECRET
        with pytest.raises(Unreadable):
            await second_steps.secret_of(tx, cast.clinic, cast.owner)


async def test_beginning_anew_leaves_nothing(store: Store, cast: Cast) -> None:
    await with_an_app(store, cast, cast.therapist)
    async with store.write() as tx:
        await second_steps.set_recovery_codes(tx, cast.clinic, cast.therapist, HASHES, now_ms=1_000)
        await second_steps.remove_all_of(tx, cast.clinic, cast.therapist)
    async with store.reader() as tx:
        ways = await second_steps.ways_of(tx, cast.clinic, cast.therapist)
        codes = (
            await tx.db.scalars(select(RecoveryCodeRow).where(col(RecoveryCodeRow.clinic_id) == cast.clinic))
        ).all()

    assert (ways.any, ways.codes_left, list(codes)) == (False, 0, [])


async def test_another_app_takes_the_place_of_the_first(store: Store, cast: Cast) -> None:
    await with_an_app(store, cast, cast.therapist, step=100)
    async with store.write() as tx:
        await second_steps.set_authenticator(tx, cast.clinic, cast.therapist, secret="B" * 32, step=7, now_ms=2_000)
    async with store.reader() as tx:
        assert await second_steps.secret_of(tx, cast.clinic, cast.therapist) == "B" * 32
    async with store.write() as tx:
        assert await second_steps.use_step(tx, cast.clinic, cast.therapist, step=8)
