"""Taking a record along: what is in a copy, for whom, who sees that it was made, and what is never in it."""

import csv
import io

import msgspec
import pytest

from server import wiring
from server.accounts import proof
from server.accounts.signing import WINDOW_MS
from server.db import documents, logins, people
from server.db.documents import Document
from server.db.store import new_id
from server.db.vault import KeyKind
from server.exports import recording
from server.exports.jobs import KEPT_MS
from sessions.journal import KeepPrivate, Say, Thought, WriteThought
from sessions.notes import Note, Section
from sessions.people import Actor, Role
from tests.exports.taking import bundle_in, copy, load, made, send
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.records import eventful, keep

SCRATCH = "Shoulders high at first."


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


async def sign(house: House, visit: str, text: str, *, state: str = documents.SIGNED, of: str | None = None) -> str:
    """A note that was signed some time ago."""
    cast, note = house.cast, Note(sections=(Section("Assessment", text),))
    written = Document(
        id=new_id(),
        patient_id=cast.patient,
        session_id=visit,
        kind=documents.NOTE,
        state=state,
        author_id=cast.therapist,
        of_id=of,
        created_ms=1,
        changed_ms=2,
        signed_ms=None if state == documents.DRAFT else 2,
        body=msgspec.json.encode(note),
    )
    async with house.app[wiring.STORE].write() as tx:
        assert await documents.put(tx, cast.clinic, written)
    return written.id


async def write(house: House, command: object, who: str = "patient") -> None:
    role = Role.PATIENT if who == "patient" else Role.THERAPIST
    actor = Actor(id=getattr(house.cast, who), role=role)
    await house.app[wiring.JOURNALS].write(house.cast.clinic, house.cast.patient, command, actor=actor)  # type: ignore[arg-type]


async def test_a_therapist_takes_a_session_in_each_form(house: House) -> None:
    visit = await keep(house, eventful())

    pdf = await send(house, "therapist", f"/sessions/{visit}/export", {"form": "pdf"})
    tables = await send(house, "therapist", f"/sessions/{visit}/export", {"form": "tables"})
    bundle = await send(house, "therapist", f"/sessions/{visit}/export", {"form": "fhir"})

    assert pdf.body.startswith(b"%PDF-")
    assert (pdf.kind, pdf.cached) == ("application/pdf", "no-store")
    assert 'attachment; filename="session-' in pdf.name
    assert {"sessions.csv", "checkins.csv", "moments.csv"} <= set(tables.archive.namelist())
    assert msgspec.json.decode(bundle.body)["resourceType"] == "Bundle"


