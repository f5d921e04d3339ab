"""Staff sign in with a second step: a code of an app, or a recovery code. Nothing of the house is shown before it."""

import asyncio

import pytest

from server import wiring
from server.accounts import half, recovery_codes, signing
from server.accounts.second_step import STEP_MS, TRIES_A_DAY
from server.accounts.signing import DAY_MS, TRIES_OF_ADDRESS, WINDOW_MS
from server.db import logins, people, second_steps
from tests.conftest import BOTH
from tests.live.house import House
from tests.pages.reader import Read, Reader, reading
from tests.pages.steps import (
    PASSWORD,
    RIGHT,
    code_of,
    codes_on,
    has_a_password,
    has_an_app,
    secret_on,
    sets_up,
    signed_in,
)


async def half_way(house: House, somebody: Reader) -> str:
    """The password was right. Returns the secret of the app."""
    await has_a_password(house)
    secret = await has_an_app(house)
    assert (await somebody.sends("/sign-in", RIGHT)).path == "/second-step"
    return secret


async def writes(somebody: Reader, code: str) -> Read:
    return await somebody.sends("/second-step", {"code": code})


async def uses(somebody: Reader, recovery: str) -> Read:
    return await somebody.sends("/second-step", {"recovery": recovery})


def is_in(page: Read) -> bool:
    return page.status == 200 and page.path == "/desk"


# Showing it


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_password_and_a_code_let_a_therapist_in(house: House) -> None:
    async with reading(house) as therapist:
        secret = await half_way(house, therapist)
        before = await therapist.opens("/desk")
        let_in = await writes(therapist, code_of(house, secret))

    assert before.path.startswith("/sign-in")
    assert is_in(let_in)


async def test_half_signed_in_there_is_no_login_and_after_five_minutes_nothing_at_all(house: House) -> None:
    async with reading(house) as therapist:
        secret = await half_way(house, therapist)
        async with house.app[wiring.STORE].reader() as tx:
            there = await logins.logins_of(tx, house.cast.clinic, house.cast.therapist, now_ms=house.clock.now_ms())
        await house.clock.advance(half.LASTS_MS)
        late = await writes(therapist, code_of(house, secret))

    # The one that the cast came with.
    assert [login.id for login in there] == [house.cast.logins["therapist"]]
    assert late.path == "/sign-in"


async def test_a_password_that_was_changed_meanwhile_ends_what_was_begun_with_it(house: House) -> None:
    async with reading(house) as thief:
        secret = await half_way(house, thief)
        hashed = await house.app[wiring.PASSWORDS].hash("five other quiet words")
        async with house.app[wiring.STORE].write() as tx:
            await people.set_password_hash(tx, house.cast.clinic, house.cast.therapist, password_hash=hashed)

        assert (await writes(thief, code_of(house, secret))).path == "/sign-in"


@pytest.mark.parametrize("off_ms", [-STEP_MS, 0, STEP_MS])
async def test_a_clock_that_is_half_a_minute_off_does_no_harm(house: House, off_ms: int) -> None:
    async with reading(house) as therapist:
        secret = await half_way(house, therapist)

        assert is_in(await writes(therapist, code_of(house, secret, off_ms=off_ms)))


@pytest.mark.parametrize("off_ms", [-90_000, 90_000, -2 * 60_000, 2 * 60_000])
async def test_a_clock_that_is_further_off_is_named_and_lets_nobody_in(house: House, off_ms: int) -> None:
    async with reading(house) as therapist:
        secret = await half_way(house, therapist)
        refused = await writes(therapist, code_of(house, secret, off_ms=off_ms))
        after = await therapist.opens("/desk")

    assert refused.status == 422
    assert "clock of your phone seems to be off" in refused.words
    assert after.path.startswith("/sign-in")


