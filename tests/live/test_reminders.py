"""Reminders by a real mail server: at the time that somebody chose, once, and of nothing at all."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import msgspec
import pytest

from server import wiring
from server.db import people, reminders
from server.db.vault import KeyKind
from server.notify.moments import Moments
from server.notify.reminders import Reminder, Reminders, decoded
from tests.db.erasing import erase
from tests.live.house import House, copied
from tests.live.post import Post
from tests.pages.reader import Fields, Read, Reader, reading

MINUTE_MS = 60_000
DAY_MS = 86_400_000
#: Without TLS, so that the cookie of the cast has the name that it has in every other test.
PUBLIC = "http://ebb.example.org"
TO = "robin@mail.example"
#: The house's clock stands at Sunday, 15 June 2025, 15:06:40 UTC.
SUNDAY: Fields = {"days": ["sun"], "time": "15:30", "way": "mail", "email": TO}


@pytest.fixture
async def clinic(post: Post, tmp_path: Path, furnished: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "house").mailing(post.port, url=PUBLIC)
    house.cast = copied(furnished, house.folder)
    await house.open()
    yield house
    await house.close()


@asynccontextmanager
async def opening(house: House, who: str = "") -> AsyncIterator[Reader]:
    """Somebody who reaches the server under its own name."""
    async with reading(house, who) as reader:
        reader.headers["Host"] = PUBLIC.removeprefix("http://")
        reader._origin = PUBLIC
        yield reader


async def turn_on(house: House, fields: Fields = SUNDAY) -> Read:
    async with opening(house, "patient") as patient:
        return await patient.sends("/reminders", fields)


async def page(house: House) -> Read:
    async with opening(house, "patient") as patient:
        return await patient.opens("/reminders")


async def minutes(house: House, count: int) -> None:
    """The clock goes on, and each look has the time that it takes.

    Until the last of them everything looks once in five minutes, as where a machine is busy: all that a house looks
    for each minute is far more work than its reminders.
    """
    while count:
        step = 5 if count >= 8 else 1
        house.clock.skip((step - 1) * MINUTE_MS)
        await house.clock.advance(MINUTE_MS)
        await asyncio.sleep(0.03)
        count -= step


async def kept(house: House, who: str = "patient") -> tuple[Reminder | None, int | None]:
    async with house.app[wiring.STORE].reader() as tx:
        stored = await reminders.reminder(tx, house.cast.clinic, getattr(house.cast, who))
    return decoded(stored), None if stored is None else stored.next_ms


async def comes_to(house: House, **fields: object) -> None:
    """Wait until what is kept says so: a mail that fails has been tried, and that was stored."""

    async def has() -> bool:
        reminder, _ = await kept(house)
        return reminder is not None and all(getattr(reminder, name) == value for name, value in fields.items())

    await house.until(has)


def read(post: Post, number: int = 0) -> Message:
    content = post.mails[number].content
    assert isinstance(content, bytes)
    return message_from_bytes(content, policy=default)


def text_of(mail: Message) -> str:
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    return body.decode()


async def test_it_comes_at_its_time_once_and_again_a_week_later(clinic: House, post: Post):
    await turn_on(clinic)
    await minutes(clinic, 22)
    early = len(post.mails)

    await minutes(clinic, 3)
    await clinic.until(lambda: len(post.mails) == 1)
    await minutes(clinic, 10)
    once = len(post.mails)
    await clinic.clock.advance(7 * DAY_MS - 40 * MINUTE_MS)
    await minutes(clinic, 35)
    await clinic.until(lambda: len(post.mails) == 2)

    assert (early, once) == (0, 1)
    assert post.mails[0].rcpt_tos == [TO]


async def test_who_turned_nothing_on_gets_nothing(clinic: House, post: Post):
    await minutes(clinic, 60)

    assert post.mails == []
    assert await kept(clinic) == (None, None)


async def test_the_mail_says_nothing_of_anybody(clinic: House, post: Post, capfd: pytest.CaptureFixture[str]):
    await turn_on(clinic)
    await minutes(clinic, 25)
    await clinic.until(lambda: len(post.mails) == 1)

    mail = read(post)
    whole = (mail.as_string() + text_of(mail)).replace(TO, "")
    cast = clinic.cast
    assert mail["Subject"] == "A quiet moment"
    assert f"{PUBLIC}/today" in text_of(mail)
    for word in (
        *("Patient", "Therapist", "Harbour", "clinic", "exercise", "practi", "visit", "your body", "pain", "health"),
        *("dilator", "vagin", "pelvic", "physio", "session", "remember to", "overdue", "missed"),
        *(cast.patient, cast.therapist, cast.clinic),
    ):
        assert word.casefold() not in whole.casefold(), word
    log = "".join(capfd.readouterr())
    assert TO not in log
    assert cast.patient not in log


async def test_the_page_shows_the_mail_word_for_word(clinic: House, post: Post):
    shown = await page(clinic)
    await turn_on(clinic)
    await minutes(clinic, 25)
    await clinic.until(lambda: len(post.mails) == 1)

    for line in text_of(read(post)).splitlines():
        if line and "/quiet/" not in line:
            assert line in shown.words


async def test_two_servers_send_it_once(clinic: House, post: Post):
    await turn_on(clinic)
    app = clinic.app
    await clinic.clock.advance(23 * MINUTE_MS)
    others = [
        Reminders(store=app[wiring.STORE], settings=clinic._settings, clock=clinic.clock, spoken=app[wiring.LANGUAGES])
        for _ in range(4)
    ]
    await clinic.clock.advance(MINUTE_MS)

    await asyncio.gather(*(other.look() for other in others))
    await minutes(clinic, 3)

    assert len(post.mails) == 1


async def test_what_is_an_hour_late_is_not_sent_any_more(clinic: House, post: Post):
    await turn_on(clinic)
    await clinic.close()
    clinic.clock.skip(90 * MINUTE_MS)

    await clinic.open()

    async def moved_on() -> bool:
        _, next_ms = await kept(clinic)
        return next_ms is not None and next_ms > clinic.clock.now_ms()

    await clinic.keep_time_going(moved_on, step_ms=1_000)
    await minutes(clinic, 3)
    assert post.mails == []


async def test_a_mail_server_that_is_away_for_a_moment_is_tried_again(clinic: House, post: Post):
    post.refuse = "451 later"
    await turn_on(clinic)
    await minutes(clinic, 24)
    await comes_to(clinic, tries=1)
    post.refuse = ""

    await minutes(clinic, 12)
    await clinic.until(lambda: len(post.mails) == 1)
    await comes_to(clinic, tries=0)
    await minutes(clinic, 12)

    assert len(post.mails) == 1


async def test_an_address_that_is_refused_3_times_is_told_in_words_and_left_alone(clinic: House, post: Post):
    post.refuse_address = "550 no such mailbox"
    await turn_on(clinic)
    await minutes(clinic, 24)
    await comes_to(clinic, tries=1)
    before = await page(clinic)
    await minutes(clinic, 11)
    await comes_to(clinic, tries=2)
    await minutes(clinic, 11)
    await comes_to(clinic, trouble="address")
    after = await page(clinic)
    post.refuse_address = ""
    # Over the time at which the next one would come.
    clinic.clock.skip(7 * DAY_MS - 30 * MINUTE_MS)
    await minutes(clinic, 14)
    silent = len(post.mails)

    await turn_on(clinic, {**SUNDAY, "email": "robin@better.example"})
    mended = await page(clinic)

    assert "do not arrive" not in before.words
    assert "These mails do not arrive." in after.words
    assert TO in after.words
    assert silent == 0
    assert "do not arrive" not in mended.words


async def test_no_mail_server_at_all_is_told_and_the_next_one_is_tried(clinic: House, post: Post):
    await turn_on(clinic)
    await asyncio.to_thread(post.stop)
    await minutes(clinic, 24)
    await comes_to(clinic, tries=1)
    await minutes(clinic, 11)
    await comes_to(clinic, tries=2)
    await minutes(clinic, 11)
    await comes_to(clinic, trouble="server")
    told = await page(clinic)
    reminder, next_ms = await kept(clinic)
    await asyncio.to_thread(post.start)
    clinic.clock.skip(7 * DAY_MS - 60 * MINUTE_MS)
    await minutes(clinic, 40)
    await clinic.until(lambda: len(post.mails) == 1)
    await comes_to(clinic, trouble="")

    assert "The last mail was not sent." in told.words
    assert reminder is not None
    assert reminder.trouble == "server"
    assert next_ms is not None
    assert "not sent" not in (await page(clinic)).words


async def test_the_link_in_the_mail_turns_it_off_without_a_login_by_a_press_alone(clinic: House, post: Post):
    await turn_on(clinic)
    await minutes(clinic, 25)
    await clinic.until(lambda: len(post.mails) == 1)
    found = re.search(rf"{PUBLIC}(/quiet/\S+)", text_of(read(post)))
    assert found is not None

    async with opening(clinic) as anybody:
        asked = await anybody.opens(found[1])
        still, _ = await kept(clinic)
        forged = await anybody.sends(found[1], own=False)
        kept_still, _ = await kept(clinic)
        done = await anybody.sends(found[1])
        again = await anybody.opens(found[1])

    assert (asked.status, forged.status, done.status, again.status) == (200, 403, 200, 404)
    assert still is not None
    assert kept_still is not None
    assert await kept(clinic) == (None, None)
    for shown in (asked, done, again):
        assert "Patient" not in shown.words
        assert "Harbour" not in shown.words


async def test_another_address_makes_the_old_link_void(clinic: House):
    await turn_on(clinic)
    first, _ = await kept(clinic)
    await turn_on(clinic, {**SUNDAY, "time": "16:00"})
    same, _ = await kept(clinic)
    await turn_on(clinic, {**SUNDAY, "email": "other@mail.example"})
    other, _ = await kept(clinic)

    assert first is not None
    assert same is not None
    assert other is not None
    assert first.token == same.token != other.token
    async with opening(clinic) as anybody:
        assert (await anybody.sends(f"/quiet/{first.token}")).status == 404
        assert (await anybody.sends(f"/quiet/{other.token}")).status == 200


async def test_nothing_is_sent_to_somebody_who_was_erased(clinic: House, post: Post):
    await turn_on(clinic)
    cast = clinic.cast
    async with clinic.app[wiring.STORE].write() as tx:
        await erase(tx, cast.clinic, cast.patient, now_ms=clinic.clock.now_ms())
    await clinic.app[wiring.KEYRING].destroy(cast.clinic, cast.patient, KeyKind.PERSONAL)
    await minutes(clinic, 30)

    async with clinic.app[wiring.STORE].reader() as tx:
        assert await reminders.reminder(tx, cast.clinic, cast.patient) is None
    assert post.mails == []


async def test_a_clinic_that_moved_to_another_zone_reminds_by_its_own_clocks(clinic: House, post: Post):
    await turn_on(clinic)
    async with clinic.app[wiring.STORE].write() as tx:
        settings = msgspec.json.encode({"time_zone": "America/New_York"})
        await people.change_clinic(tx, clinic.cast.clinic, name="Harbour Clinic", phone="", settings=settings)
    await minutes(clinic, 30)
    early = len(post.mails)

    await clinic.clock.advance(3 * 60 * MINUTE_MS + 30 * MINUTE_MS)
    await minutes(clinic, 30)
    await clinic.until(lambda: len(post.mails) == 1)

    assert early == 0


async def test_many_are_due_at_once(clinic: House, post: Post):
    cast = clinic.cast
    async with clinic.app[wiring.STORE].write() as tx:
        for number in range(20):
            person = await people.create_person(
                tx, clinic_id=cast.clinic, role=people.Role.PATIENT, name=f"Patient {number}", now_ms=0
            )
            reminder = Reminder(
                moments=Moments(("sun",), "15:30"),
                way="mail",
                email=f"p{number}@mail.example",
                token="t" * 20,
            )
            due_ms = clinic.clock.now_ms() + 23 * MINUTE_MS + 20_000
            body = msgspec.json.encode(reminder)
            await reminders.put(tx, cast.clinic, person.id, body, next_ms=due_ms, quiet_hash=None)

    await minutes(clinic, 25)
    await clinic.until(lambda: len(post.mails) == 20)
    await minutes(clinic, 3)

    assert sorted(mail.rcpt_tos[0] for mail in post.mails) == sorted(f"p{n}@mail.example" for n in range(20))
