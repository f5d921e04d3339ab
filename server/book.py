"""A session's ledger as its room uses it: values in and out, one transaction an entry."""

from typing import Any

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from server.bodies import Erased, recorded, session_event
from server.care.caring import CareBook
from server.db import errors, visits
from server.db.failures import Failure, judge
from server.db.ledger import Answer, Append, Batch, Head, Ledgers, NewLedger, Position
from server.db.reading_on import ReadingOn, Wanted
from server.db.store import Store
from server.db.vault import KeyKind, PatientKeys
from server.db.writer import LedgerWriter
from server.db.writes import Write
from server.live.book import Conflict, Entry, Loaded, Place, Since, StoredAnswer, Unavailable
from server.session_writes import beside_lines, suspended_here
from sessions.events import ArrivalConfirmed
from sessions.evolve import replay
from sessions.state import SessionState

log = structlog.get_logger()

#: Address, phone and stop word are for tonight: this long after the planned end they are deleted.
TONIGHT_KEPT_MS = 24 * 3_600_000


class SessionBook:
    """Reads and appends one session's ledger. Holds the position that the next append comes after."""

    __slots__ = ("_care", "_ledgers", "_place", "_position", "_reading_on", "_store", "_writer")

    def __init__(
        self,
        place: Place,
        *,
        store: Store,
        ledgers: Ledgers,
        reading_on: ReadingOn,
        writer: LedgerWriter,
        care: CareBook,
    ) -> None:
        self._place = place
        self._store, self._ledgers, self._reading_on = store, ledgers, reading_on
        self._writer, self._care = writer, care
        self._position: Position | None = None

    async def load(self) -> Loaded:
        place = self._place
        try:
            keys = await self._keys()
            head = await self._head()
            rows = await self._ledgers.events(place.clinic_id, place.session_id, keys=keys)
            lines = [recorded(row) for row in rows[: head.position.seq]]
            answers, tonight = await self._answers(head.position), await self._tonight()
        except Exception as error:  # noqa: BLE001 - raised again, in other words
            raise _in_the_rooms_words(error) from None
        if len(rows) < head.position.seq:
            # Between the two looks somebody may have appended, never taken away.
            raise Unavailable
        self._position = head.position
        return Loaded(
            epoch=head.position.epoch,
            state=replay(lines),
            answers=answers,
            answer_key=self._store.keys.answer_key(place.clinic_id),
            tonight=tonight,
        )

    async def since(self, epoch: int, seq: int) -> Since:
        place = self._place
        try:
            keys = await self._keys()
            news = await self._reading_on.since(Wanted(place.clinic_id, place.session_id, epoch, seq), keys)
            self._refuse_older(news.head.position, epoch, seq)
            lines = [recorded(row) for row in news.events]
            arrived = any(isinstance(line.event, ArrivalConfirmed) for line in lines)
            tonight = await self._tonight() if arrived else None
        except Exception as error:  # noqa: BLE001 - raised again, in other words
            raise _in_the_rooms_words(error) from None
        self._position = news.head.position
        answers = {key: StoredAnswer(answer.fingerprint, answer.last_seq) for key, answer in news.answers.items()}
        return Since(epoch=news.head.position.epoch, lines=lines, answers=answers, tonight=tonight)

    async def append(self, state: SessionState, after: SessionState, entry: Entry, epoch: int) -> None:
        position = self._position
        if position is None or position.seq != state.seq or position.epoch != epoch:
            raise Conflict
        try:
            keys = await self._keys()
            appends = [self.session_append(state, after, entry, after_position=position, keys=keys)]
            told: list[str] = []
            suspension = suspended_here(entry.events)
            if suspension is not None:
                care, told = await self._care.suspension_appends(
                    self._place.clinic_id,
                    self._place.patient_id,
                    suspension,
                    actor=entry.actor,
                    at_ms=entry.at_ms,
                    keys=keys,
                    but=self._place.session_id,
                )
                appends += care
            try:
                committed = await self._writer.commit(Batch(tuple(appends)))
            except errors.Unavailable as failure:
                if failure.stored is None:
                    # It may be there. Nothing is appended before the ledger was read again.
                    self._position = None
                raise
        except Exception as error:  # noqa: BLE001 - raised again, in other words
            raise _in_the_rooms_words(error) from None
        self._position = committed.appends[0].position
        self._care.nudge(told)

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
        # All of a practice is the patient's own, whichever way a line of it comes.
        key = KeyKind.PERSONAL if after.kind == "practice" else KeyKind.CARE
        return Append(
            clinic_id=place.clinic_id,
            ledger_id=place.session_id,
            after=after_position,
            events=tuple(
                session_event(
                    event,
                    actor=entry.actor,
                    at_ms=entry.at_ms,
                    received_ms=entry.at_ms,
                    cause=entry.command,
                    key=key,
                )
                for event in entry.events
            ),
            keys=keys,
            at_ms=entry.at_ms,
            answer=Answer(entry.actor.id, entry.command, entry.fingerprint),
            extras=self._extras(state, after, entry, keys),
        )

    def _extras(self, state: SessionState, after: SessionState, entry: Entry, keys: PatientKeys) -> tuple[Write, ...]:
        place = self._place
        extras = beside_lines(place, state, after, entry.events, raised_ms=entry.at_ms)
        if entry.tonight is None:
            return extras
        kept_until = after.due_ms + after.planned_minutes * 60_000
        tonight = visits.tonight_write(
            keys.of(KeyKind.PERSONAL),
            clinic_id=place.clinic_id,
            session_id=place.session_id,
            patient_id=place.patient_id,
            body=msgspec.json.encode(entry.tonight),
            delete_after_ms=max(kept_until, entry.at_ms) + TONIGHT_KEPT_MS,
        )
        return (*extras, tonight)

    def _refuse_older(self, position: Position, epoch: int, seq: int) -> None:
        """Where an older copy was put back beneath us and nobody said so, nothing is appended before it is a history
        of its own: what was told since would be numbered twice. Raises Unavailable."""
        if position.epoch == epoch and position.seq < seq:
            log.error("ledger.older", session=self._place.session_id)
            raise errors.Unavailable(stored=None)

    async def _head(self) -> Head:
        head = await self._ledgers.head(self._place.clinic_id, self._place.session_id)
        if head is None:
            raise Unavailable
        return head

    async def _tonight(self) -> dict[str, Any]:
        async with self._store.reader() as tx:
            plain = await visits.tonight(tx, self._place.clinic_id, self._place.session_id)
        return {} if plain is None else msgspec.json.decode(plain, type=dict[str, Any])

    async def _answers(self, until: Position) -> dict[tuple[str, str], StoredAnswer]:
        """Those to commands whose events are known up to there: `done` never comes before its `changed`."""
        stored = await self._ledgers.answers(self._place.clinic_id, self._place.session_id)
        return {
            key: StoredAnswer(answer.fingerprint, answer.last_seq)
            for key, answer in stored.items()
            if answer.last_seq <= until.seq
        }

    async def _keys(self) -> PatientKeys:
        keys = await self._store.ring.keys_of(self._place.clinic_id, self._place.patient_id)
        if keys.care is None:
            raise Erased
        return keys


def _in_the_rooms_words(error: Exception) -> Exception:
    """Whatever storage runs into becomes a Conflict or Unavailable. Our own mistakes stay what they are."""
    match error:
        case errors.Conflict():
            return Conflict()
        case errors.Unavailable():
            return Unavailable(certain=error.stored is not None)
        case errors.StorageError() | Erased():
            return Unavailable()
        case DBAPIError() if judge(error) is Failure.OURS:
            return error
        case SQLAlchemyError() | OSError() | TimeoutError():
            return Unavailable()
        case _:
            return error