async def test_a_code_is_taken_once_and_none_from_before_it(house: House) -> None:
    async with reading(house) as therapist, reading(house) as over_the_shoulder:
        secret = await half_way(house, therapist)
        code, before = code_of(house, secret), code_of(house, secret, off_ms=-STEP_MS)
        await over_the_shoulder.sends("/sign-in", RIGHT)
        assert is_in(await writes(therapist, code))

        for seen in (code, before):
            again = await writes(over_the_shoulder, seen)
            assert again.status == 422
            assert "That did not match." in again.words
        await house.clock.advance(STEP_MS)
        assert is_in(await writes(over_the_shoulder, code_of(house, secret)))


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_of_two_tabs_that_send_the_same_code_one_gets_in(house: House) -> None:
    async with reading(house) as one, reading(house) as other:
        secret = await half_way(house, one)
        await other.sends("/sign-in", RIGHT)
        code = code_of(house, secret)
        pages = await asyncio.gather(writes(one, code), writes(other, code))

    assert sorted(page.status for page in pages) == [200, 422]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "０００００００", "'; DROP TABLE", "1" * 39])
async def test_what_is_no_code_is_refused_in_words(house: House, typed: str) -> None:
    async with reading(house) as therapist:
        await half_way(house, therapist)
        refused = await writes(therapist, typed)

    assert refused.status == 422
    assert "Please look at this again" in refused.words


async def test_a_code_is_read_with_the_gap_that_apps_show(house: House) -> None:
    async with reading(house) as therapist:
        secret = await half_way(house, therapist)
        code = code_of(house, secret)

        assert is_in(await writes(therapist, f" {code[:3]} {code[3:]} "))


async def test_ten_wrong_codes_end_the_trying_until_the_quarter_of_an_hour_is_over(house: House) -> None:
    async with reading(house) as guesser:
        secret = await half_way(house, guesser)
        statuses = [(await writes(guesser, "000000")).status for _ in range(TRIES_OF_ADDRESS)]
        right = await writes(guesser, code_of(house, secret))
        recovery = await uses(guesser, "ABCDE FGHJK")
    await house.clock.advance(WINDOW_MS)
    async with reading(house) as therapist:
        await therapist.sends("/sign-in", RIGHT)
        let_in = await writes(therapist, code_of(house, secret))

    assert statuses == [422] * TRIES_OF_ADDRESS
    assert right.status == recovery.status == 429
    assert "Too many tries. Wait" in right.words
    assert is_in(let_in)


