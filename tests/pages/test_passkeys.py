"""Passkeys over the wire: made, used, shown once more, renamed, removed."""

import re
from email import message_from_bytes

import pytest
from webauthn.helpers import bytes_to_base64url

from server import wiring
from server.accounts import passkeys as asking
from server.db import people
from server.db.audit import What, audit_of
from tests.conftest import BOTH
from tests.live.house import House
from tests.live.post import Post
from tests.pages.passkeying import EDDSA, ES256, RS256, come_by_link, holding, kept, only

ROLES = ("patient", "therapist", "owner", "support")
HOME = {"patient": "/today", "support": "/today", "therapist": "/desk", "owner": "/clinic"}
MINUTE_MS = 60_000


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_passkey_is_made_and_signs_in(house: House) -> None:
    async with holding(house, "patient") as patient:
        page = await patient.adds("My phone")
        assert "Your passkey is ready." in page.words
        assert "My phone" in page.words
        assert "Not used yet." in page.words

        patient.forget()
        page = await patient.signs_in()
        assert page.path == "/today"

        page = await patient.opens("/account")
        assert "Not used yet." not in page.words


@pytest.mark.parametrize("who", ROLES)
async def test_everybody_may_have_one_and_it_is_both_steps_for_staff(house: House, who: str) -> None:
    async with holding(house, who) as person:
        await person.adds()
        person.forget()
        page = await person.signs_in()

        assert page.status == 200
        assert page.path == HOME[who]


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
async def test_devices_of_every_kind(house: House, algorithm: int) -> None:
    async with holding(house, "patient") as patient:
        patient.device.algorithm = algorithm
        await patient.adds()
        patient.forget()

        assert (await patient.signs_in()).path == "/today"


async def test_a_passkey_that_counts_nothing_can_be_used_again_and_again(house: House) -> None:
    async with holding(house, "patient") as patient:
        patient.device.counts = 0
        await patient.adds()
        for _ in range(3):
            patient.forget()
            assert (await patient.signs_in()).path == "/today"


