"""Who needs a therapist first, and why: every reason of a patient as a sentence, the most urgent first. Pure.

Reasons are ordered by what they are and then by how long they have waited. People are never scored or ranked.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from msgspec import Struct

from exercises.saying import joined, say, say_many, unstopped
from server import dates
from server.care.beside import LOOK_FROM, LOOK_UNTIL
from server.days import day_at
from server.db.erasures import Erasure
from server.desk.card import Card, Live, Told
from server.desk.words import and_more, and_wrote, arrival_words, minutes_words, since_words
from server.desk.written import OF_MEASURES
from server.notes.unsigned import Unsigned
from sessions.flags import Tier
from sessions.safety import SOONEST

DAY_MS: Final = 86_400_000
#: Concerns of sessions older than this have been seen, or stand in the patient's suspension.
CONCERNS_FOR_MS: Final = 3 * DAY_MS

_URGENCY: Final = {Tier.EMERGENCY: 0, Tier.SAME_DAY: 2, Tier.PAUSE: 4, Tier.NOTE: 6}
_OVERDUE: Final = 0
_WAITING: Final = 1
_SUSPENDED: Final = 5
_NEW: Final = 6
_WRITTEN: Final = 6
_LEFT: Final = 6
_AGAIN: Final = 7
_TO_SIGN: Final = 8


class Reason(Struct, frozen=True):
    """`reason` stands out, `more` goes on behind it. `tells` names what is said; nothing of it can be put aside where
    it is empty: somebody who waits is not looked at by a press of a button.
    """

    urgency: int
    since_ms: int
    reason: str
    more: str
    href: str
    label: str
    tells: tuple[str, ...]


class Need(Struct, frozen=True):
    """One line of "needs you first". `marks` are what is put aside with it."""

    patient_id: str
    name: str
    tag: str | None
    since_ms: int
    urgency: int
    reason: str
    more: str
    href: str
    label: str
    marks: tuple[str, ...]


class Seen(Struct, frozen=True):
    """A reason that was looked at. `mine`: by whoever reads this desk; `at_ms`: when."""

    patient_id: str
    name: str
    reason: str
    at_ms: int
    mine: bool
    marks: tuple[str, ...]


class Now(Struct, frozen=True):
    """What a card does not know: the moment, the clinic's clocks, what nobody has opened, notes to sign, erasures."""

    now_ms: int
    zone: str
    unopened: Collection[str]
    to_sign: Mapping[str, Sequence[Unsigned]]
    erased: Mapping[str, Erasure] = {}


MarkOf = Callable[[str], str]


def reasons_of(patient_id: str, card: Card, now: Now) -> list[Reason]:
    """All of them, the most urgent first, and of those the one that has waited the longest."""
    if not (card.live or card.told or card.suspended or card.unread or card.injections) and not (
        patient_id in now.to_sign or patient_id in now.erased
    ):
        # Nearly everybody of a large caseload.
        return []
    erasure = now.erased.get(patient_id)
    if erasure is not None and erasure.leaves and erasure.personal_ms is not None:
        # Nothing is to be cleared, answered or looked at again any more.
        left = [
            *_concerned(card, now),
            *_told(patient_id, card),
            *_erased(patient_id, now),
            *_unsigned(patient_id, now),
        ]
        return sorted(left, key=lambda one: (one.urgency, one.since_ms))
    found = [
        *_waiting(card, now),
        *_concerned(card, now),
        *_told(patient_id, card),
        *_suspended(patient_id, card),
        *_noted(patient_id, card),
        *_wrote(patient_id, card, now),
        *_again(patient_id, card, now),
        *_unsigned(patient_id, now),
        *_erased(patient_id, now),
    ]
    return sorted(found, key=lambda one: (one.urgency, one.since_ms))


