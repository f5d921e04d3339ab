"""What a therapist's desk shows: who needs them and why, today's visits, the caseload. Read from the cards."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.saying import joined, say
from server import wiring
from server.accounts.access import Login
from server.db import erasures, marks, urgent, visits
from server.db.marks import Looked
from server.db.store import Tx
from server.db.visits import Session
from server.desk import reasons
from server.desk.card import Card, Live, Visit, row_of
from server.desk.caseload import Caseload, Wish, caseload
from server.desk.reasons import MarkOf, Need, Now, Reason, Seen, need_of, reasons_of
from server.desk.words import arrival_words, day_of, minutes_words
from server.notes.unsigned import ASKED_FOR_MS, Held, Unsigned, unsigned_among

LOOK_AT_FOR_MS: Final = 7 * reasons.DAY_MS
#: Cards that are made anew while somebody waits for their desk. What is left is made behind its back.
CARDS_MOST: Final = 100
#: The most urgent of them. Who has more before them than this is not helped by a longer list; one press shows it.
NEEDS_FIRST: Final = 30
_LOOK_AT_MOST: Final = 8
_SEEN_MOST: Final = 20
_NOT_HELD: Final = ("not_held", "cancelled")


class DayVisit(Struct, frozen=True):
    id: str
    patient_id: str
    phase: str
    due_ms: int
    name: str
    words: str
    waits: bool


class LookAt(Struct, frozen=True):
    """A visit of the last days."""

    id: str
    name: str
    due_ms: int


class Desk(Struct, frozen=True):
    """`being_read`: so many patients are not on it yet, since their cards are being made. `more_needs`: not shown."""

    needs: list[Need]
    more_needs: int
    seen: list[Seen]
    today: list[DayVisit]
    look_at: list[LookAt]
    caseload: Caseload
    being_read: int


class _Near(Struct, frozen=True):
    """A visit of late, or of today. `first`: it is this patient's first."""

    patient_id: str
    visit: Visit
    first: bool


async def desk_of(app: web.Application, login: Login, *, zone: str, wish: Wish) -> Desk:
    """The desk of this therapist. What is asked of the caseload takes nothing from the needs."""
    now_ms = app[wiring.CLOCK].now_ms()
    clinic_id, person_id = login.clinic_id, login.person.id
    cards, left = await app[wiring.CARDS].of_therapist(clinic_id, person_id, most=CARDS_MOST)
    async with app[wiring.STORE].reader() as tx:
        near = await _near(tx, login, cards, zone=zone, now_ms=now_ms)
        looked = await marks.on_caseload(tx, clinic_id, person_id)
        now = await _now(tx, login, cards, near, zone=zone, now_ms=now_ms)
    mark_of = _Marking(app, clinic_id)
    told = {patient_id: its for patient_id, card in cards.items() if (its := reasons_of(patient_id, card, now))}
    if left:
        app[wiring.CARDS].make_later(clinic_id, left, told=person_id)
    needs = _needs(cards, told, looked, mark_of=mark_of)
    shown = len(needs) if wish.all_needs else NEEDS_FIRST
    return Desk(
        needs=needs[:shown],
        more_needs=len(needs[shown:]),
        seen=_seen(cards, told, looked, mark_of=mark_of, person_id=person_id),
        today=_today(cards, near, now),
        look_at=[
            LookAt(one.visit.id, cards[one.patient_id].name, one.visit.due_ms)
            for one in reversed(near)
            if one.visit.ended_at is not None and one.visit.ended_at > now_ms - LOOK_AT_FOR_MS
        ][:_LOOK_AT_MOST],
        caseload=caseload(cards, wish, zone=zone, now_ms=now_ms),
        being_read=len(left),
    )


async def marks_of(app: web.Application, login: Login, patient_id: str, *, zone: str) -> set[str]:
    """Of everything that is there to be looked at of this patient now: nothing else can be marked."""
    now_ms = app[wiring.CLOCK].now_ms()
    cards = await app[wiring.CARDS].made(login.clinic_id, [patient_id])
    if patient_id not in cards:
        return set()
    async with app[wiring.STORE].reader() as tx:
        near = await _near(tx, login, cards, zone=zone, now_ms=now_ms)
        now = await _now(tx, login, cards, near, zone=zone, now_ms=now_ms)
    mark = _Marking(app, login.clinic_id)(patient_id)
    return {mark(tell) for reason in reasons_of(patient_id, cards[patient_id], now) for tell in reason.tells}


def is_fresh(session: Session, now_ms: int, *, for_ms: int = reasons.CONCERNS_FOR_MS) -> bool:
    """Whether its concerns are still told."""
    return reasons.is_fresh(session.phase, session.ended_ms, now_ms, for_ms=for_ms)


