"""Handing a patient over to another therapist of the clinic: care ledger, caseload, audit and open sessions in one
commit.
"""

from collections.abc import Callable

from msgspec import structs

from server.bodies import care_event
from server.care.caring import CareBook, Held
from server.care.open_sessions import OpenSessions
from server.clock import Clock
from server.db import caseloads, errors, people
from server.db.audit import What, appending
from server.db.ledger import Batch, Ledgers
from server.db.store import Store
from server.db.writer import LedgerWriter
from server.db.writes import Step, Write
from sessions import handover
from sessions.care import HandOver, decide_care
from sessions.people import Actor

_TRIES = 8


class HandingOver:
    """`close` ends the sockets of a person in a session, `nudge` makes its room look, `tell` a person's open desk."""

    def __init__(
        self,
        *,
        store: Store,
        ledgers: Ledgers,
        writer: LedgerWriter,
        care: CareBook,
        clock: Clock,
        nudge: Callable[[str], None],
        close: Callable[[str, str], None],
        tell: Callable[[str], None],
    ) -> None:
        self._store, self._writer, self._care, self._clock = store, writer, care, clock
        self._nudge, self._close, self._tell = nudge, close, tell
        self._sessions = OpenSessions(store=store, ledgers=ledgers)

    async def hand_over(self, clinic_id: str, patient_id: str, command: HandOver, *, actor: Actor) -> bool:
        """False where the former therapist does not treat this patient any more: then nothing was there to do.

        Raises Refused, Held or a StorageError; then nothing was stored. A visit under way goes on as it stands: the
        former therapist's sockets close with 4404, what they had sent before is in its record, and the patient stays.
        """
        for _ in range(_TRIES):
            async with self._store.reader() as tx:
                now_treated_by = await people.therapists_of(tx, clinic_id, patient_id)
            if command.former not in now_treated_by:
                return False
            state, unchanged = await self._care.snapshot(clinic_id, patient_id)
            now_ms = self._clock.now_ms()
            events = decide_care(state, command, actor, now_ms)
            writes: list[Write | Step] = [
                caseloads.ending(clinic_id, therapist_id=command.former, patient_id=patient_id, now_ms=now_ms),
                appending(
                    self._store.keys,
                    clinic_id=clinic_id,
                    what=What.CASELOAD_HANDED_OVER,
                    now_ms=now_ms,
                    person_id=actor.id,
                    subject_id=patient_id,
                ),
            ]
            if command.following not in now_treated_by:
                writes.append(
                    caseloads.beginning(clinic_id, therapist_id=command.following, patient_id=patient_id, now_ms=now_ms)
                )
            recorded = structs.replace(
                unchanged,
                events=tuple(care_event(event, actor=actor, at_ms=now_ms) for event in events),
                extras=tuple(writes),
            )
            news = await self._sessions.appends(
                clinic_id,
                patient_id,
                lambda session: handover.news(session, command.former, command.following),
                keys=unchanged.keys,
                now_ms=now_ms,
            )
            try:
                await self._writer.commit(Batch((recorded, *news)))
            except errors.Conflict:
                continue
            for append in news:
                self._close(command.former, append.ledger_id)
                self._nudge(append.ledger_id)
            # Nobody is named in it: both desks are fetched anew, and one of them has the patient no more.
            for therapist_id in (command.former, command.following):
                self._tell(therapist_id)
            return True
        raise Held