def need_of(patient_id: str, card: Card, reasons: Sequence[Reason], seen: Collection[str], mark: MarkOf) -> Need | None:
    """Their most urgent reason that nobody has looked at. A message that waits is not hidden behind another reason."""
    fresh = [one for one in reasons if not one.tells or any(mark(tell) not in seen for tell in one.tells)]
    if not fresh:
        return None
    first, more, tells = fresh[0], fresh[0].more, list(fresh[0].tells)
    message = next((one for one in fresh[1:] if one.urgency == _WRITTEN and one.tells[0].startswith("message ")), None)
    if message is not None:
        more = and_wrote(more, message.reason)
        if tells:
            tells += message.tells
    return Need(
        patient_id=patient_id,
        name=card.name,
        tag="Suspended" if card.suspended is not None and card.cleared else None,
        since_ms=first.since_ms,
        urgency=first.urgency,
        reason=first.reason,
        more=more,
        href=first.href,
        label=first.label,
        marks=tuple(mark(tell) for tell in tells),
    )


def _waiting(card: Card, now: Now) -> Iterator[Reason]:
    for visit in card.live:
        if visit.kind != "visit" or visit.phase != "waiting":
            continue
        since_ms = visit.waiting_since or visit.due_ms
        yield Reason(
            urgency=_OVERDUE if visit.overdue else _WAITING,
            since_ms=since_ms,
            reason=say("Waiting for {minutes}", minutes=minutes_words(now.now_ms - since_ms)),
            more=say(", longer than planned, and was told so.")
            if visit.overdue
            else joined([".", arrival_words(visit.arrived)], by=" "),
            href=f"/sessions/{visit.id}",
            label="Go and admit",
            tells=(),
        )


def is_fresh(phase: str, ended_ms: int | None, now_ms: int, *, for_ms: int = CONCERNS_FOR_MS) -> bool:
    """Whether the concerns of such a session are still told."""
    if phase in ("waiting", "open"):
        return True
    return ended_ms is not None and ended_ms > now_ms - for_ms


def _concerned(card: Card, now: Now) -> Iterator[Reason]:
    for session in card.live:
        if not session.told or not _is_told(session, now):
            continue
        pressing = _by_tier(session.told)
        running = session.kind == "visit" and session.phase in ("waiting", "open")
        yield _pressing(
            card,
            pressing,
            href=f"/sessions/{session.id}" if running else f"/sessions/{session.id}/review",
            label="Open" if running else "Look",
        )


def _is_told(session: Live, now: Now) -> bool:
    """What is urgent and was never opened stays, however long ago: a follow-up comes days later.

    Of practices at home only that: the rest stands as a suspension, or is read on the patient's page.
    """
    if session.id in now.unopened:
        return True
    return session.kind == "visit" and is_fresh(session.phase, session.ended_at, now.now_ms)


def _told(patient_id: str, card: Card) -> Iterator[Reason]:
    """What was told outside of visits, and what the rules noticed over several practices."""
    pressing = _by_tier(one for one in card.told if Tier(one.tier) is not Tier.NOTE)
    if pressing:
        yield _pressing(card, pressing, href=f"/patients/{patient_id}#wrong", label="Look")


def _noted(patient_id: str, card: Card) -> Iterator[Reason]:
    """Notes suspend nothing and wake nobody: each a line of its own."""
    for one in card.told:
        if Tier(one.tier) is not Tier.NOTE:
            continue
        measure = one.rule in OF_MEASURES
        yield Reason(
            urgency=_SUSPENDED if measure else _URGENCY[Tier.NOTE],
            since_ms=one.at_ms,
            reason=one.say if measure else unstopped(one.say),
            more=say(". Talk about it when you meet, or write.") if measure else ".",
            href=f"/patients/{patient_id}/questions" if measure else f"/patients/{patient_id}",
            label="Look",
            tells=(_name_of(one),),
        )


def _pressing(card: Card, pressing: Sequence[Told], *, href: str, label: str) -> Reason:
    first = pressing[0]
    # That internal work is suspended is said here too, so it is put aside with it.
    suspension = () if card.suspended is None else (_suspension(card.suspended.since_ms),)
    return Reason(
        urgency=_URGENCY[Tier(first.tier)],
        since_ms=first.at_ms,
        reason=unstopped(first.say),
        more=and_more(len(pressing) - 1, suspended=card.suspended is not None),
        href=href,
        label=label,
        tells=(*(_name_of(one) for one in pressing), *suspension),
    )


