"""Answers that no honest browser gives, and honest ones that come to the wrong place. None lets anybody in."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from sqlalchemy import update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

from server import wiring
from server.accounts import passkeys as asking
from server.db import passkeys
from server.db.audit import What, audit_of
from server.db.trust_tables import PasskeyRow
from tests.live.house import House
from tests.pages.passkeying import PRESENT, VERIFIED, Device, Holder, holding, kept, only
from tests.pages.test_passkeys import MINUTE_MS

Answer = dict[str, Any]
Spoil = Callable[[Answer], Any]

#: What is no answer at all. Each is sent as it stands.
GARBAGE = {
    "a word": "hello",
    "nothing": "null",
    "a number": "7",
    "a list": "[]",
    "an empty thing": "{}",
    "no text": "\x00\x01\udfff",
    "half of it": '{"id": "abc", "rawId"',
    "wrong types": '{"id": 1, "rawId": 2, "type": "public-key", "response": []}',
    "no base64": '{"id": "%%", "rawId": "%%", "type": "public-key", "response": {"clientDataJSON": "%", '
    '"authenticatorData": "%", "signature": "%", "attestationObject": "%"}}',
    "empty parts": '{"id": "", "rawId": "", "type": "public-key", "response": {"clientDataJSON": "", '
    '"authenticatorData": "", "signature": "", "attestationObject": ""}}',
    "deep": "[" * 15_000,
    "long": json.dumps({"id": "A" * 100_000}),
    "not a number": '{"id": NaN}',
}


def _part(name: str, change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(answer: Answer) -> Answer:
        response = answer["response"]
        response[name] = bytes_to_base64url(change(base64url_to_bytes(response[name])))
        return answer

    return spoil


def _client(**change: Any) -> Spoil:
    return _part("clientDataJSON", lambda told: json.dumps({**json.loads(told), **change}).encode())


def _with(**change: Any) -> Spoil:
    return lambda answer: {**answer, **change}


def _response(**change: Any) -> Spoil:
    return lambda answer: {**answer, "response": {**answer["response"], **change}}


SPOILT: dict[str, Spoil] = {
    "another page": _client(origin="https://evil.example"),
    "another port": _client(origin="http://localhost:1"),
    "another question": _client(challenge=bytes_to_base64url(b"0" * 32)),
    "another deed": _client(type="payment.get"),
    "no JSON inside": _part("clientDataJSON", lambda told: told[:-1]),
    "one bit": _part("signature", lambda signed: signed[:-1] + bytes([signed[-1] ^ 1])),
    "no signature": _part("signature", lambda _: b""),
    "counter raised after signing": _part("authenticatorData", lambda data: data[:36] + bytes([data[36] ^ 1])),
    "cut off": _part("authenticatorData", lambda data: data[:20]),
    "too much": _part("authenticatorData", lambda data: data + bytes(40)),
    "somebody else's handle": _response(userHandle=bytes_to_base64url(b"1" * 32)),
    "no handle": _response(userHandle=None),
    "another id": _with(id=bytes_to_base64url(b"2" * 32)),
    "unknown": _with(id=bytes_to_base64url(b"2" * 32), rawId=bytes_to_base64url(b"2" * 32)),
    "no passkey": _with(type="password"),
}


async def is_refused(holder: Holder, page: Any) -> None:
    assert page.status == 422
    assert any(words in page.words for words in (asking.NOT_CHECKED, asking.UNKNOWN, asking.TOO_LATE))
    assert (await holder.opens("/today")).path.startswith("/sign-in")


@pytest.mark.parametrize("what", SPOILT)
async def test_a_spoilt_answer_signs_nobody_in_and_the_honest_one_does(house: House, what: str) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        patient.forget()
        given = await patient.asks("/sign-in/passkey/options")
        spoilt = SPOILT[what](patient.device.uses(given["options"]))
        await is_refused(patient, await patient.gives("/sign-in/passkey", given["asked"], spoilt))

        assert (await patient.signs_in()).path == "/today"


async def test_a_device_that_did_not_look_who_it_is_lets_nobody_in(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        patient.forget()
        for flags in (PRESENT, VERIFIED, 0):
            patient.device.flags = flags
            await is_refused(patient, await patient.signs_in())
        patient.device.flags = PRESENT | VERIFIED
        assert (await patient.signs_in()).path == "/today"


async def test_an_answer_is_good_once(house: House) -> None:
    async with holding(house, "patient") as patient:
        patient.device.counts = 0
        await patient.adds()
        patient.forget()
        given = await patient.asks("/sign-in/passkey/options")
        answer = patient.device.uses(given["options"])
        assert (await patient.gives("/sign-in/passkey", given["asked"], answer)).path == "/today"
        await patient.sends("/sign-out")

        page = await patient.gives("/sign-in/passkey", given["asked"], answer)
        assert asking.TOO_LATE in page.words
        await is_refused(patient, page)


async def test_of_two_who_send_the_same_answer_at_once_one_is_let_in(house: House) -> None:
    async with holding(house, "patient") as patient:
        patient.device.counts = 0
        await patient.adds()
        patient.forget()
        given = await patient.asks("/sign-in/passkey/options")
        answer = patient.device.uses(given["options"])

        pages = await asyncio.gather(
            *(patient.gives("/sign-in/passkey", given["asked"], answer) for _ in range(4)), return_exceptions=False
        )

    assert sorted(page.status for page in pages) == [200, 422, 422, 422]


async def test_an_answer_to_a_question_of_long_ago_is_none(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        patient.forget()
        given = await patient.asks("/sign-in/passkey/options")
        await house.clock.advance(10 * MINUTE_MS)
        answer = patient.device.uses(given["options"])
        await is_refused(patient, await patient.gives("/sign-in/passkey", given["asked"], answer))

        # Nor is one whose time was turned on by whoever sends it.
        until, rest = given["asked"].split(".")
        later = f"{int(until) + 5 * MINUTE_MS}.{rest}"
        await is_refused(patient, await patient.gives("/sign-in/passkey", later, answer))


@pytest.mark.parametrize(
    "asked", ["", ".", "x", "99999999999999999999.a", "-1.a", "1.", "²³.a", "1750000300000.\n", "a" * 5_000]
)
async def test_a_token_of_nobodys_making(house: House, asked: str) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        patient.forget()
        given = await patient.asks("/sign-in/passkey/options")
        answer = patient.device.uses(given["options"])

        await is_refused(patient, await patient.gives("/sign-in/passkey", asked, answer))


async def test_what_one_browser_was_asked_another_cannot_answer(house: House) -> None:
    """Else somebody signs a stranger's browser in as themselves, and reads later what is written there."""
    async with holding(house, "patient") as patient, holding(house) as another:
        await patient.adds()
        patient.forget()
        given = await patient.asks("/sign-in/passkey/options")
        await another.asks("/sign-in/passkey/options")
        answer = patient.device.uses(given["options"])

        await is_refused(another, await another.gives("/sign-in/passkey", given["asked"], answer))


