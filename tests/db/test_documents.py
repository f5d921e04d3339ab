"""Documents: what a draft and what a signed one is sealed under, whoever comes second, and forged rows."""

import asyncio

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.db import documents
from server.db.documents import Document
from server.db.errors import Unreadable
from server.db.store import Store, new_id
from server.db.vault import KeyKind, kind_of
from server.db.writes import apply
from tests.db.cast import Cast
from tests.db.signing import sign


@pytest.fixture
async def note(store: Store, cast: Cast) -> Document:
    drafted = Document(
        id=new_id(),
        patient_id=cast.patient,
        kind=documents.NOTE,
        author_id=cast.therapist,
        created_ms=1,
        changed_ms=1,
        body=b"drafted",
    )
    async with store.write() as tx:
        assert await documents.put(tx, cast.clinic, drafted)
    return drafted


async def read(store: Store, cast: Cast, note: Document) -> Document | None:
    async with store.reader() as tx:
        return await documents.document(tx, cast.clinic, note.id)


async def sealed_with(store: Store, note: Document) -> KeyKind:
    async with store.reader() as tx:
        return kind_of(bytes(await tx.db.scalar(text("SELECT body_enc FROM document WHERE id = :id"), {"id": note.id})))


async def test_a_draft_is_personal_and_what_is_signed_is_the_record(store: Store, cast: Cast, note: Document) -> None:
    before = await sealed_with(store, note)
    async with store.write() as tx:
        signed = await sign(tx, cast.clinic, note, body=b"signed", now_ms=5)

    assert (before, await sealed_with(store, note)) == (KeyKind.PERSONAL, KeyKind.CARE)
    assert signed is not None
    assert await read(store, cast, note) == signed
    assert (signed.body, signed.signed_ms, signed.revision) == (b"signed", 5, 2)


async def test_whoever_read_an_older_revision_changes_nothing(store: Store, cast: Cast, note: Document) -> None:
    async with store.write() as tx:
        first = await documents.change(tx, cast.clinic, note, body=b"first", now_ms=2)
        second = await documents.change(tx, cast.clinic, note, body=b"second", now_ms=3)
        third = await sign(tx, cast.clinic, note, body=b"third", now_ms=4)
        gone = await documents.remove(tx, cast.clinic, note)

    assert (first is not None, second, third, gone) == (True, None, None, False)
    found = await read(store, cast, note)
    assert found is not None
    assert found.body == b"first"


async def test_what_was_signed_is_never_written_again(store: Store, cast: Cast, note: Document) -> None:
    async with store.write() as tx:
        signed = await sign(tx, cast.clinic, note, body=b"signed", now_ms=5)
        assert signed is not None
        assert await documents.change(tx, cast.clinic, signed, body=b"other", now_ms=6) is None
        assert await sign(tx, cast.clinic, signed, body=b"other", now_ms=6) is None
        assert not await documents.remove(tx, cast.clinic, signed)
        assert not await documents.put(tx, cast.clinic, note)

    assert await read(store, cast, note) == signed


async def test_signing_within_another_transaction_stops_it_where_another_was_first(
    store: Store, cast: Cast, note: Document
) -> None:
    keys = await store.ring.keys_of(cast.clinic, cast.patient)
    signed = replace(note, state=documents.SIGNED, body=b"mine", signed_ms=9, changed_ms=9, revision=2)
    async with store.write() as tx:
        await documents.change(tx, cast.clinic, note, body=b"theirs", now_ms=2)

    with pytest.raises(IntegrityError):
        async with store.write() as tx:
            await apply(tx.db, [documents.signing(keys, cast.clinic, signed)])
    async with store.write() as tx:
        await apply(tx.db, [documents.signing(keys, cast.clinic, replace(signed, revision=3))])

    found = await read(store, cast, note)
    assert found is not None
    assert (found.state, found.body, found.revision) == ("signed", b"mine", 3)
    # The same once more: it is signed, and stays.
    with pytest.raises(IntegrityError):
        async with store.write() as tx:
            await apply(tx.db, [documents.signing(keys, cast.clinic, replace(signed, revision=4))])