async def test_a_form_that_is_none_of_them_is_asked_for_again(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        page = await therapist.sends(f"/sessions/{visit}/export", {"form": "scroll"})

    assert page.status == 422
    assert "Choose what the copy is for." in page.words


async def test_a_patient_takes_everything_that_is_theirs(house: House) -> None:
    visit = await keep(house, eventful())
    await sign(house, visit, "Breath reached the belly.")
    await write(house, Say("=SUM(A1) see you"))
    await write(house, WriteThought(Thought(situation="An examination", thought="It will hurt")))

    job, taken = await copy(house, "patient", "/export")

    names = taken.archive.namelist()
    assert {"record.pdf", "record.fhir.json", "events.jsonl", "README.txt", "tables/checkins.csv"} <= set(names)
    assert sum(name.startswith("sessions/") for name in names) == job.total == job.done == 1
    assert [row["text"] for row in rows(taken.archive.read("tables/documents.csv"))] == ["Breath reached the belly."]
    assert [row["thought"] for row in rows(taken.archive.read("tables/thoughts.csv"))] == ["It will hurt"]
    assert taken.archive.testzip() is None


async def test_a_cell_that_looks_like_a_formula_is_none(house: House) -> None:
    await write(house, Say("=SUM(A1) see you"))
    await write(house, Say("a = b"))

    _, taken = await copy(house, "patient", "/export")

    assert [row["text"] for row in rows(taken.archive.read("tables/messages.csv"))] == ["'=SUM(A1) see you", "a = b"]


async def test_a_patients_copy_holds_nothing_that_therapists_wrote_for_each_other(house: House) -> None:
    visit = await keep(house, eventful())
    shown = await sign(house, visit, "Shown to all.")
    await sign(house, visit, "Kept back for a reason.", state=documents.WITHHELD)
    await sign(house, visit, "Not signed yet.", state=documents.DRAFT)
    await sign(house, visit, "Added later.", of=shown)

    _, own = await copy(house, "patient", "/export")
    _, theirs = await copy(house, "therapist", f"/patients/{house.cast.patient}/export")

    in_own = b"".join(own.archive.read(name) for name in own.archive.namelist())
    in_theirs = b"".join(theirs.archive.read(name) for name in theirs.archive.namelist())
    assert b"Shown to all." in in_own
    assert b"Added later." in in_own
    assert b"Kept back" not in in_own
    assert b"Kept back" in in_theirs
    for word in (b"Not signed yet", SCRATCH.encode()):
        assert word not in in_own
        assert word not in in_theirs
    assert b"concern.raised" not in in_own
    assert b"concern.raised" in in_theirs


async def test_what_a_patient_keeps_to_themself_is_in_their_own_copy_alone(house: House) -> None:
    await write(house, WriteThought(Thought(situation="At night", thought="A thought of my own")))
    await write(house, KeepPrivate(of=1, private=True))

    _, own = await copy(house, "patient", "/export")
    _, theirs = await copy(house, "therapist", f"/patients/{house.cast.patient}/export")

    assert b"A thought of my own" in own.archive.read("tables/thoughts.csv")
    assert b"A thought of my own" not in theirs.archive.read("tables/thoughts.csv")


async def test_the_patient_sees_who_took_a_copy_and_of_what(house: House) -> None:
    visit = await keep(house, eventful())
    await send(house, "therapist", f"/sessions/{visit}/export", {"form": "pdf"})
    await copy(house, "therapist", f"/patients/{house.cast.patient}/export")

    async with reading(house, "patient") as patient, reading(house, "other_patient") as other:
        page, others = await patient.opens("/export"), await other.opens("/export")

    assert "one session" in page.words
    assert "the whole record" in page.words
    assert "Nobody has taken a copy so far." in others.words


async def test_a_copy_is_gone_after_a_quarter_of_an_hour_and_is_nobody_elses_before(house: House) -> None:
    job, _ = await copy(house, "patient", "/export")

    assert (await load(house, "therapist", f"/export/{job.id}/file")).status == 404
    await house.clock.advance(KEPT_MS + 1)

    assert (await load(house, "patient", f"/export/{job.id}/file")).status == 404
    assert list((house.folder / "copies").iterdir()) == []


async def test_what_lies_on_disk_meanwhile_can_be_read_by_nobody(house: House) -> None:
    await keep(house, eventful())

    _, taken = await copy(house, "patient", "/export")

    lying = b"".join(path.read_bytes() for path in (house.folder / "copies").iterdir())
    assert len(lying) > len(taken.body)
    assert b"record.fhir.json" in taken.body
    assert b"record.fhir.json" not in lying
    assert all(path.stat().st_mode & 0o077 == 0 for path in (house.folder / "copies").iterdir())


async def test_a_restart_forgets_copies_and_leaves_nothing(house: House) -> None:
    job, _ = await copy(house, "patient", "/export")
    (house.folder / "copies" / "left-over.copy").write_bytes(b"noise")

    await house.restart()

    assert (await load(house, "patient", f"/export/{job.id}")).status == 404
    assert list((house.folder / "copies").iterdir()) == []


async def test_asking_too_often_is_told_so(house: House) -> None:
    visit = await keep(house, eventful())
    async with house.app[wiring.STORE].write() as tx:
        now_ms = house.clock.now_ms()
        for _ in range(30):
            await logins.count_attempt(
                tx,
                scope="export",
                key_hash=house.app[wiring.KEYS].attempt_hash(house.cast.therapist),
                window_ms=now_ms - now_ms % WINDOW_MS,
            )

    answer = await send(house, "therapist", f"/sessions/{visit}/export", {"form": "pdf"})

    assert answer.status == 429
    async with reading(house, "patient") as patient:
        assert "Nobody has taken a copy" in (await patient.opens("/export")).words


@pytest.mark.parametrize("who", ["therapist", "patient"])
async def test_one_session_leaves_with_whoever_has_just_shown_who_they_are(house: House, who: str) -> None:
    visit = await keep(house, eventful())
    async with reading(house, who) as somebody:
        await somebody.opens(f"/sessions/{visit}/export")
        somebody.headers["Referer"] = str(house.url / f"sessions/{visit}/export")
        await house.clock.advance(proof.FORM_LASTS_MS)
        asked = await somebody.sends(f"/sessions/{visit}/export", {"form": "pdf"})
        listed = (await somebody.opens("/export")).words if who == "patient" else ""
    await house.prove(who)
    served = await send(house, who, f"/sessions/{visit}/export", {"form": "pdf"})

    assert asked.path == f"/prove?next=/sessions/{visit}/export"
    assert who != "patient" or "Nobody has taken a copy" in listed
    assert (served.status, served.kind) == (200, "application/pdf")


async def test_an_erased_record_is_told_to_be_so(house: House) -> None:
    visit = await keep(house, eventful())
    await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.patient, KeyKind.CARE)

    answer = await send(house, "therapist", f"/sessions/{visit}/export", {"form": "pdf"})

    assert answer.status == 410


