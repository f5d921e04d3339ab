"""People, their addresses, and whose patient is whose."""

import pytest
from sqlalchemy import text

from server.db import logins, people
from server.db.errors import Taken
from server.db.people import Role
from server.db.store import Store
from server.db.vault import KeyKind
from tests.db.cast import Cast
from tests.db.erasing import erase

NOW_MS = 1_750_000_000_000


async def test_a_person_comes_back_as_they_were_made(store: Store, cast: Cast) -> None:
    async with store.reader() as tx:
        patient = await people.person(tx, cast.clinic, cast.patient)
        support = await people.person(tx, cast.clinic, cast.support)
        therapist = await people.person(tx, cast.clinic, cast.therapist)

    assert patient is not None
    assert (patient.name, patient.email, patient.role, patient.patient_id) == (
        "Robin Vale",
        "robin@example.org",
        Role.PATIENT,
        None,
    )
    assert support is not None
    assert (support.name, support.role, support.patient_id) == ("Sam Brook", Role.SUPPORT, cast.patient)
    assert therapist is not None
    assert therapist.name == "Thea Marsh"


async def test_a_person_is_not_found_in_another_clinic(store: Store, cast: Cast) -> None:
    async with store.reader() as tx:
        assert await people.person(tx, cast.other_clinic, cast.patient) is None
        assert list(await people.people(tx, cast.other_clinic, [cast.patient, cast.stranger])) == [cast.stranger]


async def test_people_are_listed_by_role(store: Store, cast: Cast) -> None:
    async with store.reader() as tx:
        found = await people.people_of_clinic(tx, cast.clinic, roles=[Role.OWNER, Role.THERAPIST])
        support = await people.support_of(tx, cast.clinic, cast.patient)
        none = await people.support_of(tx, cast.clinic, cast.other_patient)

    assert {person.id for person in found} == {cast.owner, cast.therapist}
    assert [person.id for person in support] == [cast.support]
    assert none == []


async def test_an_address_finds_its_person_however_it_is_spelt(store: Store, cast: Cast) -> None:
    async with store.reader() as tx:
        found = await people.person_by_email_hash(tx, store.keys.email_hash(" Robin@Example.ORG "))
        nobody = await people.person_by_email_hash(tx, store.keys.email_hash("rob@example.org"))

    assert found is not None
    assert found.id == cast.patient
    assert nobody is None


async def test_an_address_belongs_to_one_person_in_all_clinics(store: Store, cast: Cast) -> None:
    with pytest.raises(Taken):
        async with store.write() as tx:
            await people.create_person(
                tx,
                clinic_id=cast.other_clinic,
                role=Role.THERAPIST,
                name="Somebody Else",
                email="ROBIN@example.org",
                now_ms=NOW_MS,
            )

    async with store.reader() as tx:
        assert len(await people.people_of_clinic(tx, cast.other_clinic, roles=[Role.THERAPIST])) == 1