async def test_an_answer_for_one_purpose_is_none_for_another(house: House) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        await house.clock.advance(30 * MINUTE_MS)
        to_sign_in = await patient.asks("/sign-in/passkey/options")
        page = await patient.gives("/prove/passkey", to_sign_in["asked"], patient.device.uses(to_sign_in["options"]))
        assert page.status == 422

        to_prove = await patient.asks("/prove/passkey/options")
        answer = patient.device.uses(to_prove["options"])
        await patient.sends("/sign-out")
        await is_refused(patient, await patient.gives("/sign-in/passkey", to_prove["asked"], answer))


async def test_a_counter_that_goes_back_is_refused_said_and_told(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds()
        patient.forget()
        assert (await patient.signs_in()).path == "/today"
        patient.forget()
        patient.device.counts = -1

        page = await patient.signs_in()
        assert page.status == 422
        assert asking.WENT_BACK in page.words
        assert (await patient.opens("/today")).path.startswith("/sign-in")
        told = "".join(capsys.readouterr())
        assert "passkey.went_back" in told
        assert house.cast.patient in told
        async with house.app[wiring.STORE].reader() as tx:
            noted = await audit_of(
                tx, house.cast.clinic, subject_id=house.cast.patient, only=[What.PASSKEY_REFUSED.value]
            )
        assert [entry.person_id for entry in noted] == [None], "nobody knows who held it"

        # The real one has gone on meanwhile, and still is let in; and its owner reads of the other.
        patient.device.counts = 5
        assert (await patient.signs_in()).path == "/today"
        assert "Ebb refused a passkey of yours" in (await patient.opens("/seen-by")).words


async def test_nothing_of_an_answer_is_in_the_log(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    async with holding(house, "patient") as patient:
        await patient.adds("A name nobody else has")
        patient.forget()
        given = await patient.asks("/sign-in/passkey/options")
        answer = _client(origin="https://evil.example")(patient.device.uses(given["options"]))
        await patient.gives("/sign-in/passkey", given["asked"], answer)
        told = "".join(capsys.readouterr())

    assert "passkey_not_checked" in told
    for secret in (
        "evil.example",
        "A name nobody else has",
        answer["id"],
        given["asked"],
        given["options"]["challenge"],
    ):
        assert secret not in told


@pytest.mark.parametrize("what", GARBAGE)
async def test_garbage_is_told_so(house: House, what: str) -> None:
    sent = GARBAGE[what].encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    async with holding(house, "patient") as patient:
        of_new = await patient.asks("/account/passkeys/options")
        page = await patient.sends("/account/passkeys", {"asked": of_new["asked"], "answer": sent})
        assert page.status == 422
        assert asking.NOT_MADE in page.words
        to_prove = await patient.asks("/prove/passkey/options")
        page = await patient.sends("/prove/passkey", {"asked": to_prove["asked"], "answer": sent})
        assert page.status == 422
        assert asking.NOT_CHECKED in page.words or asking.UNKNOWN in page.words
        patient.forget()
        given = await patient.asks("/sign-in/passkey/options")
        await is_refused(patient, await patient.sends("/sign-in/passkey", {"asked": given["asked"], "answer": sent}))


async def test_a_body_beyond_all_measure_is_not_read(house: House) -> None:
    async with holding(house, "patient") as patient:
        for path in ("/sign-in/passkey", "/account/passkeys", "/prove/passkey"):
            assert (await patient.sends(path, {"answer": "A" * 300_000})).status == 413


async def test_a_form_of_another_kind_or_another_site(house: House) -> None:
    async with holding(house, "patient") as patient:
        headers = {"Origin": patient._origin, "Accept": "text/html"}
        async with patient._http.post("/sign-in/passkey", json={"answer": "{}"}, headers=headers) as answer:
            assert answer.status == 415
        for path in ("/sign-in/passkey/options", "/account/passkeys/options", "/prove/passkey/options"):
            assert (await patient.sends(path, own=False)).status == 403


def _registered(device: Device, options: Answer, **change: Any) -> Answer:
    """As a device answers, with other bytes of the passkey itself."""
    answer = device.makes(options)
    data = base64url_to_bytes(answer["response"]["attestationObject"])
    one = device.kept[-1]
    key = change.get("key")
    attested = bytes(16) + len(one.id).to_bytes(2) + one.id + (key if key is not None else b"")
    whole = hashlib.sha256(b"localhost").digest() + bytes([0x45]) + bytes(4) + attested
    made = encode_cbor({"fmt": change.get("fmt", "none"), "attStmt": change.get("stmt", {}), "authData": whole})
    answer["response"]["attestationObject"] = bytes_to_base64url(change.get("raw", made if change else data))
    return answer


NO_POINT = encode_cbor({1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x02" * 32})
NEW: dict[str, Any] = {
    "a point that is on no curve": {"key": NO_POINT},
    "a hash nobody asked for": {"key": encode_cbor({1: 2, 3: -35, -1: 2, -2: b"1" * 48, -3: b"1" * 48})},
    "a secret in place of a key": {"key": encode_cbor({1: 4, 3: 5, -1: b"k" * 32})},
    "an endless modulus": {"key": encode_cbor({1: 3, 3: -257, -1: b"\xff" * 8_000, -2: b"\x01\x00\x01"})},
    "no key": {"key": b""},
    "a key that is a word": {"key": encode_cbor("key")},
    "certificates of a phone": {"key": NO_POINT, "fmt": "android-safetynet", "stmt": {"ver": "1", "response": b"x"}},
    "certificates of a chip": {"key": NO_POINT, "fmt": "tpm", "stmt": {"ver": "2.0", "x5c": [b"x"]}},
    "a broken signature of its own": {"key": NO_POINT, "fmt": "packed", "stmt": {"alg": -7, "sig": b"x"}},
    "a format nobody knows": {"key": NO_POINT, "fmt": "mine"},
    "a hole without end": {"raw": b"\x81" * 9_000},
    "a promise of 4 GiB": {"raw": b"\x5b\x00\x00\x00\x01\x00\x00\x00\x00"},
    "nothing": {"raw": b""},
}


@pytest.mark.parametrize("what", NEW)
async def test_a_forged_passkey_is_not_kept(house: House, what: str) -> None:
    async with holding(house, "patient") as patient:
        given = await patient.asks("/account/passkeys/options", {"label": "Mine"})
        forged = _registered(patient.device, given["options"], **NEW[what])
        page = await patient.gives("/account/passkeys", given["asked"], forged, label="Mine")

        assert page.status == 422
        assert asking.NOT_MADE in page.words
        assert page.value("label") == "Mine"
        assert await kept(house) == []


SPOILT_NEW: dict[str, Spoil] = {
    "another page": _client(origin="https://evil.example"),
    "another question": _client(challenge=bytes_to_base64url(b"0" * 32)),
    "an answer for signing in": _client(type="webauthn.get"),
    "another id": _with(id=bytes_to_base64url(b"2" * 32)),
}


@pytest.mark.parametrize("what", SPOILT_NEW)
async def test_a_passkey_made_for_somewhere_else_is_not_kept(house: House, what: str) -> None:
    async with holding(house, "patient") as patient:
        given = await patient.asks("/account/passkeys/options")
        spoilt = SPOILT_NEW[what](patient.device.makes(given["options"]))
        page = await patient.gives("/account/passkeys", given["asked"], spoilt)
        assert page.status == 422
        assert asking.NOT_MADE in page.words

        patient.device.flags = PRESENT
        assert asking.NOT_MADE in (await patient.adds()).words
        patient.device.flags, patient.device.rp_id = PRESENT | VERIFIED, "evil.example"
        assert asking.NOT_MADE in (await patient.adds()).words
        assert await kept(house) == []


async def test_what_was_asked_of_one_person_another_cannot_answer(house: House) -> None:
    """Nor is a passkey kept twice, for one and the same or for two."""
    async with holding(house, "patient") as patient, holding(house, "other_patient") as other:
        given = await patient.asks("/account/passkeys/options")
        answer = patient.device.makes(given["options"])
        assert (await other.gives("/account/passkeys", given["asked"], answer)).status == 422
        assert await kept(house, "other_patient") == []
        assert (await patient.gives("/account/passkeys", given["asked"], answer)).status == 200

        assert asking.TOO_LATE in (await patient.gives("/account/passkeys", given["asked"], answer)).words
        assert len(await kept(house)) == 1


async def test_whoever_writes_into_the_database_plants_no_passkey(house: House) -> None:
    async with holding(house, "other_patient") as thief, holding(house, "patient") as patient:
        await thief.adds()
        await patient.adds()
        stolen, mine = await only(house, "other_patient"), await only(house)
        thief.forget()
        patient.forget()

        async def write(passkey_id: str, **values: Any) -> None:
            async with house.app[wiring.STORE].write() as tx:
                await tx.db.execute(update(PasskeyRow).where(PasskeyRow.id == passkey_id).values(**values))  # type: ignore[arg-type]

        # Their own, moved to the patient; then the patient's row, with their own key in it.
        await write(stolen.id, person_id=house.cast.patient)
        await is_refused(thief, await thief.signs_in())
        await write(stolen.id, person_id=house.cast.other_patient)
        assert (await thief.signs_in()).path == "/today"
        await write(mine.id, public_key=stolen.public_key)
        await is_refused(patient, await patient.signs_in())

    async with house.app[wiring.STORE].reader() as tx:
        assert [one.label for one in await passkeys.passkeys_of(tx, house.cast.clinic, house.cast.patient)] == [None]
    async with holding(house, "patient") as patient:
        page = await patient.opens("/account")
        assert "A passkey that cannot be read" in page.words
        page = await patient.sends(f"/account/passkeys/{mine.id}/remove")
        assert "The passkey is removed." in page.words


async def test_the_question_is_kept_out_of_reach_of_scripts(house: House) -> None:
    async with holding(house) as nobody:
        headers = {"Accept": "application/json", "Origin": nobody._origin}
        async with nobody._http.post("/sign-in/passkey/options", data=aiohttp.FormData()(), headers=headers) as answer:
            cookie = answer.headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
