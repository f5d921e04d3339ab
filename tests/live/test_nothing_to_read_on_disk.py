"""Everything that people typed, said and took along in a whole course: none of it can be read in what the server keeps.

Database, its log and index, key ring, journals, copies, temporary files and log lines are searched for one rare word
for each place where somebody can write, in every spelling.
"""

import base64
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server import wiring
from server.clinic_settings import ClinicSettings, Cover
from server.db import people
from server.db.people import Role
from tests.conftest import BOTH
from tests.exports.taking import copy
from tests.live.house import House
from tests.live.searching import found_in, spellings
from tests.live.talker import ARRIVAL
from tests.live.visit import meet
from tests.pages import noting
from tests.pages.practices import practised
from tests.pages.reader import reading
from tests.pages.test_letters import begun, filled
from tests.pages.test_voice import WEBM, send
from tests.practice.phone import Phone, prescribe

#: What a clinic tells everybody lies readable in its row: its name and its telephone number.
CLEAR = "quillharbour"


class Marks:
    """A rare word for each place."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def __call__(self, place: str) -> str:
        return self.of.setdefault(place, f"zebra{len(self.of):02d}lanternquartz")

    def __iter__(self) -> Iterator[str]:
        return iter(self.of.values())


async def _in_a_visit(house: House, mark: Marks) -> None:
    visit = await meet(house)
    await visit.patient.must(
        "arrival.confirm",
        **{**ARRIVAL, "hang_up": {"call_back_ok": True, "phrase": mark("phrase")}},
        place=mark("place"),
        phone=mark("phone"),
        stop_word=mark("stop word"),
        signal=mark("signal"),
        people=[{"role": mark("who is there"), "in_room": False}],
    )
    await visit.therapist.must("visit.admit")
    await visit.run()
    await visit.patient.must("message.say", text=mark("said by the patient"))
    await visit.therapist.must("message.say", text=mark("said by the therapist"))
    await visit.therapist.must("note.write", text=mark("noted"))
    await visit.patient.must(
        "checkin.record", kind="relaxation", answers={"outcome": "done", "note": mark("how it felt")}
    )
    await visit.patient.raw(f'{{"type": "{mark("a wrong type")}", "id": "{mark("a wrong id")}"}}')
    await visit.patient.raw(mark("no frame at all"))
    await visit.patient.ask("checkin.record", kind=mark("a wrong kind"), answers={mark("a key"): mark("a value")})
    await visit.patient.stop()
    await visit.therapist.must("visit.end")
    await visit.patient.closed()


async def _between_visits(house: House, mark: Marks) -> None:
    """What patients and therapists write on pages."""
    async with reading(house, "patient") as patient:
        page = await patient.sends("/situations", {"situation": mark("situation")})
        assert mark("situation") in page.words
        await patient.opens(f"/nowhere/{mark('a wrong address')}?{mark('a name')}={mark('a field')}")
        patient.headers["User-Agent"] = mark("a browser")
        await patient.opens("/today")
        await patient.sends("/sign-in", {"email": f"{mark('typed address')}@example.org", "password": mark("password")})
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        signed = filled(page, text=mark("letter"), address=mark("address"))
        page = await therapist.sends(page.path.partition("?")[0], signed)
        assert mark("letter") in page.words
        page = await begun(house, therapist)
        draft = filled(page, text=mark("letter's draft"), do="keep")
        page = await therapist.sends(page.path.partition("?")[0], draft)
        assert mark("letter's draft") in page.body
        for do, text in (("keep", mark("note's draft")), ("sign", mark("note"))):
            fields = await noting.draft(therapist, house.cast.visit)
            fields |= {noting.ASSESSMENT: text, noting.PLAN: mark("plan")}
            assert text in (await noting.sends(therapist, house.cast.visit, fields, do)).body


async def _at_home(house: House, mark: Marks) -> None:
    await prescribe(house)
    async with house.browsing("patient") as http:
        phone = Phone(house, http)
        await phone.refresh()
        practice = phone.begin()
        await practice.inside(note=mark("note of a practice"))
        assert await phone.deliver(practice.part()) == ["stored"]
        # Kept aside: nobody can open it, and its words are not even sealed.
        stray = {"session": "f" * 32, "n": 0, "sealed": mark("what should have been sealed") * 4}
        assert await phone.deliver(stray) == ["kept_aside"]
    status, _ = await send(house, WEBM + mark("said in a voice").encode() * 9)
    assert status == 200


async def _people(house: House, mark: Marks) -> None:
    app, cast = house.app, house.cast
    async with app[wiring.STORE].write() as tx:
        await people.rename(tx, cast.clinic, cast.patient, name=mark("patient's name"))
        await people.rename(tx, cast.clinic, cast.therapist, name=mark("therapist's name"))
        await people.set_email(tx, cast.clinic, cast.patient, email=f"{mark('e-mail')}@example.org")
        await people.create_person(
            tx, clinic_id=cast.clinic, role=Role.OWNER, name=mark("owner's name"), now_ms=house.clock.now_ms()
        )
        settings = ClinicSettings(cover=Cover(name=mark("cover"), email=f"{mark('cover by mail')}@example.org"))
        await people.change_clinic(
            tx, cast.clinic, name=CLEAR, phone="+1 555 0100", settings=msgspec.json.encode(settings)
        )


@pytest.mark.parametrize("premises", BOTH, indirect=True)
@pytest.mark.timeout(600)
async def test_nothing_that_was_typed_said_or_taken_along_can_be_read_on_the_disk(
    *,
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    mark = Marks()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    folders = [house.folder, temporary]
    await _people(house, mark)
    await _in_a_visit(house, mark)
    await _between_visits(house, mark)
    await practised(house, days_ago=2, pain_worst=4)
    await _at_home(house, mark)
    # Both are made and lie there, sealed, until they are a quarter of an hour old.
    await copy(house, "patient", "/export")
    owners = {"reason": mark("why"), "passphrase": mark("passphrase"), "again": mark("passphrase")}
    await copy(house, "owner", "/clinic/export", owners)
    assert any(path.stat().st_size for path in (house.folder / "copies").iterdir())
    if "postgresql" in request.node.name:
        postgres: Any = request.getfixturevalue("postgres")
        await postgres.run("CHECKPOINT")
        folders.append(postgres.socket_folder)

    for when in ("while it runs", "afterwards"):
        assert found_in(folders, mark) == [], when
        assert found_in(folders, [CLEAR]) != [], "what lies there readable is found"
        if when == "while it runs":
            await house.close()
    told = "".join(capfd.readouterr())
    assert "outbox.aside" in told, "what the server logged is what is searched"
    assert [word for word in mark if any(spelling.decode("latin-1") in told for spelling in spellings(word))] == []
    assert len(mark.of) > 30


@pytest.mark.parametrize("spelling", sorted(spellings("zebra00lanternquartz")))
def test_the_search_finds_every_spelling_in_every_kind_of_file(tmp_path: Path, spelling: bytes) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "file").write_bytes(b"\x00\xff before " + spelling + b" behind \x00")

    assert found_in([tmp_path], ["zebra00lanternquartz", "zebra01lanternquartz"]) == [("zebra00lanternquartz", "file")]


@pytest.mark.parametrize("offset", range(6))
def test_the_search_finds_a_word_in_a_database_in_its_log_and_in_the_middle_of_base64(tmp_path: Path, offset: int):
    body = base64.urlsafe_b64encode(b"x" * offset + b"zebra00lanternquartz" + b"?" * 7).decode()
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE note (text)")
        db.commit()
        db.execute("INSERT INTO note VALUES (?)", (body,))
        db.commit()

        assert ("zebra00lanternquartz", "a.db-wal") in found_in([tmp_path], ["zebra00lanternquartz"])
    assert found_in([tmp_path], ["zebra00lanternquartz"]) == [("zebra00lanternquartz", "a.db")]
