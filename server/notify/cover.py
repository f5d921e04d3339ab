"""After hours: whoever covers for a clinic is told, without a word of what about, that something waits unread."""

from collections import defaultdict
from contextlib import AbstractAsyncContextManager
from typing import Final

import structlog

from server.clinic_settings import ClinicSettings, settings_of
from server.clock import Clock
from server.db import people, urgent
from server.db.store import Store
from server.db.urgent import Urgent
from server.each_minute import each_minute
from server.notify import hours, mail
from server.settings import Settings

log = structlog.get_logger()

#: A therapist who is there anyway, in a visit or at the desk, has seen it by then.
UNSEEN_FOR_MS: Final = 15 * 60_000

SUBJECT: Final = "A note from Ebb"


def text(settings: Settings) -> str:
    """No name, no reason, no number: a mail lies open on many machines."""
    return (
        "Hello,\n\n"
        "something waits for you in Ebb, and it is worth a look before the next working day.\n\n"
        f"{settings.public_url}/desk\n\n"
        "This note was sent by a program. Nobody reads an answer to it.\n"
    )


def problem(settings: Settings, clinic: ClinicSettings) -> str | None:
    """Why nobody would be told after hours, as a sentence for the owner; None where somebody would be."""
    if not settings.smtp_host or not settings.smtp_from:
        return (
            "This server cannot send mail: EBB_SMTP_HOST and EBB_SMTP_FROM are not set. Ask whoever runs it. "
            "Until then nobody is told after hours."
        )
    if not settings.public_url:
        return "This server does not know its own address: EBB_PUBLIC_URL is not set. Ask whoever runs it."
    if not clinic.cover.email:
        return "No cover is named. What comes in after hours waits unread until a therapist looks."
    return None


class Cover:
    """Looks each minute. What was told once is not told again; what was not accepted is tried again."""

    def __init__(self, *, store: Store, settings: Settings, clock: Clock) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._logged: set[tuple[str, str]] = set()

    def running(self) -> AbstractAsyncContextManager[None]:
        return each_minute(
            self.look, name="cover", clock=self._clock, failed="cover.look_failed", among=self._store.database
        )

    async def look(self) -> None:
        before_ms = self._clock.now_ms() - UNSEEN_FOR_MS
        async with self._store.reader() as tx:
            waiting = [one for one in await urgent.unseen(tx) if one.told_ms is None and one.raised_ms <= before_ms]
        by_clinic: dict[str, list[Urgent]] = defaultdict(list)
        for one in waiting:
            by_clinic[one.clinic_id].append(one)
        for clinic_id, concerns in by_clinic.items():
            await self._tell(clinic_id, concerns)

    async def _tell(self, clinic_id: str, concerns: list[Urgent]) -> None:
        async with self._store.reader() as tx:
            clinic = await people.clinic(tx, clinic_id)
        if clinic is None:
            return
        settings = settings_of(clinic)
        if hours.is_open(settings, self._clock.now_ms()):
            return
        missing = problem(self._settings, settings)
        if missing is not None:
            self._log_once(clinic_id, missing)
            return
        try:
            await mail.send(
                self._settings,
                to=settings.cover.email,
                subject=SUBJECT,
                text=text(self._settings),
                now_ms=self._clock.now_ms(),
            )
        except mail.NotSent as failure:
            log.warning("cover.not_sent", clinic=clinic_id, error=str(failure))
            return
        async with self._store.write() as tx:
            await urgent.mark_told(tx, concerns, now_ms=self._clock.now_ms())
        log.info("cover.told", clinic=clinic_id, concerns=len(concerns))

    def _log_once(self, clinic_id: str, missing: str) -> None:
        if (clinic_id, missing) not in self._logged:
            self._logged.add((clinic_id, missing))
            log.warning("cover.nobody", clinic=clinic_id, why=missing)
