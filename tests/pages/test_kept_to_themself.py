"""What a patient keeps to themself is on no page and in no copy that a therapist or the owner can get.

Neither what they wrote outside of sessions, nor a check-in of a practice at home.
"""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest
from pypdf import PdfReader

from server import wiring
from server.exports.clinic import open_export
from sessions.checkins import ExposureAnswers
from sessions.journal import JournalCommand, KeepPrivate, ListSituation, Measure, Meet, Take, Thought, WriteThought
from sessions.journaling import may_be_private
from sessions.people import Actor, Role
from tests.exports.taking import copy, send
from tests.live.house import BREATHING, House
from tests.pages.reader import reading
from tests.pages.records import eventful, keep
from tests.pages.walls import READS, address
from tests.practice.phone import Phone, Practised, prescribe

SITUATION: Final = "The zip of the tent"
#: A word of its own in every line that a patient may write, so that what is missing is named.
ENTRIES: Final[tuple[JournalCommand, ...]] = (
    WriteThought(
        Thought(
            situation="obsidian",
            thought="basalt",
            worry_before=9,
            for_it="feldspar",
            against_it="gneiss",
            another_way="marble",
            worry_after=4,
        )
    ),
    Meet(
        ExposureAnswers(
            outcome="met",
            situation=SITUATION,
            fear_expected=9,
            fear_peak=7,
            fear_end=3,
            belief="granite",
            belief_before=8,
            belief_after=2,
            note="quartz",
        )
    ),
    Take(
        Measure(measure="activities", answers={"a1": 3, "a2": 4}, total=3.5, labels={"a1": "schist", "a2": "dolomite"})
    ),
)
MARKS: Final = ("obsidian", "basalt", "feldspar", "gneiss", "marble", "granite", "quartz", "schist", "dolomite")
PASSPHRASE: Final = "four words by the shore"
#: Pages of the session that the address names are asked for one that is over as well.
_OVER: Final = (
    "/sessions/{id}/review",
    "/sessions/{id}/replay.json",
    "/sessions/{id}/note",
    "/sessions/{id}/ledger.json",
)
#: They never end, hold what is the same for everybody, or a secret that is another one each time.
_LEFT: Final = (
    "/desk/events",
    "/live/{session}",
    "/static/{version}/{name}",
    "/check/bytes",
    "/check/line",
    "/second-step/set-up",
)
#: They list the copies that this test makes.
_LIST_COPIES: Final = ("/export", "clinic.json")
#: Numbers of a form or of a moment, which are others each time.
_NUMBERS: Final = re.compile(r"\b[0-9a-f-]{32,36}\b|#[0-9a-f]{8}\b")


async def test_it_is_on_no_page_and_in_no_copy_of_anybody_elses(house: House, tmp_path: Path):
    visit = await keep(house, eventful())
    await write(house, ListSituation(situation=SITUATION))
    before = {where: words async for where, words in everything(house, visit, tmp_path)}
    for entry in ENTRIES:
        await write(house, entry)
    shared = {where: words async for where, words in everything(house, visit, tmp_path)}
    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    for one in journal.entries:
        if may_be_private(one):
            await write(house, KeepPrivate(of=one.seq, private=True))
    kept = {where: words async for where, words in everything(house, visit, tmp_path)}

    # While it is shared every mark can be read somewhere: these pages and copies are the right ones to look at.
    assert {mark for mark in MARKS if not any(mark in words for words in shared.values())} == set()
    assert found(kept) == {}
    # And no number of it, nor that there was anything: each page and table is what it was before.
    changed = {where for where, words in kept.items() if words != before[where]}
    assert {where for where in changed if not where.endswith(_LIST_COPIES)} == set()


#: Of a check-in and of how it was on the days after: numbers of their own, and words.
TOLD: Final = {
    "outcome": "partly",
    "rung": "size-2",
    "minutes": 47,
    "pain_worst": 3,
    "worry_peak": 9,
    "guarding": 8,
    "stop_reason": "tired",
    "note": "obsidian and basalt",
}
CHANGED: Final = {**TOLD, "minutes": 46, "note": "feldspar and gneiss"}
AFTERWARDS: Final = "marble and granite"
_PRACTISED: Final = ("obsidian", "basalt", "feldspar", "gneiss", "marble", "granite")


