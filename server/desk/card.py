"""A patient's card: what the desk needs of them, made from their ledgers as they stand. Pure, and without a clock.

Nothing in it depends on the day on which it was made: how long somebody has waited, which visits are of today and what
is too long ago to be told of is found out by whoever looks at it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from msgspec import Raw, Struct

from exercises.model import Rung
from server.care.beside import besides
from server.desk import noticed
from server.desk.written import OF_MEASURES
from sessions.care import CareState
from sessions.gist import Arrived, Gist
from sessions.journal import JournalConcern, JournalState
from sessions.people import Role

#: Raised whenever the shape changes, or what goes into it: an older card is made anew.
FORMAT: Final = 1
#: Sessions that a card is made from, the newest by when they were due. More than two months of practising twice a day.
SESSIONS_MOST: Final = 120
#: A line of more points would be noise at the size of a table's row.
POINTS_MOST: Final = 12
_PRACTICES_MOST: Final = 60
_VISITS_MOST: Final = 40
#: Notes of the rules that a therapist wants to hear of at the desk. How long nobody practised is not among them: it
#: stands on the patient's page, and nobody is listed for it.
_NOTES: Final = frozenset({"pain_rises", "sore_again", "guarding_again", "fear_stays"})


class Told(Struct, frozen=True, array_like=True):
    """A concern that nobody has marked as seen. `session` is empty for one of the journal."""

    session: str
    seq: int
    at_ms: int
    tier: str
    rule: str
    say: str


class Unread(Struct, frozen=True, array_like=True):
    count: int
    first_ms: int
    last_seq: int


class Suspended(Struct, frozen=True, array_like=True):
    since_ms: int
    reason: str


class Live(Struct, frozen=True, array_like=True):
    """A visit that somebody is in, or that the desk may have to speak of: somebody waits, or a concern is unseen."""

    id: str
    kind: str
    phase: str
    due_ms: int
    waiting_since: int | None
    overdue: bool
    opened_at: int | None
    ended_at: int | None
    arrived: Arrived | None
    told: tuple[Told, ...]


class Visit(Struct, frozen=True, array_like=True):
    id: str
    phase: str
    due_ms: int
    minutes: int
    where: str
    ended_at: int | None
    end_reason: str | None


class Practice(Struct, frozen=True, array_like=True):
    """`chose_not`: they came to it, and chose not to."""

    at_ms: int
    chose_not: bool


class Point(Struct, frozen=True, array_like=True):
    at_ms: int
    value: int


class Row(Struct, frozen=True, array_like=True):
    """What the caseload's table shows, the oldest first. Read for the patients of one page alone."""

    rung: Rung | None
    has_ladder: bool
    visits: tuple[Visit, ...]
    practices: tuple[Practice, ...]
    pain: tuple[Point, ...]
    worry: tuple[Point, ...]


class Card(Struct, frozen=True, array_like=True):
    """`last` and `next` are visits, as when and id; `row` is a `Row`, not decoded with the rest."""

    format: int
    name: str
    suspended: Suspended | None
    cleared: bool
    told: tuple[Told, ...]
    unread: Unread | None
    injections: tuple[tuple[int, str], ...]
    held_ms: tuple[int, ...]
    live: tuple[Live, ...]
    last: tuple[int, str] | None
    next: tuple[int, str] | None
    row: Raw


_CARD: Final = msgspec.msgpack.Decoder(Card)
_ROW: Final = msgspec.msgpack.Decoder(Row)
_ENCODER: Final = msgspec.msgpack.Encoder()


