"""A neutral mail to a patient whose record was opened in an emergency: that there is something to read, no more.

What happened stands on their first page at once, behind the sign-in, with who and why. The mail only leads there.
Where a server dies between sending and noting it, the mail comes twice: one that never comes would hide something.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

import structlog

from server.clock import Clock
from server.db import emergencies, people
from server.db.emergencies import Emergency
from server.db.store import Store
from server.each_minute import each_minute
from server.languages import Language, gettext, speaking
from server.notify import mail
from server.notify.reminders import can_send
from server.settings import Settings

log = structlog.get_logger()

#: A mail server that is away for longer is not waited for: it stands on their page.
TRIED_FOR_MS: Final = 3 * 86_400_000

#: In which language a patient is written to, by clinic and id: `recipients.language_of`.
LanguageOf = Callable[[str, str], Awaitable[Language]]


class EmergencyNews:
    """Looks each minute for those whose patient was sent no word yet."""

    def __init__(self, *, store: Store, settings: Settings, clock: Clock, language_of: LanguageOf) -> None:
        self._store, self._settings, self._clock, self._language_of = store, settings, clock, language_of

    def running(self) -> AbstractAsyncContextManager[None]:
        return each_minute(
            self.look,
            name="emergencies",
            clock=self._clock,
            failed="emergencies.look_failed",
            among=self._store.database,
        )

    async def look(self) -> None:
        async with self._store.reader() as tx:
            waiting = await emergencies.untold(tx)
        for one in waiting:
            if await self._tell(one) or self._clock.now_ms() - one.from_ms > TRIED_FOR_MS:
                async with self._store.write() as tx:
                    await emergencies.mark_told(tx, one, now_ms=self._clock.now_ms())

    async def _tell(self, one: Emergency) -> bool:
        """Whether there is no more to do: it was sent, or there is no address to send it to."""
        async with self._store.reader() as tx:
            patient = await people.person(tx, one.clinic_id, one.patient_id)
        if patient is None or not patient.email or not can_send(self._settings):
            return True
        with speaking(await self._language_of(one.clinic_id, one.patient_id)):
            subject, words = gettext("A note from Ebb"), text(self._settings)
        try:
            await mail.send(self._settings, to=patient.email, subject=subject, text=words, now_ms=self._clock.now_ms())
        except mail.NotSent as failure:
            log.warning("emergency.not_sent", error=str(failure))
            return False
        return True


def text(settings: Settings) -> str:
    """No name, no clinic, no reason: a mail lies open on many machines."""
    parts = (
        gettext("Hello,"),
        gettext("there is something new for you to read:"),
        f"{settings.public_url}/today",
        gettext("A program sent this. Nobody reads an answer to it."),
    )
    return "\n\n".join(parts) + "\n"
