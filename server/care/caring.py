"""The care ledger of a patient: reading it, and changing it together with the sessions that are open."""

from collections.abc import Callable, Iterable

from server.bodies import care_change, care_event
from server.care.open_sessions import OpenSessions
from server.clock import Clock
from server.db import errors
from server.db.ledger import Append, Batch, Ledgers, NewLedger, Position, StoredEvent
from server.db.store import Store
from server.db.vault import PatientKeys
from server.db.writer import LedgerWriter
from sessions import care
from sessions.events import AnyEvent
from sessions.machine import decide
from sessions.moment import Find, Moment
from sessions.people import SYSTEM, Actor, Role
from sessions.safety import more_urgent, tier_of
from sessions.state import SessionState
from sessions.system import CareNews
from sessions.thresholds import Thresholds

_TRIES = 8


class Held(Exception):
    """The care ledger kept changing under us; nothing was stored."""


class Moved(Exception):
    """Somebody else changed this care since it was shown; nothing was stored."""


class CareHistory:
    """One line of a care ledger for reading: when, by whom, what."""

    def __init__(self, *, seq: int, at_ms: int, person_id: str | None, role: Role, event: care.CareEvent) -> None:
        self.seq, self.at_ms, self.person_id, self.role, self.event = seq, at_ms, person_id, role, event


