"""How recovery codes are kept: slowly hashed with a salt, bound to their person; and those of before go on working."""

import math

import pytest

from server import wiring
from server.accounts import recovery_codes
from server.accounts.invitations import ALPHABET
from server.accounts.passwords import SALT_BYTES
from server.accounts.recovery_codes import CODE_CHARS, CODES, Stretching
from server.db import people, second_steps
from server.db.people import Person
from server.db.second_steps import QUICK_BYTES
from tests.conftest import BOTH
from tests.live.house import House
from tests.pages.reader import Reader, reading
from tests.pages.steps import RIGHT, codes_on, signed_in

OLD = ["ABCDE FGHJK", "MNPQR STUVW"]


async def therapist(house: House) -> Person:
    async with house.app[wiring.STORE].reader() as tx:
        found = await people.person(tx, house.cast.clinic, house.cast.therapist)
    assert found is not None
    return found


async def kept(house: House) -> list[bytes]:
    async with house.app[wiring.STORE].reader() as tx:
        return await second_steps.codes_left(tx, house.cast.clinic, house.cast.therapist)


async def keep_old_ones(house: House) -> list[bytes]:
    """As the version before this one kept them."""
    person = await therapist(house)
    hashes = [house.app[wiring.KEYS].code_hash(f"recovery/{person.id}/{code}") for code in OLD]
    async with house.app[wiring.STORE].write() as tx:
        await second_steps.set_recovery_codes(tx, person.clinic_id, person.id, hashes, now_ms=1)
    return hashes


async def stretch(house: House) -> None:
    app = house.app
    await Stretching(store=app[wiring.STORE], passwords=app[wiring.PASSWORDS], clock=house.clock).look()


async def lets_in(house: House, somebody: Reader, code: str) -> bool:
    asked = await somebody.sends("/sign-in", RIGHT)
    assert asked.path == "/second-step"
    return (await somebody.sends("/second-step", {"recovery": code})).path == "/desk"


def test_a_code_has_as_many_bits_as_the_page_on_trust_says():
    assert math.floor(CODE_CHARS * math.log2(len(ALPHABET))) == 59
    codes = recovery_codes.made()
    assert len(set(codes)) == CODES
    assert {len(code.replace(" ", "")) for code in codes} == {CODE_CHARS}


async def test_what_is_kept_is_salted_and_slow_and_another_for_the_same_code(house: House):
    person, code = await therapist(house), "K7QP M2XW VBH9"
    one, same = [(await recovery_codes.hashes(house.app, person, [code]))[0] for _ in range(2)]
    quick = house.app[wiring.KEYS].code_hash(f"recovery/{person.id}/{code}")

    assert one != same
    assert len(one) == SALT_BYTES + 32
    assert quick not in one
    assert one[SALT_BYTES:] == await house.app[wiring.PASSWORDS].stretched(quick, one[:SALT_BYTES])


async def test_all_that_are_made_are_kept_so_and_one_lets_in_once(house: House):
    async with reading(house) as somebody:
        await signed_in(house, somebody)
        codes = codes_on(await somebody.sends("/second-step/codes"))
    rows = await kept(house)
    assert {len(row) for row in rows} == {SALT_BYTES + 32}
    assert len({row[:SALT_BYTES] for row in rows}) == 1, "one salt for a set, so that a try costs one slow hash"

    for code, right in ((codes[4], True), (codes[4], False), (codes[5].lower().replace(" ", "-"), True)):
        async with reading(house) as without_a_phone:
            assert await lets_in(house, without_a_phone, code) is right


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_codes_of_before_go_on_working_before_and_after_they_are_brought_to_the_slow_hash(house: House):
    async with reading(house) as somebody:
        await signed_in(house, somebody)
    quick = await keep_old_ones(house)

    async with reading(house) as without_a_phone:
        assert await lets_in(house, without_a_phone, OLD[0])
    await stretch(house)
    rows = await kept(house)
    async with reading(house) as without_a_phone:
        assert await lets_in(house, without_a_phone, OLD[1].lower())

    assert [len(row) for row in rows] == [SALT_BYTES + 32]
    assert all(one not in row for one in quick for row in rows)
    assert await kept(house) == []


async def test_a_server_brings_them_there_by_itself(house: House):
    await keep_old_ones(house)

    await house.keep_time_going(lambda: all_slow(house))

    assert len(await kept(house)) == len(OLD)


async def all_slow(house: House) -> bool:
    return all(len(row) > QUICK_BYTES for row in await kept(house))


async def test_one_that_was_used_meanwhile_stays_used(house: House):
    """Another node is in the middle of it."""
    (first, second) = await keep_old_ones(house)
    cast = house.cast
    async with house.app[wiring.STORE].write() as tx:
        assert await second_steps.use_recovery_code(tx, cast.clinic, cast.therapist, first, now_ms=2)
        await second_steps.keep_code_as(tx, cast.clinic, cast.therapist, before=first, after=b"x" * 48)
        await second_steps.keep_code_as(tx, cast.clinic, cast.therapist, before=second, after=b"y" * 48)

    assert await kept(house) == [b"y" * 48]