@pytest.mark.thorough
async def test_whoever_is_patient_guesses_no_more_in_a_day(house: House) -> None:
    statuses = []
    async with reading(house) as guesser:
        secret = await half_way(house, guesser)
        for _ in range(TRIES_A_DAY // TRIES_OF_ADDRESS + 1):
            await guesser.sends("/sign-in", RIGHT)
            statuses += [(await writes(guesser, "000000")).status for _ in range(TRIES_OF_ADDRESS)]
            await house.clock.advance(WINDOW_MS)

    # NOON_MS is 15:06 UTC: all of it is one day.
    assert statuses == [422] * TRIES_A_DAY + [429] * TRIES_OF_ADDRESS
    await house.clock.advance(DAY_MS)
    async with reading(house) as therapist:
        await therapist.sends("/sign-in", RIGHT)
        assert is_in(await writes(therapist, code_of(house, secret)))


async def test_the_second_step_leads_on_to_where_one_was_going(house: House) -> None:
    async with reading(house) as therapist:
        await has_a_password(house)
        secret = await has_an_app(house)
        await therapist.sends("/sign-in", {**RIGHT, "next": "/library"})
        let_in = await writes(therapist, code_of(house, secret))
        # The back button.
        again = await therapist.opens("/second-step")

    assert let_in.path == "/library"
    assert again.path == "/desk"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/second-step"])
async def test_the_second_step_leads_nowhere_else(house: House, elsewhere: str) -> None:
    async with reading(house) as therapist:
        secret = await half_way(house, therapist)
        let_in = await therapist.sends("/second-step", {"code": code_of(house, secret), "next": elsewhere})

    assert is_in(let_in)


async def test_a_patient_is_asked_for_no_second_step(house: House) -> None:
    await has_a_password(house, "patient")
    async with reading(house) as patient:
        assert (await patient.sends("/sign-in", RIGHT)).path == "/today"
        assert (await patient.opens("/second-step/set-up")).status == 404
        assert (await patient.opens("/second-step")).path == "/today"


# Setting it up


async def test_staff_without_one_set_it_up_before_anything_else_is_shown(house: House) -> None:
    await has_a_password(house)
    async with reading(house) as therapist:
        begun = await therapist.sends("/sign-in", RIGHT)
        seen = {path: (await therapist.opens(path)).path for path in ("/desk", "/account", "/library", "/patients/new")}
        refused = await therapist.sends(f"/patients/{house.cast.patient}/invite")
        codes = await sets_up(house, therapist)
        desk = await therapist.opens("/desk")

    assert begun.path == "/second-step/set-up"
    assert set(seen.values()) == {"/second-step/set-up"}
    assert refused.status == 403
    assert len(codes_on(codes)) == recovery_codes.CODES
    assert desk.path == "/desk"


async def test_the_wrong_first_code_keeps_the_picture_that_was_scanned(house: House) -> None:
    await has_a_password(house)
    async with reading(house) as therapist:
        await therapist.sends("/sign-in", RIGHT)
        page = await therapist.opens("/second-step/set-up")
        kept, secret = page.value("kept"), secret_on(page)
        wrong = await therapist.sends("/second-step/set-up", {"kept": kept, "code": "000000"})
        clock = await therapist.sends(
            "/second-step/set-up", {"kept": kept, "code": code_of(house, secret, off_ms=90_000)}
        )
        right = await therapist.sends(
            "/second-step/set-up", {"kept": wrong.value("kept"), "code": code_of(house, secret)}
        )

    assert (wrong.status, clock.status, right.status) == (422, 422, 200)
    assert secret_on(wrong) == secret_on(clock) == secret
    assert "clock of your phone seems to be off" in clock.words


async def test_a_secret_that_we_never_made_is_not_taken(house: House) -> None:
    await has_a_password(house)
    await has_a_password(house, "therapist")
    async with reading(house) as therapist, reading(house, "owner") as owner:
        theirs = await owner.opens("/second-step/set-up")
        await therapist.sends("/sign-in", RIGHT)
        for kept in ("", "x" * 50, theirs.value("kept")):
            fields = {"kept": kept, "code": code_of(house, secret_on(theirs))}
            refused = await therapist.sends("/second-step/set-up", fields)
            assert refused.status == 422, kept
            assert "Here is a new picture" in refused.words
        assert (await therapist.opens("/desk")).path == "/second-step/set-up"


async def test_of_two_tabs_the_first_sets_it_up_and_the_second_replaces_nothing(house: House) -> None:
    await has_a_password(house)
    async with reading(house) as therapist, reading(house) as other:
        for tab in (therapist, other):
            await tab.sends("/sign-in", RIGHT)
        late = await other.opens("/second-step/set-up")
        first = await sets_up(house, therapist)
        refused = await other.sends(
            "/second-step/set-up", {"kept": late.value("kept"), "code": code_of(house, secret_on(late))}
        )
        async with house.app[wiring.STORE].reader() as tx:
            stored = await second_steps.secret_of(tx, house.cast.clinic, house.cast.therapist)

    assert len(codes_on(first)) == recovery_codes.CODES
    assert refused.path == "/second-step"
    assert stored != secret_on(late)


async def test_another_phone_takes_the_place_of_the_first_after_a_proof(house: House) -> None:
    async with reading(house) as therapist:
        old = await signed_in(house, therapist)
        await house.clock.advance(signing.LASTS_MS[people.Role.THERAPIST] // 2)
        asked = await therapist.opens("/second-step/set-up")
        back = await therapist.sends("/prove", {"code": code_of(house, old), "next": "/second-step/set-up"})
        new = secret_on(back)
        said = await therapist.sends("/second-step/set-up", {"kept": back.value("kept"), "code": code_of(house, new)})
        await house.clock.advance(STEP_MS)
        await therapist.sends("/sign-out")
        await therapist.sends("/sign-in", RIGHT)
        lost = await writes(therapist, code_of(house, old))
        let_in = await writes(therapist, code_of(house, new))

    assert asked.path == "/prove?next=/second-step/set-up"
    # There were no recovery codes before: these are shown now.
    assert len(codes_on(said)) == recovery_codes.CODES
    assert lost.status == 422
    assert is_in(let_in)


async def test_staff_do_not_give_up_the_only_second_step_that_they_have(house: House) -> None:
    async with reading(house) as therapist:
        await signed_in(house, therapist)
        said = await therapist.sends("/second-step/remove")
        async with house.app[wiring.STORE].reader() as tx:
            known = await second_steps.ways_of(tx, house.cast.clinic, house.cast.therapist)

    assert "add a passkey first" in said.words
    assert known.authenticator


# Recovery codes


async def with_codes(house: House, therapist: Reader) -> list[str]:
    """Signed in, and new recovery codes were made."""
    await signed_in(house, therapist)
    return codes_on(await therapist.sends("/second-step/codes"))


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_recovery_code_lets_in_once_however_it_is_typed(house: House) -> None:
    async with reading(house) as therapist:
        codes = await with_codes(house, therapist)
        left = (await therapist.opens("/second-step/codes")).words
    async with reading(house) as without_a_phone:
        await without_a_phone.sends("/sign-in", RIGHT)
        typed = f"  {codes[3].lower().replace(' ', '  ')} "
        let_in = await uses(without_a_phone, typed)
        account = await without_a_phone.opens("/account")
    async with reading(house) as thief:
        await thief.sends("/sign-in", RIGHT)
        again = await uses(thief, codes[3])

    assert len(set(codes)) == recovery_codes.CODES
    assert "10 of 10 are left." in left
    assert is_in(let_in)
    assert "9 of 10 are left." in account.words
    assert again.status == 422


async def test_recovery_codes_are_shown_once_and_kept_as_hashes_alone(house: House) -> None:
    async with reading(house) as therapist:
        codes = await with_codes(house, therapist)
        later = await therapist.opens("/second-step/codes")

    stored = (house.folder / "ebb.db").read_bytes() + b"".join(p.read_bytes() for p in house.folder.glob("ebb.db-wal"))
    for code in codes:
        assert code not in later.body
        assert code.encode() not in stored
        assert code.replace(" ", "").encode() not in stored


async def test_new_recovery_codes_end_those_from_before(house: House) -> None:
    async with reading(house) as therapist:
        old = await with_codes(house, therapist)
        new = codes_on(await therapist.sends("/second-step/codes"))
    async with reading(house) as without_a_phone:
        await without_a_phone.sends("/sign-in", RIGHT)
        refused = await uses(without_a_phone, old[0])
        let_in = await uses(without_a_phone, new[0])

    assert refused.status == 422
    assert is_in(let_in)


async def test_a_recovery_code_of_somebody_else_opens_nothing(house: House) -> None:
    async with reading(house) as therapist:
        codes = await with_codes(house, therapist)
        await therapist.sends("/sign-out")
    async with house.app[wiring.STORE].write() as tx:
        await people.set_email(tx, house.cast.clinic, house.cast.therapist, email=None)
    await has_a_password(house, "colleague")
    await has_an_app(house, "colleague")
    async with reading(house) as colleague:
        hashed = house.app[wiring.KEYS].code_hash(f"recovery/{house.cast.therapist}/{codes[0]}")
        async with house.app[wiring.STORE].write() as tx:
            # A row that was copied to them in the database.
            await second_steps.set_recovery_codes(tx, house.cast.clinic, house.cast.colleague, [hashed], now_ms=1)
        await colleague.sends("/sign-in", {**RIGHT, "password": PASSWORD})

        assert (await uses(colleague, codes[0])).status == 422