class CareBook:
    """The care ledger has the patient's own id. A change of it reaches every open session with the same commit."""

    def __init__(
        self,
        *,
        store: Store,
        ledgers: Ledgers,
        writer: LedgerWriter,
        clock: Clock,
        find: Find,
        nudge: Callable[[str], None],
    ) -> None:
        self._store, self._ledgers, self._writer = store, ledgers, writer
        self._clock, self._find, self._nudge = clock, find, nudge
        self._sessions = OpenSessions(store=store, ledgers=ledgers)

    async def open(self, clinic_id: str, patient_id: str, *, thresholds: Thresholds | None = None) -> None:
        """The first lines of a new patient's care: internal work is suspended, and the clinic's thresholds hold."""
        now_ms = self._clock.now_ms()
        first: list[care.CareEvent] = [care.opened(now_ms)]
        if thresholds is not None and thresholds != Thresholds():
            first.append(care.CareThresholdsSet(thresholds=thresholds))
        append = Append(
            clinic_id=clinic_id,
            ledger_id=patient_id,
            after=NewLedger("care", patient_id),
            events=tuple(care_event(event, actor=SYSTEM, at_ms=now_ms) for event in first),
            keys=await self._store.ring.keys_of(clinic_id, patient_id),
            at_ms=now_ms,
        )
        await self._writer.commit(Batch((append,)))

    async def state(self, clinic_id: str, patient_id: str) -> care.CareState:
        state, _ = await self._load(clinic_id, patient_id, await self._store.ring.keys_of(clinic_id, patient_id))
        return state

    async def state_and_seq(self, clinic_id: str, patient_id: str) -> tuple[care.CareState, int]:
        """With how far its ledger went: what somebody takes along has to say later how much they knew."""
        keys = await self._store.ring.keys_of(clinic_id, patient_id)
        state, position = await self._load(clinic_id, patient_id, keys)
        return state, position.seq

    async def states(self, clinic_id: str, patient_ids: Iterable[str]) -> dict[str, care.CareState]:
        """Those of several patients, for a list. Raises Unreadable as `state` does."""
        keys = {patient_id: await self._store.ring.keys_of(clinic_id, patient_id) for patient_id in patient_ids}
        lines = await self._ledgers.events_of(clinic_id, keys)
        if not all(lines.values()):
            # Nothing would read as "not suspended".
            raise errors.Unreadable
        return {patient_id: _folded(rows) for patient_id, rows in lines.items()}

    async def history(self, clinic_id: str, patient_id: str) -> list[CareHistory]:
        keys = await self._store.ring.keys_of(clinic_id, patient_id)
        lines = []
        for row in await self._ledgers.events(clinic_id, patient_id, keys=keys):
            role, event = care_change(row)
            lines.append(CareHistory(seq=row.seq, at_ms=row.at_ms, person_id=row.person_id, role=role, event=event))
        return lines

    async def change(
        self,
        clinic_id: str,
        patient_id: str,
        command: care.CareCommand,
        *,
        actor: Actor,
        shown_seq: int | None = None,
    ) -> care.CareState:
        """Carry out a care command. Raises Refused, Held or a StorageError; then nothing was stored.

        `shown_seq` is the last line that its author had before them: with a later one it raises Moved, since two
        therapists who lift one suspension may have two reasons, and only one of them has read the other's.
        """
        for _ in range(_TRIES):
            keys = await self._store.ring.keys_of(clinic_id, patient_id)
            state, position = await self._load(clinic_id, patient_id, keys)
            if shown_seq is not None and position.seq != shown_seq:
                raise Moved
            now_ms = self._clock.now_ms()
            events = care.decide_care(state, command, actor, now_ms)
            if not events:
                return state
            after = state
            for event in events:
                after = care.evolve_care(after, event)
            append = Append(
                clinic_id=clinic_id,
                ledger_id=patient_id,
                after=position,
                events=tuple(care_event(event, actor=actor, at_ms=now_ms) for event in events),
                keys=keys,
                at_ms=now_ms,
            )
            news, told = await self._news_for_all(clinic_id, patient_id, after, keys=keys, now_ms=now_ms)
            try:
                await self._writer.commit(Batch((append, *news)))
            except errors.Conflict:
                continue
            self.nudge(told)
            return after
        raise Held

    def nudge(self, session_ids: list[str]) -> None:
        """Their ledgers were appended to: rooms that are open look."""
        for session_id in session_ids:
            self._nudge(session_id)

    async def suspension_appends(
        self,
        clinic_id: str,
        patient_id: str,
        suspension: care.Suspension,
        *,
        actor: Actor,
        at_ms: int,
        keys: PatientKeys,
        but: str | None = None,
    ) -> tuple[list[Append], list[str]]:
        """What somebody who suspends writes elsewhere in the same transaction, and the sessions to nudge then.

        In the care ledger and in the patient's open sessions, next week's planned visit among them; `but` is the
        session that says so itself. Nothing where it is suspended already with words as urgent: they have all heard
        of that one.
        """
        state, position = await self._load(clinic_id, patient_id, keys)
        known = state.suspended
        # Whom to call stays where it stands: a session may not know yet, or after its end, what was suspended since.
        if known is not None and not more_urgent(tier_of(suspension), known):
            return [], []
        event = care.CareSuspended(suspension=suspension)
        append = Append(
            clinic_id=clinic_id,
            ledger_id=patient_id,
            after=position,
            events=(care_event(event, actor=actor, at_ms=at_ms),),
            keys=keys,
            at_ms=at_ms,
        )
        after = care.evolve_care(state, event)
        news, told = await self._news_for_all(clinic_id, patient_id, after, keys=keys, now_ms=at_ms, but=but)
        return [append, *news], told

    async def snapshot(self, clinic_id: str, patient_id: str) -> tuple[care.CareState, Append]:
        """The care for a new session's first line, and the append that holds it to be still so at the commit.

        Otherwise a suspension that is recorded in that moment would never reach the new session.
        """
        keys = await self._store.ring.keys_of(clinic_id, patient_id)
        state, position = await self._load(clinic_id, patient_id, keys)
        now_ms = self._clock.now_ms()
        return state, Append(
            clinic_id=clinic_id, ledger_id=patient_id, after=position, events=(), keys=keys, at_ms=now_ms
        )

    async def _news_for_all(
        self,
        clinic_id: str,
        patient_id: str,
        after: care.CareState,
        *,
        keys: PatientKeys,
        now_ms: int,
        but: str | None = None,
    ) -> tuple[list[Append], list[str]]:
        def news(state: SessionState) -> list[AnyEvent]:
            return decide(
                state, CareNews(care=after), Moment(actor=SYSTEM, now_ms=now_ms, lead_ms=500, find=self._find)
            )

        appends = await self._sessions.appends(clinic_id, patient_id, news, keys=keys, now_ms=now_ms, but=but)
        return appends, [append.ledger_id for append in appends]

    async def _load(self, clinic_id: str, patient_id: str, keys: PatientKeys) -> tuple[care.CareState, Position]:
        head = await self._ledgers.head(clinic_id, patient_id)
        if head is None:
            raise errors.Unreadable
        rows = await self._ledgers.events(clinic_id, patient_id, keys=keys)
        return _folded(row for row in rows if row.seq <= head.position.seq), head.position


def _folded(rows: Iterable[StoredEvent]) -> care.CareState:
    state = care.CareState()
    for row in rows:
        state = care.evolve_care(state, care_change(row)[1])
    return state
