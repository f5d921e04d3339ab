"""A therapist's voice: what is taken, what is refused in words, who hears it, and how it lies on the disk."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from exercises.model import Exercise
from exercises.wording import Wording, spoken
from server import wiring
from server.db import people, recordings
from server.db.errors import Unreadable
from server.db.recordings import Recording
from server.pages import voice as page
from server.practice import voice
from tests.conftest import BOTH
from tests.live.house import BREATHING, House
from tests.pages.homework import prescribe
from tests.pages.reader import reading

WEBM = b"\x1a\x45\xdf\xa3" + b"\x01\x00\x42\x82\x84webm" + b"\x86\x86A_OPUS" + b"said quietly" * 400
OGG = b"OggS" + b"\0" * 24 + b"OpusHead" + b"said in an ogg" * 40
MP4 = b"\0\0\0\x18ftypiso5" + b"moov mp4a " + b"said on a phone" * 40
BODIES = {"audio/webm;codecs=opus": WEBM, "audio/ogg;codecs=opus": OGG, "audio/mp4": MP4}


def exercise(house: House, slug: str = BREATHING) -> Exercise:
    found = house.app[wiring.LIBRARY].get(slug)
    assert found is not None
    return found


def path(house: House, slug: str = BREATHING) -> str:
    return f"/library/{house.app[wiring.KEYS].address_of(f'exercise {slug}')}/voice"


async def send(
    house: House,
    body: Any = WEBM,
    *,
    step: int = 0,
    who: str = "therapist",
    kind: str = "audio/webm;codecs=opus",
    ms: int | str = 4_000,
    version: int | None = None,
) -> tuple[int, dict[str, Any]]:
    """As the page sends it. What comes back is the status, and the answer as JSON."""
    told = exercise(house).version if version is None else version
    headers = {"Origin": str(house.url.origin()), "Content-Type": kind, "Ebb-Length-Ms": str(ms)}
    async with (
        house.browsing(who) as http,
        http.post(f"{path(house)}/{step}?version={told}", data=body, headers=headers) as answer,
    ):
        return answer.status, json.loads(await answer.text())


async def fetch(house: House, address: str, who: str, **headers: str) -> tuple[int, bytes, Any]:
    async with house.browsing(who) as http, http.get(address, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def kept(house: House, who: str = "therapist") -> list[Recording]:
    async with house.app[wiring.STORE].reader() as tx:
        person = getattr(house.cast, who)
        return await recordings.of_people(tx, house.cast.clinic, [person], exercises=[BREATHING])


async def bundled(house: House, who: str = "patient", **headers: str) -> list[dict[str, Any]]:
    status, body, _ = await fetch(house, "/practice/bundle.json", who, **headers)
    assert status == 200
    found: list[dict[str, Any]] = json.loads(body)["recordings"]
    return found


@pytest.mark.parametrize("kind", BODIES)
async def test_what_was_said_comes_back_as_it_was_to_therapist_and_patient(house: House, kind: str):
    await prescribe(house)

    status, told = await send(house, BODIES[kind], kind=kind)
    (one,) = await bundled(house)

    assert status == 200
    assert (one["exercise"], one["version"], one["step"]) == (BREATHING, exercise(house).version, 0)
    assert (one["mime"], one["ms"]) == (kind, 4_000)
    for address, who in ((told["listen"], "therapist"), (one["url"], "patient")):
        status, body, headers = await fetch(house, address, who)
        assert (status, body) == (200, BODIES[kind])
        assert headers["Content-Type"] == kind
        assert headers["Content-Length"] == str(len(body))
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_no_recording_is_refused_in_a_sentence_and_nothing_is_stored(house: House):
    too_much = WEBM + bytes(voice.MOST_BYTES)
    for sent, status, words in (
        ({"body": b""}, 422, "Nothing was recorded"),
        ({"ms": 0}, 422, "Nothing was recorded"),
        ({"ms": "a while"}, 422, "Nothing was recorded"),
        ({"ms": 30 * 60_000}, 413, "longer than 2 minutes"),
        ({"body": io.BytesIO(too_much)}, 413, "longer than 2 minutes"),
        # A length that nobody was told beforehand.
        ({"body": _in_chunks(too_much)}, 413, "longer than 2 minutes"),
        ({"kind": "video/webm"}, 415, "phones cannot play"),
        ({"kind": "audio/wav", "body": b"RIFF....WAVE"}, 415, "phones cannot play"),
        ({"kind": "audio/ogg"}, 415, "phones cannot play"),
        ({"body": b"<html>hello</html>"}, 415, "phones cannot play"),
        ({"body": WEBM.replace(b"A_OPUS", b"V_VP8 ")}, 415, "phones cannot play"),
        ({"kind": "audio/mp4"}, 415, "phones cannot play"),
        ({"version": exercise(house).version + 1}, 409, "words have changed"),
        ({"step": 99}, 409, "words have changed"),
    ):
        answer = await send(house, **sent)
        assert answer[0] == status, sent.keys()
        assert words in answer[1]["message"]

    assert await kept(house) == []


async def test_a_refusal_leaves_what_was_kept_before(house: House):
    await send(house)
    (before,) = await kept(house)

    await send(house, b"")

    assert await kept(house) == [before]


async def test_half_an_upload_stores_nothing(house: House):
    _, writer = await asyncio.open_connection(house.url.host, house.url.port)
    head = (
        f"POST {path(house)}/0?version={exercise(house).version} HTTP/1.1\r\nHost: {house.url.authority}\r\n"
        f"Origin: {house.url.origin()}\r\nCookie: ebb={house.cast.tokens['therapist']}\r\n"
        f"Content-Type: audio/webm\r\nEbb-Length-Ms: 4000\r\nContent-Length: {len(WEBM)}\r\n\r\n"
    )
    writer.write(head.encode() + WEBM[: len(WEBM) // 2])
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    # The server goes on, and the whole of it is taken when it comes.
    assert (await send(house))[0] == 200
    (one,) = await kept(house)
    status, body, _ = await fetch(house, page.listen_path(one), "therapist")
    assert (status, body) == (200, WEBM)


async def test_an_upload_that_comes_to_a_halt_is_given_up_in_words(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page, "READ_SECONDS", 0.05)

    status, told = await send(house, _halting())

    assert status == 408
    assert "did not arrive whole" in told["message"]
    assert await kept(house) == []


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_another_one_takes_the_place_of_the_one_before(house: House):
    _, first = await send(house)
    _, second = await send(house, WEBM + b"better")

    (one,) = await kept(house)
    assert page.listen_path(one) == second["listen"]
    # Another address, so that a phone which has the old one fetches the new.
    assert first["listen"] != second["listen"]
    assert (await fetch(house, first["listen"], "therapist"))[0] == 404
    assert (await fetch(house, second["listen"], "therapist"))[1] == WEBM + b"better"


async def test_taken_away_is_gone_for_everybody(house: House):
    await prescribe(house)
    _, told = await send(house)
    (one,) = await kept(house)

    async with reading(house, "therapist") as therapist:
        after = await therapist.sends(told["away"])

    assert (after.status, after.path) == (200, path(house))
    assert await kept(house) == []
    assert await bundled(house) == []
    for address, who in ((told["listen"], "therapist"), (page.hear_path(one), "patient")):
        assert (await fetch(house, address, who))[0] == 404


async def test_nobody_but_the_therapist_and_their_own_patients_hears_it(house: House):
    await send(house)
    (one,) = await kept(house)
    for address, may in (
        (page.hear_path(one), {"patient", "other_patient"}),
        (page.listen_path(one), {"therapist"}),
    ):
        for who in ("therapist", "patient", "other_patient", "support", "owner", "stranger", "colleague"):
            assert (await fetch(house, address, who))[0] == (200 if who in may else 404), (address, who)
        assert (await fetch(house, address, ""))[0] == 401


async def test_nobody_else_takes_it_away(house: House):
    _, told = await send(house)
    for who in ("colleague", "stranger", "owner", "patient", "support"):
        async with reading(house, who) as other:
            assert (await other.sends(told["away"])).status == 404
    assert len(await kept(house)) == 1


async def test_a_patient_of_a_colleague_has_the_colleagues_voice(house: House):
    await prescribe(house)
    await send(house)
    await send(house, WEBM + b"of a colleague", who="colleague")
    cast, now_ms = house.cast, house.clock.now_ms()
    (theirs,) = await kept(house, "colleague")
    assert (await fetch(house, page.hear_path(theirs), "patient"))[0] == 404

    async with house.app[wiring.STORE].write() as tx:
        await people.remove_from_caseload(
            tx, clinic_id=cast.clinic, therapist_id=cast.therapist, patient_id=cast.patient, now_ms=now_ms
        )
        await people.add_to_caseload(
            tx, clinic_id=cast.clinic, therapist_id=cast.colleague, patient_id=cast.patient, now_ms=now_ms
        )

    (one,) = await bundled(house)
    assert (await fetch(house, one["url"], "patient"))[1] == WEBM + b"of a colleague"
    (mine,) = await kept(house)
    assert (await fetch(house, page.hear_path(mine), "patient"))[0] == 404


async def test_recordings_of_an_older_version_rest_and_no_phone_takes_them(house: House):
    await prescribe(house)
    await send(house)
    (one,) = await kept(house)
    old = structs.replace(one, id="0" * 32, version=one.version - 1)
    async with house.app[wiring.STORE].write() as tx:
        await recordings.put(tx, house.cast.clinic, old, WEBM)

    async with reading(house, "therapist") as therapist:
        shown = await therapist.opens(path(house))

    assert f"Version {old.version}, resting" in shown.words
    assert [found["url"] for found in await bundled(house)] == [page.hear_path(one)]


async def test_who_chose_another_word_hears_it_from_the_phone(house: House):
    """A recording that says the word which somebody did not want would be worse than none."""
    plain = structs.replace(exercise(house), steps=exercise(house).steps[:2])
    first, second = plain.steps
    words = structs.replace(first.words, say="Rest a hand on your {vulva}.")
    plain = structs.replace(plain, steps=(structs.replace(first, words=words), second))
    slots = [
        Recording(id=step.id, person_id="t", exercise=plain.slug, version=plain.version, step=step.id, mime="audio/mp4",
                  length_ms=1, created_ms=1)
        for step in plain.steps
    ]  # fmt: skip

    def heard(wording: Wording) -> list[int]:
        told = spoken(plain, wording)
        return [index for _, index in voice.heard_at_home(slots, [(plain, told)], order=["t"])]

    assert heard(Wording()) == [0, 1]
    assert heard(Wording(own={"vulva": "garden"})) == [1]
    assert heard(Wording(tone="clinical")) == [1]


async def test_who_reads_another_language_hears_it_from_the_phone(spanish: House):
    await prescribe(spanish)
    await send(spanish)

    assert len(await bundled(spanish, **{"Accept-Language": "en"})) == 1
    assert await bundled(spanish, **{"Accept-Language": "es"}) == []


async def test_an_exercise_is_one_voice(house: House):
    plain = exercise(house)
    at = Recording(id="1", person_id="b", exercise=plain.slug, version=plain.version, step=plain.steps[0].id,
                   mime="audio/mp4", length_ms=1, created_ms=1)  # fmt: skip
    mine = structs.replace(at, id="2", person_id="a", step=plain.steps[1].id)
    pair = [(plain, spoken(plain))]

    assert voice.heard_at_home([at, mine], pair, order=["a", "b"]) == [(mine, 1)]
    assert voice.heard_at_home([at, mine], pair, order=["b", "a"]) == [(at, 0)]
    assert voice.heard_at_home([at, mine], pair, order=["c"]) == []


async def test_nothing_of_it_can_be_read_on_the_disk_nor_under_another_row(house: House):
    said = b"words that nobody else is to hear " * 40
    await send(house, WEBM + said)
    (one,) = await kept(house)
    files = [file for file in _data(house).rglob("*") if file.is_file()]

    assert any(file.name.startswith("ebb.db") for file in files)
    assert not any(b"nobody else is to hear" in file.read_bytes() for file in files)
    async with house.app[wiring.STORE].reader() as tx:
        assert await recordings.body_of(tx, house.cast.clinic, one) == WEBM + said
        for other in ({"step": "another"}, {"person_id": house.cast.colleague}, {"mime": "audio/mp4"}):
            with pytest.raises(Unreadable):
                await recordings.body_of(tx, house.cast.clinic, structs.replace(one, **other))


async def test_the_microphone_is_open_to_this_page_alone(house: House):
    async with house.browsing("therapist") as http:
        policies = {}
        for address in (path(house), path(house).removesuffix("/voice"), "/desk", "/library"):
            async with http.get(address) as answer:
                policies[address] = answer.headers["Permissions-Policy"]

    assert {address for address, policy in policies.items() if "microphone=(self)" in policy} == {path(house)}
    assert all("camera=()" in policy for policy in policies.values())


async def test_the_page_says_who_hears_it_and_shows_every_step(house: House):
    await send(house, step=1)
    async with reading(house, "therapist") as therapist:
        shown = await therapist.opens(path(house))
        from_exercise = await therapist.opens(path(house).removesuffix("/voice"))

    assert 'href="' + path(house) + '"' in from_exercise.body
    assert "Your own patients, at home" in shown.words
    assert "A new version of this exercise needs new ones" in shown.words
    assert shown.body.count("data-step=") == len(exercise(house).steps)
    assert shown.words.count("Kept 0:04") == 1
    assert exercise(house).slug not in shown.body


async def test_what_two_people_do_together_is_never_recorded(house: House):
    (together,) = [one.slug for one in house.app[wiring.LIBRARY] if one.with_support][:1]
    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens(path(house, together))).status == 404
        assert path(house, together) not in (await therapist.opens(path(house, together)[:-6])).body


async def _in_chunks(body: bytes) -> Any:
    for at in range(0, len(body), 65_536):
        yield body[at : at + 65_536]


async def _halting() -> Any:
    yield WEBM[:200]
    await asyncio.Event().wait()


def _data(house: House) -> Path:
    return house.app[wiring.SETTINGS].data