async def _near(tx: Tx, login: Login, cards: Mapping[str, Card], *, zone: str, now_ms: int) -> list[_Near]:
    """This therapist's own visits of the last two weeks and of today, in order, and those that somebody is in.

    Only patients who have one are looked into: of a thousand some dozens.
    """
    _, until_ms = day_of(now_ms, zone)
    from_ms = now_ms - ASKED_FOR_MS
    found = []
    for patient_id, card in cards.items():
        soon = card.next is not None and card.next[0] < until_ms
        if not soon and not card.live and (card.last is None or card.last[0] < from_ms):
            continue
        of_visits = row_of(card).visits
        found += [
            _Near(patient_id, visit, first=number == 0)
            for number, visit in enumerate(of_visits)
            if from_ms <= visit.due_ms < until_ms or visit.phase in ("waiting", "open")
        ]
    mine = await visits.belonging_to(tx, login.clinic_id, login.person.id, [one.visit.id for one in found])
    return sorted((one for one in found if one.visit.id in mine), key=lambda one: (one.visit.due_ms, one.visit.id))


async def _now(
    tx: Tx, login: Login, cards: Mapping[str, Card], near: Iterable[_Near], *, zone: str, now_ms: int
) -> Now:
    held = [
        Held(one.patient_id, one.visit.id, one.visit.ended_at)
        for one in near
        if one.visit.ended_at is not None and one.visit.end_reason not in _NOT_HELD
    ]
    waiting: dict[str, list[Unsigned]] = defaultdict(list)
    for one in await unsigned_among(tx, login.clinic_id, login.person.id, mine=cards, held=held):
        waiting[one.patient_id].append(one)
    return Now(
        now_ms,
        zone,
        unopened=await urgent.unseen_on_caseload(tx, login.clinic_id, login.person.id),
        to_sign=waiting,
        erased=await erasures.of_caseload(tx, login.clinic_id, login.person.id),
    )


def _needs(
    cards: Mapping[str, Card],
    told: Mapping[str, list[Reason]],
    looked: Mapping[str, Looked],
    *,
    mark_of: "_Marking",
) -> list[Need]:
    needs = (
        need_of(patient_id, cards[patient_id], its, looked, mark_of(patient_id)) for patient_id, its in told.items()
    )
    return sorted(
        (need for need in needs if need is not None), key=lambda need: (need.urgency, need.since_ms, need.name)
    )


class _Marking:
    """What the reasons of one clinic's patients are remembered by."""

    def __init__(self, app: web.Application, clinic_id: str) -> None:
        self._keys, self._clinic_id = app[wiring.KEYS], clinic_id

    def __call__(self, patient_id: str) -> MarkOf:
        return lambda tell: self._keys.mark_of(self._clinic_id, f"{patient_id} {tell}")


def _seen(
    cards: Mapping[str, Card],
    told: Mapping[str, list[Reason]],
    looked: Mapping[str, Looked],
    *,
    mark_of: _Marking,
    person_id: str,
) -> list[Seen]:
    """What was looked at and is still so, the newest first."""
    if not looked:
        return []
    found = []
    for patient_id, its in told.items():
        mark = mark_of(patient_id)
        for reason in its:
            its_marks = tuple(mark(tell) for tell in reason.tells)
            if not its_marks or any(one not in looked for one in its_marks):
                continue
            last = max((looked[one] for one in its_marks), key=lambda one: one.at_ms)
            found.append(
                Seen(
                    patient_id,
                    cards[patient_id].name,
                    reason.reason,
                    at_ms=last.at_ms,
                    mine=last.person_id == person_id,
                    marks=its_marks,
                )
            )
    return sorted(found, key=lambda one: -one.at_ms)[:_SEEN_MOST]


def _today(cards: Mapping[str, Card], near: Iterable[_Near], now: Now) -> list[DayVisit]:
    """Those that are due today, and those that somebody is in."""
    from_ms, until_ms = day_of(now.now_ms, now.zone)
    return [
        DayVisit(
            id=one.visit.id,
            patient_id=one.patient_id,
            phase=one.visit.phase,
            due_ms=one.visit.due_ms,
            name=cards[one.patient_id].name,
            words=_visit_words(one, cards[one.patient_id], now),
            waits=one.visit.phase == "waiting",
        )
        for one in near
        if from_ms <= one.visit.due_ms < until_ms or one.visit.phase in ("waiting", "open")
    ]


def _visit_words(one: _Near, card: Card, now: Now) -> str:
    visit = one.visit
    live = next((live for live in card.live if live.id == visit.id), None)
    match visit.phase:
        case "waiting" if live is not None:
            return _waits(live, now)
        case "open" if live is not None and live.opened_at is not None:
            return say("In the visit for {minutes}.", minutes=minutes_words(now.now_ms - live.opened_at))
        case "ended":
            return _ENDED.get(visit.end_reason or "", "Ended.")
        case _:
            return _planned(visit, first=one.first)


_ENDED: Final = {"not_held": "Did not take place.", "cancelled": "Called off."}


def _waits(live: Live, now: Now) -> str:
    waits = say("Waiting for {minutes}.", minutes=minutes_words(now.now_ms - (live.waiting_since or now.now_ms)))
    return joined([waits, arrival_words(live.arrived)], by=" ")


def _planned(visit: Visit, *, first: bool) -> str:
    if visit.where and first:
        return say("First visit, {minutes} min. {where}", minutes=visit.minutes, where=visit.where)
    if visit.where:
        return say("{minutes} min. {where}", minutes=visit.minutes, where=visit.where)
    if first:
        return say("First visit, {minutes} min.", minutes=visit.minutes)
    return say("{minutes} min.", minutes=visit.minutes)
