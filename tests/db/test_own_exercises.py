"""A clinic's own wordings: drafts that two people write, words that stay once they were offered, numbers given once."""

from msgspec import structs
from sqlalchemy import text

from exercises.loader import LIBRARY_ROOT, load_library
from exercises.model import Exercise
from server.db import own_exercises
from server.db.own_exercises import APPROVED, DRAFT, OFFERED, RETIRED, OwnExercise
from server.db.store import Store
from tests.db.cast import Cast

LIBRARY = load_library(LIBRARY_ROOT)
SLUG = "soft-belly-breathing"


def base() -> Exercise:
    found = LIBRARY.get(SLUG)
    assert found is not None
    return found


async def begun(store: Store, cast: Cast, *, title: str = "Soft belly") -> OwnExercise:
    async with store.write() as tx:
        made = await own_exercises.begin(
            tx,
            cast.clinic,
            structs.replace(base(), title=title),
            of=2,
            based_on=2,
            person_id=cast.therapist,
            now_ms=1_000,
        )
    assert made is not None
    return made


async def become(store: Store, cast: Cast, was: OwnExercise, state: str, *, now_ms: int = 2_000) -> bool:
    async with store.write() as tx:
        return await own_exercises.become(tx, cast.clinic, was, state, person_id=cast.therapist, now_ms=now_ms)


async def stored(store: Store, cast: Cast, version: int) -> OwnExercise:
    async with store.reader() as tx:
        found = await own_exercises.own(tx, cast.clinic, SLUG, version)
    assert found is not None
    return found


async def test_what_was_written_is_read_again_whole_and_only_in_its_own_clinic(store: Store, cast: Cast) -> None:
    made = await begun(store, cast)

    assert made.version == 2_001
    assert made.state == DRAFT
    assert await stored(store, cast, 2_001) == made
    assert made.told is not None
    assert made.told.title == "Soft belly"
    async with store.reader() as tx:
        assert await own_exercises.own_of(tx, "elsewhere") == []
        assert await own_exercises.clinics_with_own(tx) == [cast.clinic]


async def test_no_number_is_given_twice_not_even_that_of_one_that_was_put_away(store: Store, cast: Cast) -> None:
    first = await begun(store, cast)
    assert await become(store, cast, first, RETIRED)

    assert (await begun(store, cast)).version == 2_002


async def test_of_two_who_write_one_draft_the_second_is_told(store: Store, cast: Cast) -> None:
    was = await begun(store, cast)
    told = structs.replace(base(), title="Mine", version=was.version)

    async with store.write() as tx:
        mine = await own_exercises.write(tx, cast.clinic, was, told, person_id=cast.therapist, now_ms=1_000)
        theirs = await own_exercises.write(tx, cast.clinic, was, told, person_id=cast.owner, now_ms=1_000)

    assert mine is not None
    assert theirs is None
    assert (await stored(store, cast, was.version)).author_id == cast.therapist


async def test_words_that_were_offered_or_approved_are_never_written_over(store: Store, cast: Cast) -> None:
    for state in (OFFERED, APPROVED):
        was = await begun(store, cast)
        assert await become(store, cast, was, state)
        fixed = await stored(store, cast, was.version)
        async with store.write() as tx:
            again = await own_exercises.write(tx, cast.clinic, fixed, base(), person_id=cast.owner, now_ms=9_000)

        assert again is None
        assert await stored(store, cast, was.version) == fixed


async def test_a_state_changes_only_from_what_was_read(store: Store, cast: Cast) -> None:
    was = await begun(store, cast)

    assert await become(store, cast, was, APPROVED)
    assert not await become(store, cast, was, RETIRED)
    assert (await stored(store, cast, was.version)).state == APPROVED


async def test_words_that_were_moved_to_another_version_read_as_nothing(store: Store, cast: Cast) -> None:
    first, second = await begun(store, cast, title="One"), await begun(store, cast, title="Two")
    async with store.write() as tx:
        await tx.db.execute(
            text(
                "UPDATE own_exercise SET body_enc = (SELECT body_enc FROM own_exercise WHERE version = :one) "
                "WHERE version = :two"
            ),
            {"one": first.version, "two": second.version},
        )

    assert (await stored(store, cast, second.version)).told is None
    assert (await stored(store, cast, first.version)).told == first.told


async def test_one_number_is_one_wording_in_one_language(store: Store, cast: Cast) -> None:
    english = await begun(store, cast)
    async with store.write() as tx:
        spanish = await own_exercises.begin(
            tx,
            cast.clinic,
            structs.replace(base(), language="es", title="Vientre suelto"),
            of=2,
            based_on=2,
            person_id=cast.therapist,
            now_ms=1_000,
        )

    assert spanish is not None
    assert (english.version, english.language) == (2_001, "en")
    assert (spanish.version, spanish.language) == (2_002, "es")
    assert await stored(store, cast, 2_002) == spanish


async def test_its_language_is_the_one_that_is_sealed(store: Store, cast: Cast) -> None:
    """A column that was lost on the way back a version and filled in on the way on says nothing."""
    made = await begun(store, cast)
    async with store.write() as tx:
        await tx.db.execute(text("UPDATE own_exercise SET language = 'es'"))

    assert (await stored(store, cast, made.version)).language == "en"
