"""That something about signing in changed, told by mail to the address of whoever signs in with it.

Whoever changed it themselves reads a line and is done; whoever did not learns of it here. The mail names no clinic and
nothing clinical, and has no link in it: one that asks somebody to sign in is what thieves send.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Final

import structlog

from server import languages
from server.clock import Clock
from server.db.people import Person
from server.languages import Language, gettext
from server.notify import mail
from server.settings import Settings

log = structlog.get_logger()

MINUTE_MS: Final = 60_000
#: After how long it is tried again where the mail server takes nothing.
AGAIN_MS: Final = (1 * MINUTE_MS, 10 * MINUTE_MS)
WAIT_SECONDS: Final = 1.0


class Change(StrEnum):
    """What happened, as the mail says it."""

    PASSWORD = "Your password is another one now. Every other device of yours was signed out."  # noqa: S105
    AUTHENTICATOR = "An authenticator app was set up for signing in."
    AUTHENTICATOR_GONE = "The authenticator app is no part of signing in any more."
    RECOVERY_CODES = "New recovery codes were made. Those from before work no more."
    RECOVERY_USED = "One of your recovery codes was used."
    PASSKEY_ADDED = "A passkey was added for signing in."
    PASSKEY_REMOVED = "A passkey was removed. It signs nobody in any more."
    PASSKEY_COPIED = "A passkey of yours was refused: somebody may have a copy of it. Remove it, and make a new one."
    NEW_DEVICE = "You were signed in on a device that was not used for it before."
    WRONG_CODES = (
        "Somebody who knows your password wrote several wrong codes. Nobody was let in by them. "
        "If it was not you, choose another password."
    )
    LOGINS_ENDED = "All your devices were signed out by your clinic."
    BEGUN_ANEW = (
        "What you signed in with works no more: your clinic let you begin anew. "
        "You are given a link, with which you choose a password."
    )


class Changes:
    """Sends beside the request that made the change; a mail server that is slow, or away, holds nobody up."""

    def __init__(self, *, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._sending: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Leaving waits a moment for mails that are under way; those that wait to be tried again are given up."""
        yield
        if self._sending:
            await asyncio.wait(self._sending, timeout=WAIT_SECONDS)
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    def tell(self, person: Person, change: Change, language: Language) -> None:
        """Nothing where the person has no address, or this server sends no mail."""
        if not person.email or not self._settings.smtp_host or not self._settings.smtp_from:
            return
        with languages.speaking(language):
            subject, words = gettext("A note about signing in"), text(change)
        task = asyncio.create_task(self._send(person.email, subject, words, change), name="change")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, to: str, subject: str, words: str, change: Change) -> None:
        at_ms = self._clock.now_ms()
        for again_ms in (*AGAIN_MS, None):
            try:
                await mail.send(self._settings, to=to, subject=subject, text=words, now_ms=at_ms)
            except mail.NotSent as failure:
                log.warning("change.not_sent", change=change.name, error=str(failure))
            else:
                return
            if again_ms is not None:
                await self._clock.sleep_until(self._clock.now() + again_ms)


def text(change: Change) -> str:
    return (
        "\n\n".join(
            (
                gettext("Hello,"),
                gettext(change.value),
                gettext("If that was you, there is nothing to do."),
                gettext("If it was not, call your clinic, on a number that you know."),
                gettext("A program sent this. Nobody reads an answer to it."),
            )
        )
        + "\n"
    )
