"""A session's ledger as its room uses it: values in and out, one transaction an entry."""

from typing import Any

import msgspec

from server.bodies import Erased, recorded, session_event
from server.caring import CareBook
from server.db import errors, visits
from server.db.ledger import Answer, Append, Batch, Ledgers, NewLedger, Position
from server.db.store import Store
from server.db.vault import KeyKind, PatientKeys
from server.db.writer import LedgerWriter
from server.db.writes import Write
from server.live.book import Conflict, Entry, Loaded, Place, StoredAnswer, Unavailable
from sessions.events import CareChanged, Recorded
from sessions.evolve import replay
from sessions.state import SessionState

#: Address, phone and stop word are for tonight: this long after the planned end they are deleted.
TONIGHT_KEPT_MS = 24 * 3_600_000


class SessionBook:
    """Reads and appends one session's ledger. Holds the position that the next append comes after."""

    def __init__(self, place: Place, *, store: Store, ledgers: Ledgers, writer: LedgerWriter, care: CareBook) -> None:
        self._place = place
        self._store, self._ledgers, self._writer, self._care = store, ledgers, writer, care
        self._position: Position | None = None

    async def load(self) -> Loaded:
        place = self._place
        keys = await self._keys()
        try:
            head = await self._ledgers.head(place.clinic_id, place.session_id)
            rows = await self._ledgers.events(place.clinic_id, place.session_id, keys=keys)
            answers = await self._answers()
        except errors.StorageError:
            raise Unavailable from None
        if head is None or len(rows) < head.position.seq:
            # Between the two looks somebody may have appended, never taken away.
            raise Unavailable
        lines = [recorded(row) for row in rows[: head.position.seq]]
        self._position = head.position
        return Loaded(epoch=head.position.epoch, state=replay(lines), answers=answers, tonight=await self._tonight())

    async def since(self, seq: int) -> tuple[list[Recorded], dict[tuple[str, str], StoredAnswer]]:
        place = self._place
        keys = await self._keys()
        try:
            head = await self._ledgers.head(place.clinic_id, place.session_id)
            rows = await self._ledgers.events(place.clinic_id, place.session_id, keys=keys, after_seq=seq)
            answers = await self._answers()
        except errors.StorageError:
            raise Unavailable from None
        if head is None:
            raise Unavailable
        self._position = head.position
        return [recorded(row) for row in rows if row.seq <= head.position.seq], answers

    async def append(self, state: SessionState, after: SessionState, entry: Entry, epoch: int) -> None:
        position = self._position
        if position is None or position.seq != state.seq or position.epoch != epoch:
            raise Conflict
        try:
            keys = await self._keys()
            session = self.session_append(state, after, entry, after_position=position, keys=keys)
            appends = [session]
            news = [event for event in entry.events if isinstance(event, CareChanged) and event.here]
            if news and news[-1].care.suspended is not None:
                care = await self._care.suspension_append(
                    self._place, news[-1].care.suspended, actor=entry.actor, at_ms=entry.at_ms, keys=keys
                )
                appends += [care] if care is not None else []
            committed = await self._writer.commit(Batch(tuple(appends)))
        except errors.Conflict:
            raise Conflict from None
        except errors.StorageError:
            raise Unavailable from None
        self._position = committed.appends[0].position

    def session_append(
        self,
        state: SessionState,
        after: SessionState,
        entry: Entry,
        *,
        after_position: Position | NewLedger,
        keys: PatientKeys,
    ) -> Append:
        place = self._place
        return Append(
            clinic_id=place.clinic_id,
            ledger_id=place.session_id,
            after=after_position,
            events=tuple(
                session_event(event, actor=entry.actor, at_ms=entry.at_ms, received_ms=entry.at_ms, cause=entry.command)
                for event in entry.events
            ),
            keys=keys,
            at_ms=entry.at_ms,
            answer=Answer(entry.actor.id, entry.command, entry.fingerprint),
            extras=self._extras(state, after, entry, keys),
        )

    def _extras(self, state: SessionState, after: SessionState, entry: Entry, keys: PatientKeys) -> tuple[Write, ...]:
        place = self._place
        extras: list[Write] = []
        if after.phase != state.phase:
            extras.append(
                visits.phase_write(place.clinic_id, place.session_id, phase=after.phase, ended_ms=after.ended_at)
            )
        if entry.tonight is not None:
            kept_until = after.due_ms + after.planned_minutes * 60_000
            extras.append(
                visits.tonight_write(
                    keys.of(KeyKind.PERSONAL),
                    clinic_id=place.clinic_id,
                    session_id=place.session_id,
                    patient_id=place.patient_id,
                    body=msgspec.json.encode(entry.tonight),
                    delete_after_ms=max(kept_until, entry.at_ms) + TONIGHT_KEPT_MS,
                )
            )
        return tuple(extras)

    async def _tonight(self) -> dict[str, Any]:
        async with self._store.reader() as tx:
            plain = await visits.tonight(tx, self._place.clinic_id, self._place.session_id)
        return {} if plain is None else msgspec.json.decode(plain, type=dict[str, Any])

    async def _answers(self) -> dict[tuple[str, str], StoredAnswer]:
        stored = await self._ledgers.answers(self._place.clinic_id, self._place.session_id)
        return {key: StoredAnswer(answer.fingerprint, answer.last_seq) for key, answer in stored.items()}

    async def _keys(self) -> PatientKeys:
        keys = await self._store.ring.keys_of(self._place.clinic_id, self._place.patient_id)
        if keys.care is None:
            raise Erased
        return keys