async def test_withholding_changes_what_the_export_holds_and_no_draft(store: Store, cast: Cast, note: Document) -> None:
    async def withheld() -> Document | None:
        async with store.write() as tx:
            await apply(tx.db, [documents.showing(cast.clinic, note.id, shown=False)])
        return await read(store, cast, note)

    assert await withheld() == note
    async with store.write() as tx:
        signed = await sign(tx, cast.clinic, note, body=b"signed", now_ms=5)
    assert signed is not None
    assert await withheld() == replace(signed, state=documents.WITHHELD)


@pytest.mark.parametrize(
    ("column", "value"),
    [("signed_ms", 4), ("author_id", "owner"), ("patient_id", "other_patient"), ("kind", "letter"), ("of_id", "x")],
)
async def test_what_was_signed_reads_as_nothing_once_its_row_was_changed(
    store: Store, cast: Cast, note: Document, *, column: str, value: object
) -> None:
    async with store.write() as tx:
        await sign(tx, cast.clinic, note, body=b"signed", now_ms=5)
        forged = getattr(cast, str(value), value)
        await tx.db.execute(text(f"UPDATE document SET {column} = :value"), {"value": forged})  # noqa: S608

    with pytest.raises(Unreadable):
        await read(store, cast, note)


async def test_a_draft_that_is_only_called_signed_is_nobodys_record(store: Store, cast: Cast, note: Document) -> None:
    async with store.write() as tx:
        await tx.db.execute(text("UPDATE document SET state = 'signed', signed_ms = 5"))

    with pytest.raises(Unreadable):
        await read(store, cast, note)


async def test_erasing_the_personal_part_takes_drafts_and_the_record_takes_the_rest(
    store: Store, cast: Cast, note: Document
) -> None:
    other = replace(note, id=new_id())
    async with store.write() as tx:
        await documents.put(tx, cast.clinic, other)
        await sign(tx, cast.clinic, other, body=b"signed", now_ms=5)

    async def bodies() -> list[bytes | None]:
        async with store.reader() as tx:
            found = await documents.of_patient(tx, cast.clinic, cast.patient)
        return [one.body for one in sorted(found, key=lambda one: one.state)]

    assert await bodies() == [b"drafted", b"signed"]
    await store.ring.destroy(cast.clinic, cast.patient, KeyKind.PERSONAL)
    assert await bodies() == [None, b"signed"]
    await store.ring.destroy(cast.clinic, cast.patient, KeyKind.CARE)
    assert await bodies() == [None, None]
    with pytest.raises(Unreadable):
        async with store.write() as tx:
            await documents.put(tx, cast.clinic, replace(note, id=new_id()))


async def test_drafts_of_several_are_listed_without_opening_one(store: Store, cast: Cast, note: Document) -> None:
    letter = replace(note, id=new_id(), kind=documents.LETTER, changed_ms=0)
    async with store.write() as tx:
        await documents.put(tx, cast.clinic, letter)
    async with store.reader() as tx:
        everything = await documents.drafts_of(tx, cast.clinic, [cast.therapist])
        notes = await documents.drafts_of(tx, cast.clinic, [cast.therapist], kinds=(documents.NOTE,))
        nobodys = await documents.drafts_of(tx, cast.clinic, [cast.owner])

    assert [one.id for one in everything] == [letter.id, note.id]
    assert [one.id for one in notes] == [note.id]
    assert nobodys == []


async def test_of_two_who_begin_the_same_one_at_once_one_has_begun_it(store: Store, cast: Cast, note: Document) -> None:
    def begun(number: int) -> Document:
        return replace(note, id="e" * 32, body=b"by %d" % number)

    async def begins(number: int) -> bool:
        async with store.write() as tx:
            won = await documents.put(tx, cast.clinic, begun(number))
            # Long enough for the others to be in the middle of it.
            await asyncio.sleep(0.05)
            return won

    won = await asyncio.gather(*(begins(number) for number in range(4)))

    found = await read(store, cast, begun(0))
    assert sum(won) == 1
    assert found is not None
    assert found.body == b"by %d" % won.index(True)
