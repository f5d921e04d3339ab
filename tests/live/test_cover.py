"""After hours: cover is told that something waits, once, by a real mail server, and of nothing else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server import wiring
from server.clinic_settings import ClinicSettings, Cover, settings_of
from server.db import people, urgent
from server.notify import cover
from server.settings import BadSettings, read_settings
from sessions.journal import TellWrong
from sessions.people import Actor, Role
from tests.live.house import House, copied
from tests.live.post import Post

MINUTE_MS = 60_000
PUBLIC = "https://ebb.example.org"
TO = "on-call@clinic.example"
#: The house's clock stands at a Sunday afternoon: closed, with the hours that a clinic has before it sets any.
ALL_WEEK = {day: ["00:00", "24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture
async def clinic(post: Post, tmp_path: Path, furnished: Path) -> AsyncIterator[House]:
    """A house that can send mail, and whose clinic has named its cover."""
    house = House(tmp_path / "house").mailing(post.port, url=PUBLIC)
    house.cast = copied(furnished, house.folder)
    await house.open()
    await set_clinic(house, cover={"name": "Sam Reed", "email": TO})
    yield house
    await house.close()


async def set_clinic(house: House, **values: Any) -> None:
    async with house.app[wiring.STORE].write() as tx:
        await people.change_clinic(
            tx, house.cast.clinic, name="Harbour Clinic", phone="+1 555 0100", settings=msgspec.json.encode(values)
        )


async def tell(house: House, flag: str = "heavy_bleeding", *, note: str = "It began at noon") -> None:
    await house.app[wiring.JOURNALS].write(
        house.cast.clinic,
        house.cast.patient,
        TellWrong(flags=(flag,), note=note),
        actor=Actor(house.cast.patient, Role.PATIENT),
    )


async def minutes(house: House, count: int) -> None:
    """The clock goes on, and each look has the time that it takes."""
    for _ in range(count):
        await house.clock.advance(MINUTE_MS)
        await asyncio.sleep(0.03)


async def told(house: House) -> list[int | None]:
    async with house.app[wiring.STORE].reader() as tx:
        return [one.told_ms for one in await urgent.unseen(tx)]


async def test_cover_is_told_once_after_a_quarter_of_an_hour(clinic: House, post: Post):
    await tell(clinic)
    await minutes(clinic, 14)
    early = len(post.mails)

    await minutes(clinic, 2)
    await clinic.until(lambda: len(post.mails) == 1)
    await minutes(clinic, 5)

    assert (early, len(post.mails)) == (0, 1)
    assert post.mails[0].rcpt_tos == [TO]
    assert None not in await told(clinic)


async def test_the_mail_says_nothing_of_anybody(clinic: House, post: Post, capfd: pytest.CaptureFixture[str]):
    await tell(clinic)
    await minutes(clinic, 16)
    await clinic.until(lambda: len(post.mails) == 1)

    content = post.mails[0].content
    assert isinstance(content, bytes)
    mail = content.decode()
    cast = clinic.cast
    assert "Subject: A note from Ebb" in mail
    assert f"{PUBLIC}/desk" in mail
    for word in (
        *("Patient", "Therapist", "Harbour", "Sam Reed", "noon", "bleeding", "emergency", "concern", "pain"),
        *("dilator", "vagin", "pelvic", "clinic_", "session", "urgent", "suspend"),
        *(cast.patient, cast.therapist, cast.clinic, cast.visit),
    ):
        assert word.casefold() not in mail.casefold().replace(TO, ""), word
    log = "".join(capfd.readouterr())
    assert TO not in log
    assert "ebb@example.org" not in log


async def test_several_concerns_are_one_mail_and_a_later_one_is_another(clinic: House, post: Post):
    await tell(clinic)
    await tell(clinic, "fever")
    await minutes(clinic, 17)
    await clinic.until(lambda: len(post.mails) == 1)

    await tell(clinic, "tear")
    await minutes(clinic, 17)
    await clinic.until(lambda: len(post.mails) == 2)


async def test_what_can_wait_is_not_told_after_hours(clinic: House, post: Post):
    await tell(clinic, "panic")
    await minutes(clinic, 20)

    assert post.mails == []


async def test_a_clinic_that_is_open_is_told_by_its_desk_and_cover_once_it_closes(clinic: House, post: Post):
    await set_clinic(clinic, cover={"name": "Sam Reed", "email": TO}, hours=ALL_WEEK)
    await tell(clinic)
    await minutes(clinic, 20)
    while_open = len(post.mails)

    await set_clinic(clinic, cover={"name": "Sam Reed", "email": TO}, hours={})
    await minutes(clinic, 1)
    await clinic.until(lambda: len(post.mails) == 1)

    assert while_open == 0


async def test_what_was_seen_is_not_told(clinic: House, post: Post):
    await tell(clinic)
    async with clinic.app[wiring.STORE].write() as tx:
        await urgent.mark_seen(tx, clinic.cast.clinic, clinic.cast.patient, now_ms=clinic.clock.now_ms())
    await minutes(clinic, 20)

    assert post.mails == []


@pytest.mark.parametrize("answer", ["451 try again later", "550 no such on-call@clinic.example"])
async def test_a_mail_that_was_not_accepted_is_tried_again_each_minute(
    clinic: House, post: Post, answer: str, capfd: pytest.CaptureFixture[str]
):
    post.refuse = answer
    await tell(clinic)
    await minutes(clinic, 18)
    assert await told(clinic) == [None]

    post.refuse = ""
    await minutes(clinic, 2)
    await clinic.until(lambda: len(post.mails) == 1)

    log = "".join(capfd.readouterr())
    assert "cover.not_sent" in log
    assert "on-call" not in log


async def test_a_mail_server_that_is_gone_is_tried_again(clinic: House, post: Post):
    await asyncio.to_thread(post.stop)
    await tell(clinic)
    await minutes(clinic, 17)
    assert await told(clinic) == [None]

    await asyncio.to_thread(post.start)
    await minutes(clinic, 2)
    await clinic.until(lambda: len(post.mails) == 1)


async def test_without_cover_it_is_logged_once_and_the_owner_is_told_why(
    clinic: House, post: Post, capfd: pytest.CaptureFixture[str]
):
    await set_clinic(clinic)
    await tell(clinic)
    await minutes(clinic, 20)

    assert post.mails == []
    assert "".join(capfd.readouterr()).count("cover.nobody") == 1
    async with clinic.app[wiring.STORE].reader() as tx:
        stored = await people.clinic(tx, clinic.cast.clinic)
    assert stored is not None
    assert "No cover is named" in (cover.problem(clinic.app[wiring.SETTINGS], settings_of(stored)) or "")


def test_the_owner_is_told_what_the_operator_left_out(tmp_path: Path):
    named = ClinicSettings(cover=Cover(name="Sam", email=TO))
    none = read_settings(data=tmp_path)
    mail = {"smtp_host": "mail.example.org", "smtp_from": "ebb@example.org"}

    assert "EBB_SMTP_HOST" in (cover.problem(none, named) or "")
    assert "EBB_PUBLIC_URL" in (cover.problem(read_settings(data=tmp_path, **mail), named) or "")
    assert cover.problem(read_settings(data=tmp_path, public_url=PUBLIC, **mail), named) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"smtp_host": "mail.example.org", "smtp_from": "ebb@example.org", "smtp_starttls": False}, "STARTTLS"),
        ({"smtp_host": "mail.example.org"}, "EBB_SMTP_FROM"),
        ({"smtp_from": "nobody"}, "EBB_SMTP_FROM"),
        ({"smtp_from": "a@b.example\nBcc: c@d.example"}, "EBB_SMTP_FROM"),
        ({"smtp_port": 0}, "EBB_SMTP_PORT"),
    ],
)
def test_mail_settings_that_cannot_be_used_stop_the_start(tmp_path: Path, given: dict[str, Any], said: str):
    with pytest.raises(BadSettings, match=said):
        read_settings(data=tmp_path, **given)


def test_the_password_stands_in_no_representation(tmp_path: Path):
    assert "hunter-2" not in repr(read_settings(data=tmp_path, smtp_password="hunter-2"))