@pytest.mark.thorough
async def test_nor_is_a_check_in_of_a_practice_that_they_keep(house: House, tmp_path: Path):
    await prescribe(house)
    async with house.browsing("patient") as http:
        phone = Phone(house, http)
        await phone.refresh()
        practice = phone.begin("belly")
        practice.say("activity.offer", exercise=BREATHING)
        practice.say("activity.start")
        await practice.wait(60_000)
        practice.say("activity.finish")
        practice.say("checkin.record", kind="relaxation", answers={"outcome": "done"})
        assert await phone.deliver(practice.part()) == ["stored"]
        before = {where: words async for where, words in everything(house, practice.ledger, tmp_path)}

        practice.say("checkin.record", kind="rung", answers=TOLD, private=True)
        of = practice.state.checkins[-1].seq
        practice.say("checkin.correct", of=of, answers=CHANGED)
        assert await phone.deliver(practice.part()) == ["stored"]
    await tells_afterwards(house, practice)
    kept = {where: words async for where, words in everything(house, practice.ledger, tmp_path)}
    async with reading(house, "patient") as patient:
        own = await patient.opens("/practised")
        taken = await patient.opens(f"/sessions/{practice.ledger}/ledger.json")
        await patient.sends(f"/sessions/{practice.ledger}/share", {"of": str(of)})
    shared = {where: words async for where, words in everything(house, practice.ledger, tmp_path)}

    assert found(kept, _PRACTISED) == {}
    changed = {where for where, words in kept.items() if words != before[where]}
    assert {where for where in changed if not where.endswith(_LIST_COPIES)} == set()
    # On the patient's own page, and in what is their own.
    assert all(mark in own.words for mark in ("feldspar", "gneiss", "marble", "granite"))
    assert "You keep this to yourself" in own.words
    assert all(mark in taken.body for mark in _PRACTISED)
    # Once it is shared all of it can be read: these are the right pages and copies to look at.
    assert {mark for mark in _PRACTISED if not any(mark in words for words in shared.values())} == set()
    review = shared[f"therapist /sessions/{practice.ledger}/review"]
    assert "shared what they had kept to themself" in review


async def tells_afterwards(house: House, practice: Practised) -> None:
    """On the form, as somebody does the morning after: from a page, and not from the phone."""
    async with reading(house, "patient") as patient:
        form = await patient.opens(f"/sessions/{practice.ledger}/next-day")
        assert "You keep that practice to yourself" in form.words
        fields = {"id": form.value("id"), "outcome": "sore", "pain": "2", "note": AFTERWARDS}
        assert (await patient.sends(f"/sessions/{practice.ledger}/next-day", fields)).status == 200


def found(everything: dict[str, str], marks: tuple[str, ...] = MARKS) -> dict[str, list[str]]:
    marked = {where: [mark for mark in marks if mark in words] for where, words in everything.items()}
    return {where: marks for where, marks in marked.items() if marks}


async def write(house: House, command: JournalCommand) -> None:
    cast = house.cast
    actor = Actor(id=cast.patient, role=Role.PATIENT)
    await house.app[wiring.JOURNALS].write(cast.clinic, cast.patient, command, actor=actor)


async def everything(house: House, visit: str, folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Every page and copy that a therapist or the owner can get, by its address, as the words in it."""
    for who in ("therapist", "owner"):
        async for where, words in _pages(house, who, visit):
            yield f"{who} {where}", _NUMBERS.sub("", words)
    whole = f"/patients/{house.cast.patient}/export"
    _, taken = await copy(house, "therapist", whole)
    for name, words in _archived(taken.archive):
        yield f"{whole} {name}", words
    for form in ("pdf", "tables", "fhir"):
        of_visit = await send(house, "therapist", f"/sessions/{visit}/export", {"form": form})
        files = _archived(of_visit.archive) if form == "tables" else [(form, _words(f"a.{form}", of_visit.body))]
        for name, words in files:
            yield f"export of a visit {name}", words
    asked = {"reason": "Moving", "passphrase": PASSPHRASE, "again": PASSPHRASE}
    _, sealed = await copy(house, "owner", "/clinic/export", asked)
    (folder / "clinic.ebb").write_bytes(sealed.body)
    (folder / "clinic.zip").unlink(missing_ok=True)
    open_export(folder / "clinic.ebb", folder / "clinic.zip", PASSPHRASE)
    with ZipFile(folder / "clinic.zip") as archive:
        for name, words in _archived(archive):
            yield f"export of the clinic {name}", words


async def _pages(house: House, who: str, visit: str) -> AsyncIterator[tuple[str, str]]:
    routes = [route for route, seen in READS.items() if seen[who] == 200 and route not in _LEFT]
    addresses = [address(house, route) for route in routes]
    addresses += [route.replace("{id}", visit) for route in _OVER if who == "therapist"]
    if who == "therapist":
        addresses.append(f"/patients/{house.cast.patient}?from=2025-01-01&to=2026-12-31")
    async with reading(house, who) as somebody:
        for path in addresses:
            page = await somebody.opens(path)
            # A page that is not there for this person would hold no mark whatever it did.
            assert page.status == 200, f"{who} {path}: {page.status}"
            # Attributes as well as words: a chart's points are named in them.
            yield path, " ".join(re.findall(r'"[^"<>]*"|[^<>"]+', page.body))


def _archived(archive: ZipFile) -> list[tuple[str, str]]:
    return [(name, _words(name, archive.read(name))) for name in archive.namelist()]


def _words(name: str, data: bytes) -> str:
    if name.endswith("pdf"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return data.decode("utf-8", "replace")
