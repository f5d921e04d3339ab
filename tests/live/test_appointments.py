"""The neutral mail about a visit: planned, moved, called off; and that the page says whether it went out."""

from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from server import wiring
from server.db import people
from tests.live.house import House, copied
from tests.live.post import Post
from tests.live.test_reminders import PUBLIC, opening
from tests.pages.reader import Fields

WHEN: Fields = {"date": "2025-07-02", "time": "09:15", "minutes": "30", "where": "Room 2, Shore Road"}


@pytest.fixture
async def clinic(post: Post, tmp_path: Path, furnished: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "house").mailing(post.port, url=PUBLIC)
    house.cast = copied(furnished, house.folder)
    await house.open()
    async with house.app[wiring.STORE].write() as tx:
        await people.set_email(tx, house.cast.clinic, house.cast.patient, email="robin@example.org")
    yield house
    await house.close()


def mails(post: Post) -> list[EmailMessage]:
    found = []
    for envelope in post.mails:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        found.append(mail)
    return found


async def test_each_change_is_told_in_a_neutral_mail_with_a_calendar_file(clinic: House, post: Post):
    visit, patient = clinic.cast.next_visit, clinic.cast.patient
    async with opening(clinic, "therapist") as therapist:
        planned = await therapist.sends(f"/patients/{patient}/visits", WHEN)
        await therapist.sends(f"/sessions/{visit}/plan", WHEN)
        await therapist.sends(f"/sessions/{visit}/cancel", {"words": "We talk about the bleeding first."})

    assert "A neutral mail is on its way to them" in planned.words
    told = mails(post)
    bodies = [part.get_content() for mail in told if (part := mail.get_body()) is not None]
    files = [file.get_content() for mail in told for file in mail.iter_attachments()]
    assert [mail["Subject"] for mail in told] == ["Appointment"] * 3
    assert [mail["To"] for mail in told] == ["robin@example.org"] * 3
    assert [words in body for words, body in zip(("planned", "moved", "called off"), bodies, strict=True)] == [True] * 3
    assert all("Wednesday, 2 July 2025, 09:15" in body for body in bodies[:2])
    assert ["METHOD:CANCEL" in str(file) for file in files] == [False, False, True]
    for secret in ("Shore", "bleeding", "Robin", "clinic", "Therapist", "physio", clinic.cast.patient):
        assert not any(secret.lower() in (body + str(file)).lower() for body, file in zip(bodies, files, strict=True))


async def test_where_the_mail_is_not_taken_the_page_says_so_and_the_visit_is_planned(clinic: House, post: Post):
    post.refuse = "550 no"
    async with opening(clinic, "therapist") as therapist:
        planned = await therapist.sends(f"/patients/{clinic.cast.patient}/visits", WHEN)

    assert "The mail could not be sent." in planned.words
    assert "Wednesday, 2 July, 09:15" in planned.words


async def test_only_another_place_is_no_news_for_a_mail(clinic: House, post: Post):
    visit = clinic.cast.next_visit
    async with opening(clinic, "therapist") as therapist:
        await therapist.sends(f"/sessions/{visit}/plan", WHEN)
        await therapist.sends(f"/sessions/{visit}/plan", {**WHEN, "where": "Room 3"})

    assert len(post.mails) == 1


@pytest.mark.parametrize(("chosen", "subject"), [("es", "Cita"), ("", "Appointment")])
async def test_it_comes_in_the_language_that_the_patient_chose_whoever_plans(
    clinic: House, post: Post, chosen: str, subject: str
):
    async with opening(clinic, "patient") as patient:
        await patient.sends("/language", {"language": "es"})
        if not chosen:
            # Taken back: nothing is known of them any more.
            await patient.sends("/language", {"language": ""})
    async with opening(clinic, "therapist") as therapist:
        planned = await therapist.sends(f"/patients/{clinic.cast.patient}/visits", WHEN)

    assert "A neutral mail is on its way to them" in planned.words
    [told] = mails(post)
    [file] = [str(file.get_content()) for file in told.iter_attachments()]
    assert told["Subject"] == subject
    assert f"SUMMARY:{subject}" in file


async def test_it_comes_in_the_language_of_their_reminders_where_they_chose_none_otherwise(clinic: House, post: Post):
    async with opening(clinic, "patient") as patient:
        patient.headers["Accept-Language"] = "es"
        await patient.sends("/reminders", {"days": ["mon"], "time": "18:00", "way": "calendar"})
    async with opening(clinic, "therapist") as therapist:
        await therapist.sends(f"/patients/{clinic.cast.patient}/visits", WHEN)

    assert mails(post)[0]["Subject"] == "Cita"


async def test_what_a_therapist_reads_in_is_nobody_elses(clinic: House, post: Post):
    async with opening(clinic, "therapist") as therapist:
        await therapist.sends("/language", {"language": "es"})
        await therapist.sends(f"/patients/{clinic.cast.patient}/visits", WHEN)

    state = await clinic.app[wiring.JOURNALS].state(clinic.cast.clinic, clinic.cast.patient)
    assert state.language == ""
    # Nothing is known of the patient: the language of whoever plans is all there is.
    assert mails(post)[0]["Subject"] == "Cita"
