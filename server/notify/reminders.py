"""Reminders by mail, for who asked for them: a neutral line at the time that they chose, and never twice.

A reminder is claimed before it is sent: its row is moved on to the next time, by whichever server is first. A server
that dies in between has sent nothing, and nobody else sends it either; a reminder that is missed does no harm, and
one that comes twice is a nuisance.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import tzinfo
from typing import Final, Literal

import msgspec
import structlog
from msgspec import Struct, structs

from server import languages
from server.clinic_settings import settings_of
from server.clock import Clock
from server.db import people, reminders
from server.db.reminders import Stored
from server.db.store import Store, Tx
from server.each_minute import each_minute
from server.languages import Languages, gettext
from server.notify import mail
from server.notify.hours import zone_of
from server.notify.moments import Moments, next_ms
from server.settings import Settings

log = structlog.get_logger()

MINUTE_MS: Final = 60_000
#: Later than this it is not sent any more: who was to be reminded at 18:00 is left alone at 21:00.
LATE_MS: Final = 60 * MINUTE_MS
TRIES: Final = 3
AGAIN_MS: Final = 10 * MINUTE_MS
#: So many mails are under way at once; a slow mail server keeps nobody waiting until the evening.
_AT_ONCE: Final = 8
#: The mail server knew the address and would not have it.
_REFUSED: Final = frozenset({"SMTPRecipientsRefused", "SMTPRecipientRefused", "SMTPDataError"})
#: The mail may have been taken before the line was lost: it is not sent again, since once is the most.
_UNSURE: Final = frozenset({"SMTPServerDisconnected", "SMTPReadTimeoutError", "SMTPTimeoutError", "TimeoutError"})

Way = Literal["mail", "calendar"]
Trouble = Literal["", "address", "server"]


class Reminder(Struct, frozen=True):
    """What is sealed in the row. `token` turns its mails off without a login; `tries` failed one after the other."""

    moments: Moments
    way: Way
    email: str = ""
    token: str = ""
    language: str = languages.ENGLISH
    tries: int = 0
    trouble: Trouble = ""


def encoded(reminder: Reminder) -> bytes:
    return msgspec.json.encode(reminder)


def decoded(stored: Stored | None) -> Reminder | None:
    """None where there is none, or its key was destroyed."""
    if stored is None or stored.body is None:
        return None
    return msgspec.json.decode(stored.body, type=Reminder)


def can_send(settings: Settings) -> bool:
    return bool(settings.smtp_host and settings.smtp_from and settings.public_url)


def subject() -> str:
    return gettext("A quiet moment")


def text(settings: Settings, token: str) -> str:
    """No name, no clinic, no reason: a mail lies open on many machines, and beside somebody else's breakfast."""
    return (
        "\n\n".join(
            (
                gettext("Hello,"),
                gettext("you asked for this note. If now suits you, here is your moment:"),
                f"{settings.public_url}/today",
                gettext("If it does not, that is just as good."),
                gettext("No more of these notes:"),
                f"{settings.public_url}/quiet/{token}",
                gettext("A program sent this. Nobody reads an answer to it."),
            )
        )
        + "\n"
    )


class Reminders:
    """Looks each minute."""

    def __init__(self, *, store: Store, settings: Settings, clock: Clock, spoken: Languages) -> None:
        self._store, self._settings, self._clock, self._spoken = store, settings, clock, spoken

    def running(self) -> AbstractAsyncContextManager[None]:
        return each_minute(
            self.look, name="reminders", clock=self._clock, failed="reminders.look_failed", among=self._store.database
        )

    async def look(self) -> None:
        if not can_send(self._settings):
            return
        while True:
            async with self._store.reader() as tx:
                due = await reminders.due(tx, now_ms=self._clock.now_ms(), limit=_AT_ONCE)
            if not due:
                return
            # One that goes wrong cuts off no other in the middle of its mail.
            done = await asyncio.gather(*(self._one(stored) for stored in due), return_exceptions=True)
            for failure in done:
                if isinstance(failure, BaseException):
                    raise failure

    async def _one(self, stored: Stored) -> None:
        reminder = decoded(stored)
        async with self._store.write() as tx:
            if reminder is None:
                # The patient was erased. What is left is a row that nobody can read.
                await reminders.remove(tx, stored.clinic_id, stored.patient_id)
                return
            zone = await _zone(tx, stored)
            wanted = zone is not None and self._is_wanted(stored, reminder, zone)
            following = None if zone is None else next_ms(reminder.moments, zone, after_ms=self._clock.now_ms())
            claimed = await reminders.change(tx, stored, next_ms=following)
        if claimed is not None and wanted:
            await self._send(claimed, reminder)

    def _is_wanted(self, stored: Stored, reminder: Reminder, zone: tzinfo) -> bool:
        due_ms = stored.next_ms
        if reminder.way != "mail" or due_ms is None or self._clock.now_ms() - due_ms > LATE_MS:
            return False
        # The clinic may have moved to another time zone since it was planned.
        return reminder.tries > 0 or next_ms(reminder.moments, zone, after_ms=due_ms - 1) == due_ms

    async def _send(self, claimed: Stored, reminder: Reminder) -> None:
        languages.CURRENT.set(self._spoken.get(reminder.language))
        try:
            await mail.send(
                self._settings,
                to=reminder.email,
                subject=subject(),
                text=text(self._settings, reminder.token),
                now_ms=self._clock.now_ms(),
            )
        except mail.NotSent as failure:
            log.warning("reminder.not_sent", clinic=claimed.clinic_id, error=str(failure))
            await self._failed(claimed, reminder, str(failure))
            return
        log.info("reminder.sent", clinic=claimed.clinic_id)
        if reminder.tries or reminder.trouble:
            mended = structs.replace(reminder, tries=0, trouble="")
            await self._settle(claimed, mended, next_ms=claimed.next_ms)

    async def _failed(self, claimed: Stored, reminder: Reminder, kind: str) -> None:
        """Tried again soon, 3 times in all. Then the page says so; an address that is refused gets no more mail."""
        tries = reminder.tries + 1
        if tries < TRIES:
            again_ms = self._clock.now_ms() + AGAIN_MS
            soon_ms = claimed.next_ms if kind in _UNSURE else min(again_ms, claimed.next_ms or again_ms)
            await self._settle(claimed, structs.replace(reminder, tries=tries), next_ms=soon_ms)
            return
        refused = kind in _REFUSED
        told = structs.replace(reminder, tries=0, trouble="address" if refused else "server")
        await self._settle(claimed, told, next_ms=None if refused else claimed.next_ms)

    async def _settle(self, claimed: Stored, reminder: Reminder, *, next_ms: int | None) -> None:
        """Somebody who changed theirs meanwhile has the last word."""
        async with self._store.write() as tx:
            await reminders.change(tx, claimed, next_ms=next_ms, body=encoded(reminder))


async def _zone(tx: Tx, stored: Stored) -> tzinfo | None:
    """The clinic's. None for somebody who is not let in any more."""
    person = await people.person(tx, stored.clinic_id, stored.patient_id)
    clinic = await people.clinic(tx, stored.clinic_id)
    if person is None or person.disabled_ms is not None or clinic is None:
        return None
    return zone_of(settings_of(clinic))
