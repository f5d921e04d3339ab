"""A practice as a ledger: what a part tells goes through the machine once more, and is stored with what follows."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from msgspec import Struct

from exercises.model import Exercise
from server import logs
from server.bodies import Erased, care_change, recorded, session_event
from server.care.caring import CareBook
from server.clock import Clock
from server.db import people, visits
from server.db.ledger import Append, Batch, Ledgers, NewLedger, Position
from server.db.outbox import Part as Kept
from server.db.store import Store
from server.db.vault import KeyKind, PatientKeys
from server.db.writer import LedgerWriter
from server.db.writes import Write
from server.live.book import Place
from server.practice import parts
from server.practice.names import practice_id
from server.practice.parts import Part
from server.session_writes import beside_lines, suspended_here, urgent_ones
from sessions.care import CareEvent, CareState, Suspension, evolve_care
from sessions.events import (
    ADDED,
    AnyEvent,
    ConcernRaised,
    PracticeEnded,
    PracticeKept,
    Recorded,
    SessionOpened,
    StepChanged,
)
from sessions.evolve import evolve, replay
from sessions.flags import SUSPENDING, Tier
from sessions.people import Actor, Role
from sessions.safety import SAY, more_urgent
from sessions.stage import end_asking
from sessions.state import SessionState
from sessions.told import Entry, Heard, Practice, entry_of

log = structlog.get_logger()

#: Somebody's Stop may wait behind a long practice.
ENTRIES_AT_A_STRETCH: Final = 40
UNHEARD: Final = "practice_unheard"
_UNHEARD_SAY: Final = (
    "Practised inside the body while that was suspended. The phone had not heard of it: it had not been online since."
)


class Whose(Struct, frozen=True):
    clinic_id: str
    patient_id: str

    @property
    def actor(self) -> Actor:
        return Actor(id=self.patient_id, role=Role.PATIENT)


class _Care(Struct, frozen=True):
    """The care ledger with when each of its lines was written."""

    lines: list[tuple[int, int, CareEvent]]

    def at_seq(self, seq: int) -> CareState:
        """As the phone knew it."""
        return _folded([event for line_seq, _, event in self.lines if line_seq <= seq])

    def since(self, seq: int) -> int:
        """When the phone can have fetched it at the earliest."""
        return max((at_ms for line_seq, at_ms, _ in self.lines if line_seq <= seq), default=0)

    def suspended_at(self, at_ms: int) -> bool:
        return _folded([event for _, then_ms, event in self.lines if then_ms <= at_ms]).suspended is not None


class _Stand(Struct, frozen=True):
    """Where a practice stands before a part is added. `position` is None before its first line."""

    position: Position | None
    state: SessionState
    lines: list[Recorded]


_NOTHING: Final = _Stand(None, SessionState(), [])


class _New(Struct, frozen=True):
    """What is to be appended, and the state after it."""

    state: SessionState
    lines: list[Recorded]
    heard: list[Heard]


class _Times(Struct, frozen=True):
    """When the practice began, and when the part was received: what lies between is when its entries happened."""

    begun_ms: int
    received_ms: int


class NotFollowed(Exception):
    """What a part says cannot be brought into any order. Nothing was stored."""


class PracticeBook:
    """`heard` is told of what was stored: where, whose therapists, and the new lines."""

    def __init__(
        self,
        *,
        store: Store,
        ledgers: Ledgers,
        writer: LedgerWriter,
        care: CareBook,
        clock: Clock,
        heard: Callable[[Place, SessionState, list[Recorded]], None],
    ) -> None:
        self._store, self._ledgers, self._writer = store, ledgers, writer
        self._care, self._clock, self._heard = care, clock, heard

    async def add(self, whose: Whose, kept: Kept, part: Part, *, done: Write, first: bool = False) -> None:
        """Appends what a part tells. `done` notes in the same transaction that it was.

        `first`: nothing of this practice was there a moment ago, so there is nothing to be read.
        Raises Conflict where somebody else was first: read again. Else Erased or another StorageError.
        """
        keys = await self._keys(whose)
        place = Place(whose.clinic_id, practice_id(whose.patient_id, kept.session_id), whose.patient_id)
        stand = _NOTHING if first else await self._stand(place, keys)
        care = await self._care_of(whose, keys)
        told = [entry_of(one) for one in part.entries]
        snapshot = care.at_seq(part.care_seq)
        begun_ms = stand.state.due_ms
        opened: list[Recorded] = []
        if stand.position is None:
            begun_ms = parts.begun_at_ms(
                part,
                received_ms=kept.received_ms,
                waited_ms=kept.waited_ms,
                least_ms=_least_ms(part, care, snapshot),
                last_after_ms=max((entry.after_ms for entry in told), default=0),
            )
            opened = [await self._opening(whose, part, care=snapshot, begun_ms=begun_ms)]
        state = replay(opened) if opened else stand.state
        practice = Practice(
            state, patient=whose.actor, find=_finder(part), fetched_ms=_fetched_ms(part, begun_ms=begun_ms)
        )
        try:
            await _follow(practice, told, _Times(begun_ms, kept.received_ms), before=stand.lines, care=care)
        except Exception as error:  # noqa: BLE001 - a part that nobody foresaw may not keep back the others
            log.error("practice.not_followed", error=type(error).__name__, where=logs.where(error))
            raise NotFollowed from None
        new = _New(practice.state, [*opened, *practice.lines], practice.heard)
        await self._commit(place, stand, new, keys=keys, done=done)

    async def end(self, whose: Whose, ledger_id: str) -> None:
        """A practice that never sent its end is over. Raises as `add` does; ending it twice changes nothing."""
        keys = await self._keys(whose)
        place = Place(whose.clinic_id, ledger_id, whose.patient_id)
        stand = await self._stand(place, keys)
        if stand.position is None or stand.state.phase == visits.ENDED:
            return
        await self._commit(place, stand, _over(stand), keys=keys, done=None)

    async def _commit(
        self,
        place: Place,
        stand: _Stand,
        new: _New,
        *,
        keys: PatientKeys,
        done: Write | None,
    ) -> None:
        now_ms = self._clock.now_ms()
        events = [line.event for line in new.lines]
        if stand.position is None:
            # Its row has the phase already.
            beside = urgent_ones(place, events, first_seq=1, raised_ms=now_ms)
            beside = (*_rows(place, new.state, now_ms), *beside)
        else:
            beside = beside_lines(place, stand.state, new.state, events, raised_ms=now_ms)
        append = Append(
            clinic_id=place.clinic_id,
            ledger_id=place.session_id,
            after=stand.position or NewLedger("session", place.patient_id),
            events=tuple(
                session_event(
                    line.event,
                    actor=Actor(line.by, line.role),
                    at_ms=line.at,
                    received_ms=now_ms,
                    cause=line.cause,
                    key=KeyKind.PERSONAL,
                )
                for line in new.lines
            ),
            keys=keys,
            at_ms=now_ms,
            extras=beside if done is None else (*beside, done),
        )
        appends, told = [append], list[str]()
        suspension = _suspension(events, new.heard, now_ms=now_ms)
        if suspension is not None:
            elsewhere, told = await self._care.suspension_appends(
                place.clinic_id,
                place.patient_id,
                suspension,
                actor=Actor(place.patient_id, Role.PATIENT),
                at_ms=now_ms,
                keys=keys,
                but=place.session_id,
            )
            appends += elsewhere
        await self._writer.commit(Batch(tuple(appends)))
        self._care.nudge(told)
        self._heard(place, new.state, new.lines)

    async def _opening(self, whose: Whose, part: Part, *, care: CareState, begun_ms: int) -> Recorded:
        async with self._store.reader() as tx:
            therapists = await people.therapists_of(tx, whose.clinic_id, whose.patient_id)
        programme = care.programme
        items = () if programme is None or programme.version != part.programme else programme.items
        item = next((one for one in items if one.id == part.item), None)
        event = SessionOpened(
            kind="practice",
            people={whose.patient_id: Role.PATIENT, **dict.fromkeys(therapists, Role.THERAPIST)},
            due_ms=begun_ms,
            planned_minutes=(None if item is None else item.minutes) or 0,
            care=care,
            programme=part.programme,
            item=part.item,
        )
        return Recorded(seq=1, at=begun_ms, by="", role=Role.SYSTEM, event=event)

    async def _stand(self, place: Place, keys: PatientKeys) -> _Stand:
        head = await self._ledgers.head(place.clinic_id, place.session_id)
        if head is None:
            return _NOTHING
        rows = await self._ledgers.events(place.clinic_id, place.session_id, keys=keys)
        lines = [recorded(row) for row in rows if row.seq <= head.position.seq]
        return _Stand(head.position, replay(lines), lines)

    async def _care_of(self, whose: Whose, keys: PatientKeys) -> _Care:
        rows = await self._ledgers.events(whose.clinic_id, whose.patient_id, keys=keys)
        return _Care([(row.seq, row.at_ms, care_change(row)[1]) for row in rows])

    async def _keys(self, whose: Whose) -> PatientKeys:
        keys = await self._store.ring.keys_of(whose.clinic_id, whose.patient_id)
        if keys.care is None:
            raise Erased
        return keys


async def _follow(practice: Practice, told: list[Entry], times: _Times, *, before: list[Recorded], care: _Care) -> None:
    """The entries, one after the other; one that is in the ledger already is passed over."""
    known = _ids_of(before)
    at_ms = before[-1].at if before else times.begun_ms
    unheard = any(concern.rule == UNHEARD for concern in practice.state.concerns)
    for number, entry in enumerate(told, start=1):
        if number % ENTRIES_AT_A_STRETCH == 0:
            await asyncio.sleep(0)
        entry_id = entry.told.get("id")
        if isinstance(entry_id, str):
            if entry_id in known:
                continue
            known.add(entry_id)
        at_ms = max(at_ms, min(times.begun_ms + entry.after_ms, times.received_ms))
        lines = practice.take(entry, at_ms=at_ms)
        if not unheard and _went_inside(practice.state, lines) and care.suspended_at(at_ms):
            practice.raises(UNHEARD, Tier.PAUSE, _UNHEARD_SAY, at_ms=at_ms)
            unheard = True


def _rows(place: Place, state: SessionState, now_ms: int) -> tuple[Write, ...]:
    row = visits.Session(
        clinic_id=place.clinic_id,
        id=place.session_id,
        patient_id=place.patient_id,
        kind=visits.PRACTICE,
        phase=state.phase,
        due_ms=state.due_ms,
        planned_minutes=state.planned_minutes,
        created_ms=now_ms,
        created_by=place.patient_id,
        ended_ms=state.ended_at,
    )
    return visits.session_writes(row, people={person: role.value for person, role in state.people.items()})


def _suspension(events: list[AnyEvent], heard: list[Heard], *, now_ms: int) -> Suspension | None:
    """What the care ledger hears of.

    The suspension that the practice made; or more urgent words in a concern of it, or in what was only kept. The phone
    may have known of a suspension that was lifted since, and so have made none: nobody knew then what it tells now.
    """
    found = suspended_here(events)
    raised = [
        Heard(Tier(event.tier), SAY[Tier(event.tier)], event.say)
        for event in events
        if isinstance(event, ConcernRaised) and event.tier in SUSPENDING and not event.rule.startswith(ADDED)
    ]
    for one in (*raised, *heard):
        if one.tier in SUSPENDING and (found is None or more_urgent(one.tier, found)):
            found = Suspension(say=one.say, reason=one.reason.rstrip("."), since_ms=now_ms)
    return found


def _least_ms(part: Part, care: _Care, snapshot: CareState) -> int:
    """Nothing of a programme was practised before it held; without one, not before the phone can have fetched it."""
    programme = snapshot.programme
    if programme is not None and programme.version == part.programme:
        return programme.valid_from_ms
    return care.since(part.care_seq)


def _fetched_ms(part: Part, *, begun_ms: int) -> int:
    """When the phone last heard from here, where it says so. Where it does not, that is no reason to disbelieve it."""
    return begun_ms if part.fetched_ms is None else part.fetched_ms


def _finder(part: Part) -> Callable[[str], Exercise | None]:
    """The exercises as the phone had them: what was withdrawn since was practised all the same."""
    by_slug = {exercise.slug: exercise for exercise in part.exercises}
    return by_slug.get


def _over(stand: _Stand) -> _New:
    """The end that the phone never told. It says nothing of when: that is as of its last line."""
    state, lines = stand.state, list[Recorded]()
    for event in (*end_asking(state, "ended"), PracticeEnded()):
        line = Recorded(seq=state.seq + 1, at=stand.lines[-1].at, by="", role=Role.SYSTEM, event=event)
        state = evolve(state, line)
        lines.append(line)
    return _New(state, lines, [])


def _went_inside(state: SessionState, lines: list[Recorded]) -> bool:
    activity = state.activity
    return activity is not None and activity.on_internal and any(isinstance(line.event, StepChanged) for line in lines)


def _ids_of(lines: list[Recorded]) -> set[str]:
    """Entries that are in the ledger already, by the ids that the phone gave them."""
    found = {line.cause for line in lines if line.cause is not None}
    for line in lines:
        if isinstance(line.event, PracticeKept) and isinstance(kept_id := line.event.entry.get("id"), str):
            found.add(kept_id)
    return found


def _folded(events: list[CareEvent]) -> CareState:
    state = CareState()
    for event in events:
        state = evolve_care(state, event)
    return state