async def test_an_address_can_be_changed_and_the_old_one_is_free_again(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        await people.set_email(tx, cast.clinic, cast.patient, email="vale@example.org")
        await people.set_email(tx, cast.clinic, cast.other_patient, email="robin@example.org")
        await people.set_email(tx, cast.clinic, cast.therapist, email=None)

    async with store.reader() as tx:
        robin = await people.person_by_email_hash(tx, store.keys.email_hash("robin@example.org"))
        vale = await people.person_by_email_hash(tx, store.keys.email_hash("vale@example.org"))
        thea = await people.person(tx, cast.clinic, cast.therapist)
    assert robin is not None
    assert vale is not None
    assert thea is not None
    assert (robin.id, vale.id, vale.email, thea.email) == (
        cast.other_patient,
        cast.patient,
        "vale@example.org",
        None,
    )


async def test_an_address_that_is_taken_leaves_the_old_one(store: Store, cast: Cast) -> None:
    with pytest.raises(Taken):
        async with store.write() as tx:
            await people.set_email(tx, cast.clinic, cast.patient, email="ash@example.org")

    async with store.reader() as tx:
        found = await people.person_by_email_hash(tx, store.keys.email_hash("robin@example.org"))
    assert found is not None
    assert (found.id, found.email) == (cast.patient, "robin@example.org")


async def test_a_person_can_be_renamed_disabled_and_given_a_password(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        await people.rename(tx, cast.clinic, cast.patient, name="Robin Dale")
        await people.set_password_hash(tx, cast.clinic, cast.patient, password_hash="$argon2id$made-up")
        await people.disable(tx, cast.clinic, cast.patient, now_ms=NOW_MS)

    async with store.reader() as tx:
        found = await people.person(tx, cast.clinic, cast.patient)
    assert found is not None
    assert (found.name, found.password_hash, found.disabled_ms) == ("Robin Dale", "$argon2id$made-up", NOW_MS)


async def test_without_the_key_the_name_is_gone_and_the_record_is_not(store: Store, cast: Cast) -> None:
    await store.ring.destroy(cast.clinic, cast.patient, KeyKind.CARE)

    async with store.reader() as tx:
        patient = await people.person(tx, cast.clinic, cast.patient)
        support = await people.person(tx, cast.clinic, cast.support)
        other = await people.person(tx, cast.clinic, cast.other_patient)
    assert patient is not None
    assert support is not None
    assert other is not None
    assert (patient.name, patient.email, support.name, other.name) == (None, None, None, "Ash Field")


async def test_an_erased_person_leaves_an_id_that_nobody_can_sign_in_with(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        await logins.create_login(
            tx,
            clinic_id=cast.clinic,
            person_id=cast.patient,
            token_hash=b"t" * 32,
            device_label="phone",
            now_ms=NOW_MS,
            expires_ms=NOW_MS + 1000,
        )
        await erase(tx, cast.clinic, cast.patient, now_ms=NOW_MS)

    async with store.reader() as tx:
        person = await people.person(tx, cast.clinic, cast.patient)
        assert await people.person_by_email_hash(tx, store.keys.email_hash("robin@example.org")) is None
        assert await logins.login_by_token_hash(tx, b"t" * 32, now_ms=NOW_MS) is None
    assert person is not None
    assert (person.name, person.email, person.password_hash, person.disabled_ms) == (None, None, None, NOW_MS)


async def test_a_caseload_is_who_is_on_it_now(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        for patient in (cast.patient, cast.other_patient, cast.patient):
            await people.add_to_caseload(
                tx, clinic_id=cast.clinic, therapist_id=cast.therapist, patient_id=patient, now_ms=NOW_MS
            )
        await people.remove_from_caseload(
            tx, clinic_id=cast.clinic, therapist_id=cast.therapist, patient_id=cast.other_patient, now_ms=NOW_MS + 5
        )

    async with store.reader() as tx:
        assert await people.caseload_of(tx, cast.clinic, cast.therapist) == [cast.patient]
        assert await people.therapists_of(tx, cast.clinic, cast.patient) == [cast.therapist]
        assert await people.therapists_of(tx, cast.clinic, cast.other_patient) == []
        assert await people.is_on_caseload(
            tx, clinic_id=cast.clinic, therapist_id=cast.therapist, patient_id=cast.patient
        )
        assert not await people.is_on_caseload(
            tx, clinic_id=cast.other_clinic, therapist_id=cast.stranger, patient_id=cast.patient
        )


async def test_a_patient_can_come_back_to_a_caseload(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        for now_ms in (NOW_MS, NOW_MS + 10):
            await people.add_to_caseload(
                tx, clinic_id=cast.clinic, therapist_id=cast.therapist, patient_id=cast.patient, now_ms=now_ms
            )
            if now_ms == NOW_MS:
                await people.remove_from_caseload(
                    tx,
                    clinic_id=cast.clinic,
                    therapist_id=cast.therapist,
                    patient_id=cast.patient,
                    now_ms=now_ms + 1,
                )

    async with store.reader() as tx:
        assert await people.caseload_of(tx, cast.clinic, cast.therapist) == [cast.patient]


async def test_a_clinic_keeps_its_settings_sealed(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        await people.change_clinic(tx, cast.clinic, name="Harbour", phone="+1 555 0101", settings=b'{"a":1}')

    async with store.reader() as tx:
        clinic = await people.clinic(tx, cast.clinic)
        raw = await tx.db.scalar(text("SELECT settings_enc FROM clinic WHERE name = 'Harbour'"))
        assert set(await people.clinics(tx)) == {cast.clinic, cast.other_clinic}
    assert clinic is not None
    assert (clinic.name, clinic.phone, clinic.settings) == ("Harbour", "+1 555 0101", b'{"a":1}')
    assert b'{"a":1}' not in bytes(raw)