async def test_after_it_one_is_where_one_wanted_to_go_and_nowhere_else(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        patient.forget()
        assert (await patient.signs_in(next="/words")).path == "/words"
        patient.forget()
        assert (await patient.signs_in(next="//evil.example/words")).path == "/today"


async def test_what_a_device_shows_says_nothing_of_a_patient(house: House) -> None:
    async with holding(house, "patient") as patient:
        options = (await patient.asks("/account/passkeys/options"))["options"]
        named = (await patient.asks("/account/passkeys/options", {"label": "Robin's own"}))["options"]
    async with holding(house, "therapist") as therapist:
        of_staff = (await therapist.asks("/account/passkeys/options"))["options"]

    assert options["rp"] == {"name": "Ebb", "id": "localhost"}
    assert (options["user"]["name"], options["user"]["displayName"]) == ("You", "You")
    assert named["user"]["name"] == "Robin's own"
    assert of_staff["user"]["name"] == "Therapist"
    assert house.cast.patient not in str(options)


async def test_what_is_asked_of_a_device(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        options = (await patient.asks("/account/passkeys/options"))["options"]
        again = (await patient.asks("/account/passkeys/options"))["options"]
        prove = (await patient.asks("/prove/passkey/options"))["options"]
        patient.forget()
        sign_in = (await patient.asks("/sign-in/passkey/options"))["options"]

    mine = (await only(house)).credential_id
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert {one["alg"] for one in options["pubKeyCredParams"]} == {ES256, EDDSA, RS256}
    assert [one["id"] for one in options["excludeCredentials"]] == [bytes_to_base64url(mine)]
    assert options["challenge"] != again["challenge"]
    assert options["user"]["id"] == again["user"]["id"]
    assert prove["userVerification"] == "required"
    assert len(prove["allowCredentials"]) == 1
    # Whoever is not signed in learns of nobody's.
    assert sign_in["allowCredentials"] == []
    assert sign_in["userVerification"] == "required"


async def test_a_second_device(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds("Phone")
        patient.device.kept.clear()
        page = await patient.adds("Laptop")

        assert "Phone" in page.words
        assert "Laptop" in page.words
        patient.forget()
        assert (await patient.signs_in()).path == "/today"


async def test_one_that_is_removed_signs_nobody_in_and_the_other_still_does(house: House) -> None:
    """A phone that was lost: removed on another device."""
    async with holding(house, "patient") as phone, holding(house, "patient") as laptop:
        await phone.adds("Phone")
        lost = await only(house)
        await laptop.adds("Laptop")

        page = await laptop.sends(f"/account/passkeys/{lost.id}/remove")
        assert "The passkey is removed." in page.words
        assert "Phone" not in page.words

        phone.forget()
        page = await phone.signs_in()
        assert page.status == 422
        assert asking.UNKNOWN in page.words
        laptop.forget()
        assert (await laptop.signs_in()).path == "/today"


async def test_it_gets_another_name(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds("Phone")
        one = await only(house)

        page = await patient.sends(f"/account/passkeys/{one.id}", {"label": "The old phone"})
        assert "The passkey has its new name." in page.words
        assert "The old phone" in page.words

        page = await patient.sends(f"/account/passkeys/{one.id}", {"label": " "})
        assert page.status == 422
        assert "Write a name, such as My phone." in page.words
        page = await patient.sends(f"/account/passkeys/{one.id}", {"label": "x" * 61})
        assert page.status == 422
        assert page.value("label") == "x" * 61
        patient.forget()
        assert (await patient.signs_in()).path == "/today"


async def test_without_a_name_it_is_called_as_the_device_is(house: House) -> None:
    async with holding(house, "patient") as patient:
        patient.headers["User-Agent"] = "Mozilla/5.0 (iPhone; like Mac OS X) Safari/604.1"
        page = await patient.adds()

    assert "Safari on an iPhone" in page.words


@pytest.mark.parametrize("who", ["therapist", "other_patient", "stranger"])
async def test_nobody_sees_renames_or_removes_somebody_elses(house: House, who: str) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds("Phone")
    one = await only(house)
    async with holding(house, who) as other:
        assert (await other.opens(f"/account/passkeys/{one.id}")).status == 404
        assert (await other.sends(f"/account/passkeys/{one.id}", {"label": "Mine"})).status == 404
        assert (await other.sends(f"/account/passkeys/{one.id}/remove")).status == 404

    assert (await only(house)).label == "Phone"


async def test_staff_keep_one_second_step(house: House) -> None:
    async with holding(house, "therapist") as therapist:
        await therapist.adds("First")
        first = await only(house, "therapist")
        page = await therapist.opens(f"/account/passkeys/{first.id}")
        assert "This is the only second step that you have." in page.words
        assert "Remove this passkey" not in page.words

        page = await therapist.sends(f"/account/passkeys/{first.id}/remove")
        assert page.status == 422
        assert "This is the only second step that you have." in page.words
        assert len(await kept(house, "therapist")) == 1

        therapist.device.kept.clear()
        await therapist.adds("Second")
        page = await therapist.sends(f"/account/passkeys/{first.id}/remove")
        assert "The passkey is removed." in page.words


async def test_a_patient_may_remove_the_last_one(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        one = await only(house)
        page = await patient.opens(f"/account/passkeys/{one.id}")
        assert "another device needs a link from your clinic" in page.words
        await patient.sends(f"/account/passkeys/{one.id}/remove")

    assert await kept(house) == []


async def test_adding_and_removing_ask_once_more_who_one_is_after_a_while(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        one = await only(house)
        await house.clock.advance(30 * MINUTE_MS)

        assert (await patient.opens("/account/passkeys/new")).path.startswith("/prove?next=/account/passkeys/new")
        page = await patient.sends(f"/account/passkeys/{one.id}/remove")
        assert page.path.startswith("/prove?")
        assert len(await kept(house)) == 1

        page = await patient.proves(next="/account/passkeys/new")
        assert page.path == "/account/passkeys/new"
        page = await patient.sends(f"/account/passkeys/{one.id}/remove")
        assert "The passkey is removed." in page.words


async def test_somebody_elses_passkey_proves_nothing(house: House) -> None:
    async with holding(house, "other_patient") as other, holding(house, "patient") as patient:
        await other.adds()
        await patient.adds()
        await house.clock.advance(30 * MINUTE_MS)
        patient.device.kept = other.device.kept

        page = await patient.proves()
        assert page.status == 422
        assert asking.UNKNOWN in page.words
        assert (await patient.opens("/account/passkeys/new")).path.startswith("/prove")


async def test_who_was_shut_out_is_not_let_in(house: House) -> None:
    async with holding(house, "therapist") as therapist:
        await therapist.adds()
        async with holding(house, "owner") as owner:
            await owner.sends(f"/clinic/people/{house.cast.therapist}/disable", {"sure": "yes"})
        therapist.forget()
        page = await therapist.signs_in()

    assert page.status == 422
    assert asking.UNKNOWN in page.words


async def test_20_are_enough(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.accounts.own_passkeys.MOST", 2)
    async with holding(house, "patient") as patient:
        await patient.adds()
        await patient.adds()
        page = await patient.adds()

    assert page.status == 422
    assert asking.TOO_MANY in page.words
    assert len(await kept(house)) == 2


async def test_a_number_is_no_name(house: House) -> None:
    async with holding(house, "patient") as patient:
        url = str(house.url.origin())
        async with patient._http.post(
            f"{url}/sign-in/passkey/options", headers={"Accept": "application/json", "Origin": url}
        ) as answer:
            assert answer.status == 422
            assert (await answer.json())["message"] == asking.NEEDS_A_NAME


async def test_a_page_says_what_a_passkey_needs_where_no_script_runs(house: House) -> None:
    async with holding(house, "patient") as patient:
        page = await patient.opens("/account/passkeys/new")
        assert "A passkey needs JavaScript" in "".join(re.findall("<noscript>.*?</noscript>", page.body, re.DOTALL))
        page = await patient.sends("/account/passkeys", {"label": "Phone"})
        assert page.status == 422
        assert asking.NO_SCRIPT in page.words
        assert page.value("label") == "Phone"
        patient.forget()
        page = await patient.sends("/sign-in/passkey", {"next": "/words"})
        assert page.status == 422
        assert asking.NO_SCRIPT in page.words
        assert page.value("next") == "/words"


async def test_tries_are_counted(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        patient.forget()
        right, patient.device.rp_id = patient.device.rp_id, "elsewhere.example"
        for _ in range(10):
            assert (await patient.signs_in()).status == 422
        patient.device.rp_id = right
        page = await patient.signs_in()
        assert page.status == 429
        assert "Wait" in page.words

        await house.clock.advance(15 * MINUTE_MS)
        assert (await patient.signs_in()).path == "/today"


async def test_what_was_done_is_in_the_audit_and_in_a_mail_that_says_nothing_else(house: House) -> None:
    post = Post()
    post.start()
    house.choose(smtp_host="127.0.0.1", smtp_port=post.port, smtp_from="ebb@example.org", smtp_starttls=False)
    await house.restart()
    async with house.app[wiring.STORE].write() as tx:
        await people.set_email(tx, house.cast.clinic, house.cast.patient, email="robin@example.org")
    try:
        async with holding(house, "patient") as patient:
            await patient.adds("A telling name")
            await patient.sends(f"/account/passkeys/{(await only(house)).id}/remove")
        await house.until(lambda: len(post.mails) == 2)
    finally:
        post.stop()

    async with house.app[wiring.STORE].reader() as tx:
        entries = await audit_of(tx, house.cast.clinic, subject_id=house.cast.patient)
    done = [entry for entry in entries if entry.what in (What.PASSKEY_ADDED, What.PASSKEY_REMOVED)]
    assert [entry.what for entry in done] == [What.PASSKEY_REMOVED, What.PASSKEY_ADDED]
    assert {entry.person_id for entry in done} == {house.cast.patient}
    told = " ".join(message_from_bytes(mail.original_content or b"").as_string() for mail in post.mails)
    assert "telling" not in told
    assert "Harbour" not in told
    assert all(mail.rcpt_tos == ["robin@example.org"] for mail in post.mails)


ADDRESSES = {
    "https://ebb.example.org": "ebb.example.org",
    "https://ebb.example.org:8443": "ebb.example.org",
    "http://localhost:8420": "localhost",
    "http://ebb.example.org": asking.NEEDS_HTTPS,
    "https://192.0.2.7": asking.NEEDS_A_NAME,
    "https://[2001:db8::7]": asking.NEEDS_A_NAME,
}


@pytest.mark.parametrize("public_url", ADDRESSES)
async def test_a_passkey_belongs_to_the_name_of_the_house(house: House, public_url: str) -> None:
    house.choose(public_url=public_url)
    await house.restart()
    headers = {"Host": public_url.partition("//")[2], "Origin": public_url, "Accept": "application/json"}
    async with house.browsing() as http, http.post("/sign-in/passkey/options", headers=headers) as answer:
        told = await answer.json()

    assert (told["message"] if answer.status == 422 else told["options"]["rpId"]) == ADDRESSES[public_url]


async def test_whoever_comes_by_a_link_may_choose_a_passkey_at_once_and_not_later(house: House) -> None:
    async with holding(house) as patient:
        await come_by_link(house, patient)
        page = await patient.sends("/choose", {"way": "passkey"})
        assert page.path == "/account/passkeys/new"
        assert "Your passkey is ready." in (await patient.adds()).words
        patient.forget()
        assert (await patient.signs_in()).path == "/today"

    async with holding(house) as patient:
        await come_by_link(house, patient)
        await house.clock.advance(30 * MINUTE_MS)
        assert (await patient.opens("/account/passkeys/new")).path.startswith("/prove")


async def test_a_new_link_ends_the_passkeys_from_before(house: House) -> None:
    """The phone was lost, and the clinic gave a new link."""
    async with holding(house, "patient") as lost, holding(house) as patient:
        await lost.adds()
        await come_by_link(house, patient)
        lost.forget()
        page = await lost.signs_in()

    assert page.status == 422
    assert asking.UNKNOWN in page.words
