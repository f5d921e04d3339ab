"""The desk's cards: whatever is appended to a patient's ledgers makes theirs untrue, in the same transaction."""

import pytest

from server.clock import ManualClock
from server.db import cards, people
from server.db.errors import Conflict, Unreadable
from server.db.keyring import KeyRing
from server.db.ledger import Batch
from server.db.store import Store
from server.db.vault import KeyKind
from server.db.writer import LedgerWriter
from server.db.writes import apply
from tests.db.cast import Cast
from tests.db.ledgerbook import Book


async def _caseload(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        for patient_id in (cast.patient, cast.other_patient):
            await people.add_to_caseload(
                tx, clinic_id=cast.clinic, therapist_id=cast.therapist, patient_id=patient_id, now_ms=1
            )


async def _built(store: Store, cast: Cast, patient_id: str, *, moved: int, body: bytes = b"calm") -> None:
    async with store.write() as tx:
        key = (await cards.keys_of(tx.ring, cast.clinic, [patient_id]))[patient_id]
        write = cards.built_write(
            key, clinic_id=cast.clinic, patient_id=patient_id, built=moved, body=body, kept=b"sessions"
        )
        await apply(tx.db, [write])


async def _true(store: Store, cast: Cast) -> dict[str, bytes | None]:
    """By patient what the desk reads, opened; None where it has to be made anew."""
    async with store.reader() as tx:
        found = await cards.of_therapist(tx, cast.clinic, cast.therapist)
        keys = await cards.keys_of(tx.ring, cast.clinic, [cast.patient, cast.other_patient])
    return {
        one.patient_id: cards.unsealed(keys[one.patient_id], cast.clinic, one.patient_id, one.body)
        if one.body is not None and one.patient_id in keys
        else None
        for one in found
    }


async def _moved(store: Store, cast: Cast, patient_id: str) -> int:
    async with store.reader() as tx:
        return (await cards.moved_of(tx, cast.clinic, [patient_id]))[patient_id]


async def test_a_patient_without_a_card_is_on_the_desk_all_the_same(store: Store, cast: Cast) -> None:
    await _caseload(store, cast)

    assert await _true(store, cast) == {cast.patient: None, cast.other_patient: None}


async def test_what_is_appended_makes_this_patients_card_untrue_and_no_other(
    store: Store, writer: LedgerWriter, ring: KeyRing, cast: Cast
) -> None:
    await _caseload(store, cast)
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "opened")
    for patient_id in (cast.patient, cast.other_patient):
        await _built(store, cast, patient_id, moved=await _moved(store, cast, patient_id))
    assert await _true(store, cast) == {cast.patient: b"calm", cast.other_patient: b"calm"}

    await book.write(writer, "checked in")

    assert await _true(store, cast) == {cast.patient: None, cast.other_patient: b"calm"}


async def test_two_ledgers_of_one_patient_in_one_batch_are_one_move(
    store: Store, writer: LedgerWriter, ring: KeyRing, cast: Cast
) -> None:
    await _caseload(store, cast)
    one, other = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(2)]
    await one.write(writer, "opened")
    await other.write(writer, "opened")
    await _built(store, cast, cast.patient, moved=await _moved(store, cast, cast.patient))

    await writer.commit(Batch((one.append("stopped"), other.append("told of it"))))

    assert (await _true(store, cast))[cast.patient] is None


async def test_what_was_not_stored_leaves_the_card_true(
    store: Store, writer: LedgerWriter, ring: KeyRing, cast: Cast
) -> None:
    await _caseload(store, cast)
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "opened")
    stale = book.after
    await book.write(writer, "checked in")
    await _built(store, cast, cast.patient, moved=await _moved(store, cast, cast.patient))

    with pytest.raises(Conflict):
        await writer.commit(Batch((book.append("too late", after=stale),)))

    assert (await _true(store, cast))[cast.patient] == b"calm"


async def test_a_card_that_was_read_for_before_something_happened_is_never_taken_for_true(
    store: Store, writer: LedgerWriter, ring: KeyRing, cast: Cast
) -> None:
    await _caseload(store, cast)
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "opened")
    before = await _moved(store, cast, cast.patient)

    await book.write(writer, "checked in")
    await _built(store, cast, cast.patient, moved=before, body=b"too early")
    assert (await _true(store, cast))[cast.patient] is None

    await _built(store, cast, cast.patient, moved=before + 1, body=b"now")
    await _built(store, cast, cast.patient, moved=before, body=b"late and too early")
    assert (await _true(store, cast))[cast.patient] == b"now"


async def test_the_first_line_of_all_is_not_missed_by_a_card_made_from_nothing(
    store: Store, writer: LedgerWriter, ring: KeyRing, cast: Cast
) -> None:
    await _caseload(store, cast)
    nothing = await _moved(store, cast, cast.patient)

    await (await Book.of(ring, cast.clinic, cast.patient)).write(writer, "opened")
    await _built(store, cast, cast.patient, moved=nothing, body=b"of nothing")

    assert (await _true(store, cast))[cast.patient] is None


async def test_another_name_is_news_for_the_card(store: Store, cast: Cast) -> None:
    await _caseload(store, cast)
    await _built(store, cast, cast.patient, moved=0)

    async with store.write() as tx:
        await people.rename(tx, cast.clinic, cast.patient, name="Robin Dale")

    assert (await _true(store, cast))[cast.patient] is None


async def test_what_a_card_was_made_from_comes_back_and_an_erased_patient_has_nothing(store: Store, cast: Cast) -> None:
    await _caseload(store, cast)
    for patient_id in (cast.patient, cast.other_patient):
        await _built(store, cast, patient_id, moved=0)

    await store.ring.destroy(cast.clinic, cast.patient, KeyKind.CARE)

    assert await _true(store, cast) == {cast.patient: None, cast.other_patient: b"calm"}
    async with store.reader() as tx:
        kept = await cards.kept_of(tx, cast.clinic, [cast.patient, cast.other_patient])
    assert kept == {cast.other_patient: b"sessions"}


async def test_a_card_goes_with_what_is_personal_and_is_made_anew_from_the_rest(
    store: Store, cast: Cast, clock: ManualClock
) -> None:
    """It tells of messages and practices: no copy of the database has it readable once these are erased."""
    await _caseload(store, cast)
    for patient_id in (cast.patient, cast.other_patient):
        await _built(store, cast, patient_id, moved=0)
    await clock.advance(1)

    await store.ring.destroy(cast.clinic, cast.patient, KeyKind.PERSONAL)
    await store.ring.renew(cast.clinic, cast.other_patient, made_before_ms=clock.now_ms())

    assert await _true(store, cast) == {cast.patient: None, cast.other_patient: None}
    await _built(store, cast, cast.patient, moved=0)
    assert await _true(store, cast) == {cast.patient: b"calm", cast.other_patient: None}


async def test_a_card_that_was_moved_to_another_patient_cannot_be_read(store: Store, cast: Cast) -> None:
    await _caseload(store, cast)
    await _built(store, cast, cast.patient, moved=0)
    async with store.reader() as tx:
        (sealed,) = [one.body for one in await cards.of_therapist(tx, cast.clinic, cast.therapist) if one.body]

    key = await store.ring.get(cast.clinic, cast.patient, KeyKind.PERSONAL)
    with pytest.raises(Unreadable):
        cards.unsealed(key, cast.clinic, cast.other_patient, sealed)
