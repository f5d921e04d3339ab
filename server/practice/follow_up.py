"""Each minute: what a phone began and never finished telling, and keys that no phone can need any more."""

from contextlib import AbstractAsyncContextManager
from typing import Final

import structlog

from server.bodies import Erased
from server.care.caring import Held
from server.clock import Clock
from server.db import errors, outbox
from server.db.store import Store
from server.each_minute import each_minute
from server.practice.keypairs import KEPT_FOR_MS
from server.practice.ledger import PracticeBook, Whose
from server.practice.taking import Taking

log = structlog.get_logger()

#: A phone that is off overnight goes on in the morning; one that lost its storage never does.
SILENT_FOR_MS: Final = 24 * 3_600_000


class FollowUp:
    """A part that waits for one that never comes is applied without it; a practice without an end is ended."""

    def __init__(self, *, store: Store, taking: Taking, book: PracticeBook, clock: Clock) -> None:
        self._store, self._taking, self._book, self._clock = store, taking, book, clock

    def running(self) -> AbstractAsyncContextManager[None]:
        return each_minute(
            self.look, name="practices", clock=self._clock, failed="practices.failed", among=self._store.database
        )

    async def look(self) -> None:
        now_ms = self._clock.now_ms()
        before_ms = now_ms - SILENT_FOR_MS
        async with self._store.reader() as tx:
            waiting = await outbox.waiting(tx)
        for one in waiting:
            await self._go_on(one, before_ms)
        async with self._store.reader() as tx:
            unended = await outbox.unended(tx, before_ms=before_ms)
        for clinic_id, patient_id, ledger_id in unended:
            try:
                await self._book.end(Whose(clinic_id, patient_id), ledger_id)
            except (errors.StorageError, Erased, Held) as error:
                # An erased record, for one. Whatever else it was is tried again in a minute.
                log.warning("practice.not_ended", error=type(error).__name__)
        async with self._store.write() as tx:
            await outbox.destroy_keys(tx, retired_before_ms=now_ms - KEPT_FOR_MS)

    async def _go_on(self, one: outbox.Waiting, before_ms: int) -> None:
        """Two parts that came in one moment may each have missed the other; and one may be waited for in vain."""
        over_gaps = one.newest_ms <= before_ms
        try:
            await self._taking.go_on(Whose(one.clinic_id, one.patient_id), one.session_id, over_gaps=over_gaps)
        except (errors.StorageError, Erased, Held) as error:
            log.warning("practice.still_waits", error=type(error).__name__)
