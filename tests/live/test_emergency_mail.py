"""Whose record was opened in an emergency is led to it by a neutral mail, once."""

from email import message_from_bytes, policy

from aiosmtpd.smtp import Envelope

from server import wiring
from server.db import emergencies, people
from server.pages.emergency import LASTS_MS
from sessions.journal import ReadIn
from sessions.people import Actor, Role
from tests.live.house import House
from tests.live.post import Post

REASON = "Found unconscious, the hospital asks for her medicines"


async def test_a_neutral_mail_goes_to_the_patient_once(premises: House, post: Post):
    house = premises.mailing(post.port, url="https://ebb.example.org")
    await house.open()
    try:
        async with house.app[wiring.STORE].write() as tx:
            await people.set_email(tx, house.cast.clinic, house.cast.patient, email="someone@example.org")
        await begin(house)
        await house.keep_time_going(lambda: bool(post.mails))
        for _ in range(3):
            await house.clock.advance(60_000)
        (mail,) = post.mails
    finally:
        await house.close()
    assert mail.rcpt_tos == ["someone@example.org"]
    text = read(mail)
    assert "https://ebb.example.org/today" in text
    for word in ("emergency", "record", "Harbour", "Owner", "hospital"):
        assert word not in text


def read(mail: Envelope) -> str:
    told = message_from_bytes(mail.original_content or b"", policy=policy.default)
    return f"{told['Subject']}\n{told.get_content()}"


async def begin(house: House, *, whose: str = "") -> None:
    now_ms = house.clock.now_ms()
    async with house.app[wiring.STORE].write() as tx:
        await emergencies.begin(
            tx,
            clinic_id=house.cast.clinic,
            owner_id=house.cast.owner,
            patient_id=whose or house.cast.patient,
            reason=REASON,
            now_ms=now_ms,
            until_ms=now_ms + LASTS_MS,
        )


async def test_it_is_in_the_language_that_the_patient_chose(premises: House, post: Post):
    house = House(premises.folder, languages="es").mailing(post.port, url="https://ebb.example.org")
    house.cast = premises.cast
    await house.open()
    try:
        patient = Actor(id=house.cast.patient, role=Role.PATIENT)
        for who in (house.cast.patient, house.cast.other_patient):
            async with house.app[wiring.STORE].write() as tx:
                await people.set_email(tx, house.cast.clinic, who, email=f"{who}@example.org")
        await house.app[wiring.JOURNALS].write(
            house.cast.clinic, house.cast.patient, ReadIn(language="es"), actor=patient
        )
        await begin(house)
        await begin(house, whose=house.cast.other_patient)
        await house.keep_time_going(lambda: len(post.mails) == 2)
    finally:
        await house.close()
    texts = {mail.rcpt_tos[0].partition("@")[0]: read(mail) for mail in post.mails}
    assert "hay algo nuevo" in texts[house.cast.patient]
    assert "something new" in texts[house.cast.other_patient]


async def test_a_mail_server_that_is_away_is_tried_again(premises: House, post: Post):
    house = premises.mailing(post.port, url="https://ebb.example.org")
    await house.open()
    try:
        async with house.app[wiring.STORE].write() as tx:
            await people.set_email(tx, house.cast.clinic, house.cast.patient, email="someone@example.org")
        post.refuse = "451 later"
        await begin(house)
        await house.clock.advance(60_000)
        post.refuse = ""
        await house.keep_time_going(lambda: bool(post.mails))
    finally:
        await house.close()


async def test_without_an_address_nothing_waits(premises: House, post: Post):
    house = premises.mailing(post.port, url="https://ebb.example.org")
    await house.open()
    try:
        await begin(house)

        async def told() -> bool:
            async with house.app[wiring.STORE].reader() as tx:
                return await emergencies.untold(tx) == []

        await house.keep_time_going(told)
    finally:
        await house.close()
    assert post.mails == []
