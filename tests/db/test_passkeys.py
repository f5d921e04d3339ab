"""Passkeys in both databases: found by their id, counted, moved by nobody."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, text

from server.clock import ManualClock
from server.db import passkeys
from server.db.errors import Taken
from server.db.passkeys import Passkey
from server.db.store import Store
from server.db.tables import DirectoryRow
from server.db.trust_tables import PasskeyRow
from tests.db.cast import Cast
from tests.db.erasing import erase


async def make(store: Store, cast: Cast, who: str = "patient", name: str = "phone", *, count: int = 1) -> Passkey:
    async with store.write() as tx:
        return await passkeys.add_passkey(
            tx,
            clinic_id=cast.clinic,
            person_id=getattr(cast, who),
            credential_id=f"credential of {name}".encode(),
            public_key=f"public key of {name}".encode(),
            sign_count=count,
            transports=("internal", "hybrid"),
            label=name,
            now_ms=1_000,
        )


async def found(store: Store, name: str = "phone") -> Passkey | None:
    async with store.reader() as tx:
        return await passkeys.by_credential_id(tx, f"credential of {name}".encode())


async def listed(store: Store) -> int:
    async with store.reader() as tx:
        kind = DirectoryRow.kind == passkeys.PASSKEY
        return int((await tx.db.execute(select(func.count()).select_from(DirectoryRow).where(kind))).scalar_one())  # type: ignore[arg-type]


async def write(store: Store, statement: str, **values: Any) -> None:
    async with store.write() as tx:
        await tx.db.execute(text(statement), values)


async def use(store: Store, passkey: Passkey, count: int) -> bool:
    async with store.write() as tx:
        return await passkeys.used(tx, passkey, sign_count=count, now_ms=2_000)


@pytest.mark.parametrize("who", ["patient", "therapist", "support"])
async def test_it_is_found_as_it_was_kept(store: Store, cast: Cast, who: str) -> None:
    made = await make(store, cast, who)

    assert await found(store) == made
    assert made.person_id == getattr(cast, who)
    assert made.label == "phone"
    assert made.transports == ("internal", "hybrid")
    assert await found(store, "another phone") is None


async def test_its_name_stands_nowhere_in_the_clear(store: Store, cast: Cast) -> None:
    await make(store, cast, name="a telling name")

    async with store.reader() as tx:
        row = (await tx.db.scalars(select(PasskeyRow))).one()
    assert b"telling" not in (row.label_enc or b"")


async def test_one_credential_is_kept_once(store: Store, cast: Cast) -> None:
    made = await make(store, cast)
    for who in ("patient", "other_patient", "therapist"):
        with pytest.raises(Taken):
            await make(store, cast, who)

    assert await found(store) == made
    assert await listed(store) == 1


async def test_each_sees_their_own_in_order(store: Store, cast: Cast) -> None:
    await make(store, cast, name="phone")
    await make(store, cast, "other_patient", name="tablet")
    await make(store, cast, name="laptop")

    async with store.reader() as tx:
        mine = await passkeys.passkeys_of(tx, cast.clinic, cast.patient)
        assert await passkeys.count_of(tx, cast.clinic, cast.patient) == 2
        assert await passkeys.count_of(tx, cast.clinic, cast.therapist) == 0
    assert {passkey.label for passkey in mine} == {"phone", "laptop"}


async def test_a_counter_goes_on_and_never_back(store: Store, cast: Cast) -> None:
    made = await make(store, cast, count=5)

    assert await use(store, made, 6)
    assert not await use(store, made, 6)
    assert not await use(store, made, 3)
    # One that counted once does not stop counting.
    assert not await use(store, made, 0)
    assert await use(store, made, 900)
    kept = await found(store)
    assert kept is not None
    assert (kept.sign_count, kept.used_ms) == (900, 2_000)


async def test_one_that_counts_nothing_goes_on(store: Store, cast: Cast) -> None:
    made = await make(store, cast, count=0)

    assert await use(store, made, 0)
    assert await use(store, made, 0)


async def test_of_two_who_use_the_same_count_at_once_one_does(store: Store, cast: Cast) -> None:
    made = await make(store, cast)

    assert sorted(await asyncio.gather(*(use(store, made, 2) for _ in range(4)))) == [False, False, False, True]


async def test_it_gets_another_name_from_its_owner_alone(store: Store, cast: Cast) -> None:
    made = await make(store, cast)
    for who, expected in ((cast.other_patient, False), (cast.patient, True)):
        async with store.write() as tx:
            renamed = await passkeys.rename(
                tx, clinic_id=cast.clinic, person_id=who, passkey_id=made.id, label=f"named by {who}"
            )
        assert renamed is expected

    kept = await found(store)
    assert kept is not None
    assert kept.label == f"named by {cast.patient}"


async def test_it_is_removed_by_its_owner_alone_and_can_be_made_again(store: Store, cast: Cast) -> None:
    made = await make(store, cast)
    for who, expected in ((cast.other_patient, False), (cast.patient, True), (cast.patient, False)):
        async with store.write() as tx:
            removed = await passkeys.remove(tx, clinic_id=cast.clinic, person_id=who, passkey_id=made.id)
        assert removed is expected

    assert await found(store) is None
    assert await listed(store) == 0
    assert not await use(store, made, 7)
    await make(store, cast, "other_patient")


async def test_all_of_a_person_go_and_those_of_others_stay(store: Store, cast: Cast) -> None:
    for name in ("phone", "laptop"):
        await make(store, cast, name=name)
    await make(store, cast, "therapist", name="tablet")
    async with store.write() as tx:
        assert await passkeys.remove_all_of(tx, cast.clinic, cast.patient) == 2
        assert await passkeys.remove_all_of(tx, cast.clinic, cast.patient) == 0

    assert await found(store) is None
    assert await found(store, "tablet") is not None
    assert await listed(store) == 1


async def test_whoever_is_erased_keeps_none(store: Store, cast: Cast, clock: ManualClock) -> None:
    await make(store, cast)
    async with store.write() as tx:
        await erase(tx, cast.clinic, cast.patient, now_ms=clock.now_ms())

    assert await found(store) is None
    assert await listed(store) == 0


@pytest.mark.parametrize(
    "moved",
    [
        "UPDATE passkey SET person_id = :other WHERE id = :id",
        "UPDATE passkey SET public_key = :forged WHERE id = :id",
        "UPDATE passkey SET label_enc = NULL WHERE id = :id",
    ],
)
async def test_a_row_that_somebody_wrote_without_the_key_is_known_for_it(store: Store, cast: Cast, moved: str) -> None:
    made = await make(store, cast)
    values = {"other": cast.other_patient, "forged": b"a public key of somebody else's", "id": made.id}
    await write(store, moved, **{name: value for name, value in values.items() if f":{name}" in moved})

    kept = await found(store)
    assert kept is not None
    assert kept.label is None


async def test_a_directory_that_leads_elsewhere_leads_nowhere(store: Store, cast: Cast) -> None:
    mine, other = await make(store, cast), await make(store, cast, "other_patient", name="tablet")
    await write(store, "UPDATE directory SET subject_id = :to WHERE subject_id = :of", to=mine.id, of=other.id)

    assert await found(store, "tablet") is None
    assert await found(store) == mine