def card_of(name: str, care: CareState, journal: JournalState, gists: Mapping[str, Gist]) -> Card:
    """`gists` by session id, at most `SESSIONS_MOST` of them, in any order."""
    in_order = sorted(gists.items(), key=lambda item: (item[1].due_ms, item[0]))
    visits = [(session_id, gist) for session_id, gist in in_order if gist.kind == "visit"]
    past = [(gist.due_ms, session_id) for session_id, gist in visits if gist.ended_at is not None and _took_place(gist)]
    coming = [(gist.due_ms, session_id) for session_id, gist in visits if gist.phase != "ended"]
    injections = tuple(
        (one.seq, one.on.isoformat())
        for one in besides(journal)
        if one.kind == "injection" and (None, one.seq) not in journal.seen
    )
    held_ms = tuple(gist.due_ms for _, gist in visits if gist.ended_at is not None and gist.opened_at is not None)
    return Card(
        format=FORMAT,
        name=name,
        suspended=None if care.suspended is None else Suspended(care.suspended.since_ms, care.suspended.reason),
        cleared=care.clearance is not None,
        told=tuple(_of_journal(journal)),
        unread=_unread(journal),
        injections=injections,
        held_ms=held_ms if injections else (),
        live=tuple(_live(in_order, journal)),
        last=past[-1] if past else None,
        next=coming[0] if coming else None,
        row=Raw(_ENCODER.encode(_row(care, in_order, visits))),
    )


def encoded(card: Card) -> bytes:
    return _ENCODER.encode(card)


def decoded(body: bytes) -> Card | None:
    """None for one of an older or newer shape."""
    try:
        card = _CARD.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None
    return card if card.format == FORMAT else None


def row_of(card: Card) -> Row:
    return _ROW.decode(card.row)


def _took_place(gist: Gist) -> bool:
    return gist.end_reason != "cancelled"


def _of_journal(journal: JournalState) -> Iterable[Told]:
    for entry in journal.concerns:
        event = entry.event
        assert isinstance(event, JournalConcern), "asked for by its kind"
        if event.tier in noticed.AT_THE_DESK or event.rule in OF_MEASURES or event.rule in _NOTES:
            yield Told("", entry.seq, entry.at, event.tier.value, event.rule, event.say)


def _unread(journal: JournalState) -> Unread | None:
    messages = journal.unread_by(Role.THERAPIST)
    return Unread(len(messages), messages[0].at, messages[-1].seq) if messages else None


def _live(in_order: Iterable[tuple[str, Gist]], journal: JournalState) -> Iterable[Live]:
    for session_id, gist in in_order:
        told = tuple(
            Told(session_id, one.seq, one.at, one.tier, one.rule, one.say)
            for one in gist.concerns
            if one.tier in noticed.AT_THE_DESK and (session_id, one.seq) not in journal.seen
        )
        if told or (gist.kind == "visit" and gist.phase in ("waiting", "open")):
            yield Live(
                id=session_id,
                kind=gist.kind,
                phase=gist.phase,
                due_ms=gist.due_ms,
                waiting_since=gist.waiting_since,
                overdue=gist.overdue,
                opened_at=gist.opened_at,
                ended_at=gist.ended_at,
                arrived=gist.arrived,
                told=told,
            )


def _row(care: CareState, in_order: list[tuple[str, Gist]], visits: list[tuple[str, Gist]]) -> Row:
    tried = [one for _, gist in in_order for one in gist.tried]
    return Row(
        rung=care.ladder.rung(care.rung) if care.ladder is not None and care.rung is not None else None,
        has_ladder=care.ladder is not None,
        visits=tuple(
            Visit(session_id, gist.phase, gist.due_ms, gist.minutes, gist.where, gist.ended_at, gist.end_reason)
            for session_id, gist in visits
        )[-_VISITS_MOST:],
        practices=tuple(
            Practice(gist.due_ms, gist.chose_not)
            for _, gist in in_order
            if gist.kind == "practice" and (gist.begun or gist.chose_not)
        )[-_PRACTICES_MOST:],
        pain=tuple(Point(one.at_ms, one.pain) for one in tried if one.pain is not None)[-POINTS_MOST:],
        worry=tuple(Point(one.at_ms, one.worry) for one in tried if one.worry is not None)[-POINTS_MOST:],
    )