def _suspended(patient_id: str, card: Card) -> Iterator[Reason]:
    if card.suspended is None:
        return
    new = not card.cleared
    yield Reason(
        urgency=_NEW if new else _SUSPENDED,
        since_ms=card.suspended.since_ms,
        reason="Not cleared yet" if new else "Internal work is suspended",
        more=say(". Internal work waits until you record it.") if new else joined([":", card.suspended.reason], by=" "),
        href=f"/patients/{patient_id}/clearance",
        label="Clear" if new else "Open",
        tells=(_suspension(card.suspended.since_ms),),
    )


def _wrote(patient_id: str, card: Card, now: Now) -> Iterator[Reason]:
    unread = card.unread
    if unread is None:
        return
    yield Reason(
        urgency=_WRITTEN,
        since_ms=unread.first_ms,
        reason=say_many(
            "Message {since}",
            "{count} messages {since}",
            count=unread.count,
            since=since_words(unread.first_ms, now_ms=now.now_ms, zone=now.zone),
        ),
        more=say(", not read yet."),
        href=f"/patients/{patient_id}/messages#latest",
        label="Read",
        tells=(f"message {unread.last_seq}",),
    )


def _again(patient_id: str, card: Card, now: Now) -> Iterator[Reason]:
    """An injection that nobody has looked at again, until a visit took place."""
    if not card.injections:
        return
    today = day_at(now.now_ms, now.zone)
    for seq, written in card.injections:
        on = date.fromisoformat(written)
        begins = on + LOOK_FROM
        if not begins <= today <= on + LOOK_UNTIL:
            continue
        if any(begins <= day_at(held_ms, now.zone) for held_ms in card.held_ms):
            continue
        yield Reason(
            urgency=_AGAIN,
            since_ms=now.now_ms,
            reason=say_many(
                "Review due: {count} week after the injection",
                "Review due: {count} weeks after the injection",
                count=(today - on).days // 7,
            ),
            more=say(
                " of {day}. A visit takes this line away, or your word that you looked.", day=dates.day_and_month(on)
            ),
            href=f"/patients/{patient_id}/beside",
            label="Look",
            tells=(f"injection {seq}",),
        )


def _unsigned(patient_id: str, now: Now) -> Iterator[Reason]:
    waiting = now.to_sign.get(patient_id, ())
    if not waiting:
        return
    first = waiting[0]
    day = dates.weekday_and_day(day_at(first.since_ms, now.zone))
    yield Reason(
        urgency=_TO_SIGN,
        since_ms=first.since_ms,
        reason="Note not signed" if first.begun else "Note not written",
        more=say_many(", of {day}.", ", the first of {count}, of {day}.", count=len(waiting), day=day),
        href=f"/sessions/{first.session_id}/note",
        label="Write",
        tells=tuple(f"note {one.session_id}" for one in waiting),
    )


def _erased(patient_id: str, now: Now) -> Iterator[Reason]:
    """That somebody left, or erased what is personal: who treats them is told once, and not what it was."""
    one = now.erased.get(patient_id)
    if one is None:
        return
    if one.personal_ms is None:
        reason, since_ms = say("Asked to leave"), one.asked_ms
        more = say(". What is personal goes on {day}.", day=dates.day_and_month(day_at(one.due_ms, now.zone)))
    elif one.leaves and one.care_until_ms is not None:
        reason, since_ms = say("Left Ebb"), one.personal_ms
        more = say(
            " and erased what is personal. Planned visits are called off. The care record is kept until {day}.",
            day=dates.whole_date(day_at(one.care_until_ms, now.zone)),
        )
    else:
        reason, since_ms = say("Erased what is personal"), one.personal_ms
        more = say(" and goes on. Messages and practices from before are gone.")
    yield Reason(
        urgency=_LEFT,
        since_ms=since_ms,
        reason=reason,
        more=more,
        href=f"/patients/{patient_id}/erasure",
        label="Look",
        tells=(f"erasure {since_ms}",),
    )


def _by_tier(told: Iterable[Told]) -> list[Told]:
    return sorted(told, key=lambda one: (SOONEST.index(Tier(one.tier)), one.at_ms))


def _name_of(one: Told) -> str:
    return f"concern {one.session} {one.seq}"


def _suspension(since_ms: int) -> str:
    return f"suspension {since_ms}"
