"""The journal of a patient: reading it, and writing to it together with what it makes of the care."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import structs

from exercises.saying import kept
from server.bodies import journal_event, journal_line
from server.care.caring import CareBook, Held
from server.clock import Clock
from server.db import errors, urgent
from server.db.ledger import Append, Batch, Ledgers, NewLedger, Position, StoredEvent
from server.db.store import Store
from server.db.vault import PatientKeys
from server.db.writer import LedgerWriter
from server.db.writes import Write
from sessions.flags import URGENT
from sessions.journal import JournalCommand, JournalConcern, JournalEvent, JournalState
from sessions.journaling import decide_journal, evolve_journal, is_personal, suspends
from sessions.people import Actor, Refused, Role
from sessions.safety import suspension_of

_TRIES = 8
#: To a therapist: whoever left signs in no more.
LEFT: Final = "This person has left Ebb. Nothing can be written to them here any more."


def journal_id(patient_id: str) -> str:
    """The journal's ledger: one for each patient, beside the care ledger, which has the patient's own id."""
    return hashlib.blake2b(f"journal {patient_id}".encode(), digest_size=16).hexdigest()


class JournalBook:
    """Writes one entry a transaction. What suspends internal work suspends it in the same one, everywhere.

    `heard` is told of what was stored: clinic, patient, events.
    """

    def __init__(
        self,
        *,
        store: Store,
        ledgers: Ledgers,
        writer: LedgerWriter,
        clock: Clock,
        care: CareBook,
        heard: Callable[[str, str, Sequence[JournalEvent]], None] | None = None,
    ) -> None:
        self._store, self._ledgers, self._writer = store, ledgers, writer
        self._clock, self._care = clock, care
        self._heard = heard

    async def state(self, clinic_id: str, patient_id: str) -> JournalState:
        """What stands in it; a patient who never wrote has an empty one."""
        keys = await self._store.ring.keys_of(clinic_id, patient_id)
        return _folded(await self._rows(clinic_id, patient_id, keys))

    async def states(self, clinic_id: str, patient_ids: Iterable[str]) -> dict[str, JournalState]:
        """Those of several patients, for a list."""
        by_ledger = {journal_id(patient_id): patient_id for patient_id in patient_ids}
        keys = {
            ledger_id: await self._store.ring.keys_of(clinic_id, patient_id)
            for ledger_id, patient_id in by_ledger.items()
        }
        lines = await self._ledgers.events_of(clinic_id, keys)
        return {patient_id: _folded(lines[ledger_id]) for ledger_id, patient_id in by_ledger.items()}

    async def has(self, clinic_id: str, patient_id: str, command_id: str, *, actor: Actor) -> bool:
        """Whether this command of theirs was carried out already."""
        keys = await self._store.ring.keys_of(clinic_id, patient_id)
        return _is_written(await self._rows(clinic_id, patient_id, keys), command_id, actor)

    async def write(
        self,
        clinic_id: str,
        patient_id: str,
        command: JournalCommand,
        *,
        actor: Actor,
        command_id: str | None = None,
        beside: Sequence[Append] = (),
        extras: Sequence[Write] = (),
    ) -> JournalState:
        """Carry out a command; one that came before with the same `command_id` changes nothing.

        `beside` are appends to other ledgers, and `extras` rows, that are stored in the same transaction. Where one
        of those ledgers moved meanwhile it raises Conflict: only whoever read it can say what that means.
        Raises Refused, Held or a StorageError; then nothing was stored.
        """
        cause = command_id or secrets.token_hex(16)
        for _ in range(_TRIES):
            keys = await self._store.ring.keys_of(clinic_id, patient_id)
            rows, after = await self._load(clinic_id, patient_id, keys)
            state = _folded(rows)
            if command_id is not None and _is_written(rows, cause, actor):
                return state
            now_ms = self._clock.now_ms()
            events = decide_journal(state, command, actor, now_ms=now_ms)
            if not events:
                return state
            if keys.personal is None and any(is_personal(event) for event in events):
                raise Refused("not_now", LEFT)
            appends, told = await self._appends(
                clinic_id, patient_id, events, after=after, actor=actor, cause=cause, now_ms=now_ms, keys=keys
            )
            first = structs.replace(appends[0], extras=(*appends[0].extras, *extras))
            try:
                await self._writer.commit(Batch((first, *appends[1:], *beside)))
            except errors.Conflict:
                if beside:
                    raise
                continue
            self._care.nudge([*told, *(append.ledger_id for append in beside)])
            if self._heard is not None:
                self._heard(clinic_id, patient_id, events)
            for event in events:
                state = evolve_journal(state, event, at_ms=now_ms, role=actor.role, person=actor.id)
            return state
        raise Held

    async def _appends(
        self,
        clinic_id: str,
        patient_id: str,
        events: list[JournalEvent],
        *,
        after: Position | NewLedger,
        actor: Actor,
        cause: str,
        now_ms: int,
        keys: PatientKeys,
    ) -> tuple[list[Append], list[str]]:
        """The entry, and the suspension that follows from it where one does."""
        first = 1 + (after.seq if isinstance(after, Position) else 0)
        extras = tuple(
            urgent.raised_write(
                clinic_id, journal_id(patient_id), seq=first + number, patient_id=patient_id, raised_ms=now_ms
            )
            for number, event in enumerate(events)
            if isinstance(event, JournalConcern) and event.tier in URGENT
        )
        appends = [
            Append(
                clinic_id=clinic_id,
                ledger_id=journal_id(patient_id),
                after=after,
                events=tuple(journal_event(event, actor=actor, at_ms=now_ms, cause=cause) for event in events),
                keys=keys,
                at_ms=now_ms,
                extras=extras,
            )
        ]
        tier = suspends(events)
        if tier is None:
            return appends, []
        worst = next(event for event in events if isinstance(event, JournalConcern) and event.tier is tier)
        news, told = await self._suspended(clinic_id, patient_id, worst, actor=actor, now_ms=now_ms, keys=keys)
        return [*appends, *news], told

    async def _suspended(
        self,
        clinic_id: str,
        patient_id: str,
        concern: JournalConcern,
        *,
        actor: Actor,
        now_ms: int,
        keys: PatientKeys,
    ) -> tuple[list[Append], list[str]]:
        # A rule speaks of several practices; what somebody told was told outside of a visit.
        said = concern.say.rstrip(".")
        if concern.rules:
            reason = kept("Over several practices: {say}", say=said)
        else:
            reason = kept("Told outside of a visit: {say}", say=said)
        # What stands already is read with the position that the suspension would be appended at, and weighed there.
        suspension = suspension_of(concern.tier, known=None, reason=reason, now_ms=now_ms)
        if suspension is None:
            return [], []
        return await self._care.suspension_appends(
            clinic_id, patient_id, suspension, actor=actor, at_ms=now_ms, keys=keys
        )

    async def _rows(self, clinic_id: str, patient_id: str, keys: PatientKeys) -> list[StoredEvent]:
        return await self._ledgers.events(clinic_id, journal_id(patient_id), keys=keys)

    async def _load(
        self, clinic_id: str, patient_id: str, keys: PatientKeys
    ) -> tuple[list[StoredEvent], Position | NewLedger]:
        """Its lines are read after its head: one that came in between makes a Conflict of an append at that head."""
        head = await self._ledgers.head(clinic_id, journal_id(patient_id))
        if head is None:
            return [], NewLedger("journal", patient_id)
        return await self._rows(clinic_id, patient_id, keys), head.position


def _is_written(rows: Iterable[StoredEvent], cause: str, actor: Actor) -> bool:
    return any(row.cause == cause and row.person_id == (actor.id or None) for row in rows)


def _folded(rows: Iterable[StoredEvent]) -> JournalState:
    state = JournalState()
    for row in rows:
        line = journal_line(row)
        if line is None:
            # The patient's personal key is gone, and these words with it. The numbers go on.
            state = state.passed_over()
            continue
        role, event = line
        state = evolve_journal(state, event, at_ms=row.at_ms, role=Role(role), person=row.person_id or "")
    return state