async def test_a_record_without_a_session_is_a_record(house: House) -> None:
    job, taken = await copy(house, "therapist", f"/patients/{house.cast.patient}/export")

    assert job.total == 0
    bundle = bundle_in(taken.archive)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]  # type: ignore[attr-defined]
    assert kinds == ["Organization", "Practitioner", "Patient", "EpisodeOfCare", "Provenance"]


async def test_a_copy_that_waits_says_so_and_its_page_looks_again_by_itself(house: House) -> None:
    exports = house.app[wiring.EXPORTS]

    async with reading(house, "patient") as patient:
        async with exports._turn:
            waiting = await patient.sends("/export")
            again = await patient.sends("/export")
            progress = await patient.opens(f"{waiting.path}/progress.json")
            early = await patient.opens(f"{waiting.path}/file")
        job = await made(house, "patient", waiting.path.removeprefix("/export/"))
        ready = await patient.opens(f"/export/{job.id}")

    assert "Another copy is being made first." in waiting.words
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting.body
    assert again.path == waiting.path
    assert msgspec.json.decode(progress.body) == {"state": "waiting", "done": 0, "total": 0}
    assert early.status == 404
    assert "It is ready." in ready.words
    assert "http-equiv" not in ready.body


async def test_what_no_font_can_print_is_listed_on_the_page(house: House) -> None:
    await write(house, Say("ქეთი came along"))

    job, taken = await copy(house, "patient", "/export")
    async with reading(house, "patient") as patient:
        page = await patient.opens(f"/export/{job.id}")

    assert "ქ U+10E5 GEORGIAN LETTER KHAR" in page.words
    assert "U+10E5 GEORGIAN LETTER KHAR" in taken.archive.read("README.txt").decode()
    assert rows(taken.archive.read("tables/messages.csv"))[0]["text"] == "ქეთი came along"


async def test_a_therapist_whose_patient_was_handed_over_has_no_copy_any_more(house: House) -> None:
    cast = house.cast
    job, before = await copy(house, "therapist", f"/patients/{cast.patient}/export")
    async with house.app[wiring.STORE].write() as tx:
        await people.remove_from_caseload(
            tx,
            clinic_id=cast.clinic,
            therapist_id=cast.therapist,
            patient_id=cast.patient,
            now_ms=house.clock.now_ms(),
        )

    assert before.status == 200
    assert (await load(house, "therapist", f"/export/{job.id}/file")).status == 404
    assert (await load(house, "therapist", f"/export/{job.id}")).status == 404


async def test_a_copy_that_cannot_be_made_says_so_and_leaves_nothing(house: House) -> None:
    await keep(house, eventful())
    exports = house.app[wiring.EXPORTS]

    async with reading(house, "patient") as patient:
        async with exports._turn:
            waiting = await patient.sends("/export")
            await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.patient, KeyKind.CARE)
        job = exports.of(house.cast.patient, waiting.path.removeprefix("/export/"))
        assert job is not None
        await job.over.wait()

    assert job.state == "failed"
    assert list((house.folder / "copies").iterdir()) == []


async def test_a_record_is_taken_along_by_whoever_showed_who_they_are_a_little_while_ago(house: House) -> None:
    own = {"patient": "/export", "therapist": f"/patients/{house.cast.patient}/export", "owner": "/clinic/export"}
    await house.clock.advance(25 * 60_000)
    for who, path in own.items():
        async with reading(house, who) as somebody:
            asked = await somebody.sends(path, {})
        assert asked.path.startswith("/prove?next="), who
    await house.prove("patient")

    _, taken = await copy(house, "patient", "/export")

    assert taken.status == 200
    assert [one.what for one in await recording.taken(house.app, house.cast.clinic, house.cast.patient)] == [
        "the whole record"
    ]


async def test_who_saw_the_record_is_in_the_patients_own_copy_and_in_nobody_elses(house: House) -> None:
    async with reading(house, "therapist") as therapist:
        await therapist.opens(f"/patients/{house.cast.patient}")

    _, own = await copy(house, "patient", "/export")
    _, theirs = await copy(house, "therapist", f"/patients/{house.cast.patient}/export")

    seen = rows(own.archive.read("tables/seen_by.csv"))
    assert ("Therapist", "record.read", "") in [(one["name"], one["what"], one["own"]) for one in seen]
    assert ("Patient", "export.record", "yes") in [(one["name"], one["what"], one["own"]) for one in seen]
    assert rows(theirs.archive.read("tables/seen_by.csv")) == []
