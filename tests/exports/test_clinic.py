"""All records of a clinic in one file: sealed, recorded with a reason that patients read, and opened again."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from server import wiring
from server.db.vault import KeyKind
from server.exports.clinic import open_export
from server.exports.sealed import Unopened
from tests.commands import Said, ebb
from tests.exports.taking import copy
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.records import eventful, keep

PASSPHRASE = "four words by the shore"
ASKED = {"reason": "Moving to another server", "passphrase": PASSPHRASE, "again": PASSPHRASE}


async def test_the_owner_takes_the_clinic_along_and_the_file_opens_with_its_passphrase_alone(
    house: House, tmp_path: Path
) -> None:
    await keep(house, eventful())

    job, taken = await copy(house, "owner", "/clinic/export", ASKED)
    sealed, opened = tmp_path / "clinic.ebb", tmp_path / "clinic.zip"
    sealed.write_bytes(taken.body)
    open_export(sealed, opened, PASSPHRASE)

    assert job.total == job.done == 2
    assert taken.body.startswith(b"EBB-EXPORT 1\n")
    assert b"record.fhir.json" not in taken.body
    with ZipFile(opened) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert {"clinic.json", "people.csv", "patients/00001/record.pdf", "patients/00002/record.fhir.json"} <= set(
            names
        )
        assert b"Harbour Clinic" in archive.read("clinic.json")
    with pytest.raises(Unopened):
        open_export(sealed, tmp_path / "no.zip", "four words by the lake")
    assert not (tmp_path / "no.zip").exists()


@pytest.mark.parametrize("change", ["cut", "bit", "swapped"])
async def test_a_file_that_was_cut_or_changed_does_not_open(house: House, tmp_path: Path, change: str) -> None:
    _, taken = await copy(house, "owner", "/clinic/export", ASKED)
    body, piece = taken.body, 64 * 1024 + 16
    head = body.index(b"\n", body.index(b"\n") + 1) + 1 + 7
    match change:
        case "cut":
            body = body[: head + piece] if len(body) > head + piece else body[:-1]
        case "bit":
            body = body[:-40] + bytes([body[-40] ^ 1]) + body[-39:]
        case _:
            body = body[:-16] + body[-8:] + body[-16:-8]
    (tmp_path / "clinic.ebb").write_bytes(body)

    with pytest.raises(Unopened):
        open_export(tmp_path / "clinic.ebb", tmp_path / "clinic.zip", PASSPHRASE)

    assert not (tmp_path / "clinic.zip").exists()


async def test_every_patient_reads_that_it_was_made_and_why(house: House) -> None:
    await copy(house, "owner", "/clinic/export", ASKED)

    for who in ("patient", "other_patient"):
        async with reading(house, who) as patient:
            words = (await patient.opens("/export")).words
        assert "the records of the whole clinic, sealed with a passphrase" in words
        assert "Why: Moving to another server" in words


async def test_without_a_reason_or_with_a_short_passphrase_nothing_is_made(house: House) -> None:
    for wrong, words in (
        ({"reason": " "}, "Write why. Every patient can read it."),
        ({"passphrase": "short", "again": "short"}, "Write 16 characters or more."),
        ({"again": "four words by the lake"}, "The two are not the same."),
    ):
        async with reading(house, "owner") as owner:
            page = await owner.sends("/clinic/export", ASKED | wrong)

        assert page.status == 422
        assert words in page.words
        assert PASSPHRASE not in page.body

    async with reading(house, "patient") as patient:
        assert "Nobody has taken a copy so far." in (await patient.opens("/export")).words
    assert house.app[wiring.EXPORTS].newest_of(house.cast.owner) is None


async def test_an_erased_patient_is_left_out_and_the_others_are_there(house: House, tmp_path: Path) -> None:
    await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.other_patient, KeyKind.CARE)

    _, taken = await copy(house, "owner", "/clinic/export", ASKED)
    (tmp_path / "clinic.ebb").write_bytes(taken.body)
    open_export(tmp_path / "clinic.ebb", tmp_path / "clinic.zip", PASSPHRASE)

    with ZipFile(tmp_path / "clinic.zip") as archive:
        assert sum(name.endswith("record.pdf") for name in archive.namelist()) == 1


async def test_the_command_line_opens_it_and_overwrites_nothing(house: House, tmp_path: Path) -> None:
    _, taken = await copy(house, "owner", "/clinic/export", ASKED)
    sealed, to = tmp_path / "clinic.ebb", tmp_path / "clinic.zip"
    sealed.write_bytes(taken.body)

    async def opens(passphrase: str) -> Said:
        return await ebb("open-export", sealed, to, EBB_EXPORT_PASSPHRASE=passphrase, PATH="")

    wrong, right, again = [await opens(words) for words in ("something else altogether", PASSPHRASE, PASSPHRASE)]

    assert (wrong.code, right.code, again.code) == (1, 0, 1)
    assert "The passphrase is another one" in wrong.err
    assert "is there already" in again.err
    assert ZipFile(to).testzip() is None
