"""Showing once more who one is, before what cannot be undone; and how long anybody stays signed in."""

from sqlalchemy import update
from sqlmodel import col

from server import wiring
from server.accounts import invitations, proof, signing
from server.accounts.signing import HOUR_MS, VISIT_MS
from server.db import logins, people
from server.db.people import Role
from server.db.tables import LoginRow
from tests.live.house import House
from tests.pages.reader import Reader, reading
from tests.pages.steps import PASSWORD, RIGHT, code_of, has_a_password, signed_in


async def is_asked(somebody: Reader, path: str = "/second-step/codes") -> bool:
    """`/second-step/codes` asks for a proof, as exports and erasures do."""
    return (await somebody.opens(path)).path.startswith("/prove")


async def test_a_proof_holds_for_ten_minutes_and_leads_back(house: House) -> None:
    async with reading(house) as therapist:
        secret = await signed_in(house, therapist)
        first = await is_asked(therapist)
        await house.clock.advance(proof.LASTS_MS)
        asked = await therapist.opens("/second-step/codes")
        wrong = await therapist.sends("/prove", {"code": "000000", "next": asked.value("next")})
        back = await therapist.sends("/prove", {"code": code_of(house, secret), "next": wrong.value("next")})
        # The back button: nothing is asked twice.
        again = await therapist.opens("/prove?next=/second-step/codes")

    assert not first
    assert asked.path == "/prove?next=/second-step/codes"
    assert wrong.status == 422
    assert back.path == again.path == "/second-step/codes"


async def test_a_form_that_was_opened_in_time_may_be_filled_in(house: House) -> None:
    async with reading(house, "therapist") as therapist:
        await therapist.opens("/second-step/codes")
        await house.clock.advance(proof.FORM_LASTS_MS - 1)
        sent = await therapist.sends("/second-step/codes")
        await house.clock.advance(1)
        therapist.headers["Referer"] = str(house.url / "second-step/codes")
        late = await therapist.sends("/second-step/codes")
        therapist.headers["Referer"] = "https://evil.example/second-step/codes"
        elsewhere = await therapist.sends("/second-step/codes")

    assert "They are shown only now." in sent.words
    assert late.path == "/prove?next=/second-step/codes"
    assert elsewhere.path == "/prove?next=/"


async def test_a_proof_gives_another_token_and_the_one_from_before_is_worth_nothing(house: House) -> None:
    await has_a_password(house, "patient")
    await house.clock.advance(proof.LASTS_MS)
    async with reading(house, "patient") as patient, reading(house, "patient") as copied:
        talker = await house.come("patient")
        assert (await patient.sends("/prove", {"password": PASSWORD, "next": "/account"})).path == "/account"
        assert (await copied.opens("/account")).path.startswith("/sign-in")
        # The visit goes on: it is the same login.
        await talker.heard_so_far()


async def test_a_patient_shows_a_password_or_else_a_code_that_the_clinic_reads_out(house: House) -> None:
    await has_a_password(house, "patient")
    await house.clock.advance(proof.LASTS_MS)
    async with reading(house, "patient") as patient:
        assert (await patient.sends("/prove", {"password": "not my password"})).status == 422
        assert (await patient.sends("/prove", {"password": PASSWORD, "next": "/kept"})).path == "/kept"
    async with house.app[wiring.STORE].reader() as tx:
        people_of = {
            who: await people.person(tx, house.cast.clinic, getattr(house.cast, who))
            for who in ("patient", "other_patient")
        }
    mine, others = people_of["other_patient"], people_of["patient"]
    assert mine is not None
    assert others is not None
    code, not_mine = await invitations.invite(house.app, mine), await invitations.invite(house.app, others)
    async with reading(house, "other_patient") as device_alone:
        page = await device_alone.opens("/prove")
        refused = await device_alone.sends("/prove", {"clinic_code": not_mine.code})
        back = await device_alone.sends("/prove", {"clinic_code": code.code_read_out.lower(), "next": "/kept"})
        await house.clock.advance(proof.LASTS_MS)
        twice = await device_alone.sends("/prove", {"clinic_code": code.code})

    assert "read out by your clinic" in page.words
    assert refused.status == twice.status == 422
    assert back.path == "/kept"
    async with house.app[wiring.STORE].reader() as tx:
        keys = house.app[wiring.KEYS]
        still = await logins.invitation_by_code_hash(tx, keys.code_hash(not_mine.code))
    assert still is not None
    assert still.used_ms is None


async def test_whoever_finds_a_device_open_sets_no_password_on_it(house: House) -> None:
    fields = {"email": RIGHT["email"], "password": PASSWORD}
    await house.clock.advance(proof.FORM_LASTS_MS)
    async with reading(house, "patient") as finder:
        for path in ("/account/password", "/choose"):
            page = await finder.sends(path, {**fields, "way": "password"})
            assert page.path.startswith("/prove"), path
    await house.prove("patient")
    async with reading(house, "patient") as patient:
        assert (await patient.sends("/account/password", fields)).path == "/account?said=set"


async def test_a_script_is_told_and_not_led_to_a_page(house: House) -> None:
    await house.clock.advance(proof.FORM_LASTS_MS)
    headers = {"Origin": str(house.url.origin()), "Content-Type": "application/json"}
    async with (
        house.browsing("therapist") as http,
        http.post("/second-step/codes", data=b"{}", headers=headers) as answer,
    ):
        assert answer.status == 403
        assert (await answer.json())["message"] == proof.FIRST


async def test_how_long_each_role_stays_signed_in_unused(house: House) -> None:
    paths = {}
    for who, role in (("therapist", Role.THERAPIST), ("owner", Role.OWNER)):
        async with reading(house) as somebody:
            await signed_in(house, somebody, who)
            await house.clock.advance(signing.LASTS_MS[role] - 1)
            there = (await somebody.opens("/account")).path
            await house.clock.advance(signing.LASTS_MS[role])
            paths[who] = (there, (await somebody.opens("/account")).path)
        async with house.app[wiring.STORE].write() as tx:
            await people.set_email(tx, house.cast.clinic, getattr(house.cast, who), email=None)

    assert paths == dict.fromkeys(paths, ("/account", "/sign-in?next=/account"))


async def test_a_visit_under_way_never_times_out(house: House) -> None:
    """The login's last hour comes in the middle of a visit: the socket holds, and so does the way back in."""
    end_ms = house.clock.now_ms() + 5 * 60_000
    begun_ms = end_ms - signing.LASTS_AT_MOST_MS[Role.THERAPIST]
    async with house.app[wiring.STORE].write() as tx:
        login = update(LoginRow).where(col(LoginRow.id) == house.cast.logins["therapist"])
        await tx.db.execute(login.values(created_ms=begun_ms, expires_ms=end_ms))
    talker = await house.come("therapist")
    await house.clock.advance(HOUR_MS)
    back = await house.come("therapist")
    async with reading(house, "therapist") as therapist:
        during = await therapist.opens("/account")

    await talker.heard_so_far()
    await back.heard_so_far()
    assert during.path == "/account"
    await house.clock.advance(VISIT_MS)
    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens("/account")).path.startswith("/sign-in")
