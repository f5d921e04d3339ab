"""What several practices say together: `assess(attempts, thresholds, now_ms)`. Pure, versioned with `sessions.safety`.

Findings of the tier `note` ask a therapist to look and suspend nothing. Where something was not answered it is
unknown: it neither counts nor breaks a row. A practice is a session with a check-in about something inside the body;
two check-ins of one visit are one practice, and its worst answer counts. Bleeding counts wherever it was told.

What suspends rests on every answer, also on those that a patient keeps to themself: it is said in one sentence, and
which answers they were is not. What only asks somebody to look rests on what they can look at.

A worse answer never makes any of these milder, with one exception that cannot be otherwise: pain that rises from one
practice to the next is about the difference, so that more pain at the beginning is less of a rise. It is a note.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from exercises.saying import kept, say
from sessions.attempts import Attempt
from sessions.checkins import Answers, RelaxationAnswers, ReleaseAnswers, RungAnswers, bleeding_of, worst_pain
from sessions.flags import Tier
from sessions.safety import SOONEST, Finding
from sessions.thresholds import Thresholds

_DAY_MS: Final = 86_400_000
#: Twice in a row is the least that is a repetition. No published figure was found.
_TWICE: Final = 2
_RISING: Final = 3
#: Least rise, of 10, over three practices that is more than how one day differs from the next.
_RISE: Final = 2
#: Fear at the end that has not come down, 0 to 10.
_FEAR_STAYS: Final = 8
_AWAY_DAYS: Final = 28
_PANICKED: Final = "flag_panic"
_FAR: Final = "flag_spaced_out"
_AWAY: Final = {
    (_PANICKED,): say("panic"),
    (_FAR,): say("feeling far away, or a flashback"),
    (_PANICKED, _FAR): say("panic and feeling far away, or a flashback"),
    (_FAR, _PANICKED): say("feeling far away, or a flashback and panic"),
}
_CHOSE_NOT: Final = frozenset({"chose_not_to_insert", "did_not_start", "chose_not_to"})

_OWN: Final = "No published figure was found: our own choice, for a clinician to confirm."
_BLEEDS: Final = f"Screening practice: bleeding after each session needs a clinician. The count: {_OWN}"
_STAYS: Final = f"Hull University Teaching Hospitals: soreness that stays is a reason to call. The count: {_OWN}"
_NUMB: Final = "Precaution: numb or electric under the point that is held means stopping."
_PANIC: Final = f"Trauma-informed practice: inward attention can bring this on, and wants a review. The count: {_OWN}"
_GUARDS: Final = f"whik.co.uk: go smaller where insertion is hard. The count: {_OWN}"


class Away(Struct, frozen=True):
    """Panic, feeling far away or a flashback, told in a session or between them: `rule` of that concern."""

    session_id: str
    at_ms: int
    rule: str


class Practice(Struct):
    """One session's worst answers; None where nobody gave one."""

    session_id: str
    at_ms: int
    inside: bool = False
    bled: bool | None = None
    pain: int | None = None
    lasting: int | None = None
    guarding: int | None = None
    fear_after: int | None = None
    numb: bool | None = None
    sore: bool | None = None


def assess(
    attempts: Sequence[Attempt], thresholds: Thresholds, now_ms: int, *, away: Sequence[Away] = ()
) -> list[Finding]:
    """What to raise now, the most urgent first. `attempts` are a patient's, the oldest first."""
    practices = practices_of(attempts)
    keeps = any(attempt.private for attempt in attempts)
    shared = practices_of(attempt for attempt in attempts if not attempt.private) if keeps else practices
    found = [rule(practices, thresholds, now_ms) for rule in _SUSPENDING]
    found += [rule(shared, thresholds, now_ms) for rule in _NOTING]
    gap = _gap(shared, thresholds, now_ms)
    # Days with a practice that is kept are not days without one.
    found += [gap if gap == _gap(practices, thresholds, now_ms) else None, _far_away(away)]
    findings = [finding for finding in found if finding is not None]
    return sorted(findings, key=lambda finding: SOONEST.index(finding.tier))


def practices_of(attempts: Iterable[Attempt]) -> list[Practice]:
    """Those with a check-in about a size or about release work, the oldest first.

    One after letting go alone counts where it tells of bleeding: "none" there says nothing of work inside.
    """
    by_session: dict[str, Practice] = {}
    for attempt in attempts:
        answers = attempt.answers
        bled = isinstance(answers, RelaxationAnswers) and answers.bleeding not in (None, "none")
        if not bled and not isinstance(answers, RungAnswers | ReleaseAnswers):
            continue
        practice = by_session.get(attempt.session_id)
        if practice is None:
            practice = by_session[attempt.session_id] = Practice(attempt.session_id, attempt.at_ms)
        _take(practice, attempt, answers)
    return sorted(by_session.values(), key=lambda practice: practice.at_ms)


def _take(practice: Practice, attempt: Attempt, answers: Answers) -> None:
    after = attempt.next_day
    practice.at_ms = max(practice.at_ms, attempt.at_ms)
    bleeding = (bleeding_of(answers), after.bleeding if after is not None else None)
    practice.bled = _either(practice.bled, *(None if one is None else one != "none" for one in bleeding))
    if not isinstance(answers, RungAnswers | ReleaseAnswers):
        return
    if answers.stop_reason == "bleeding":
        practice.bled = True
    practice.inside |= answers.outcome not in _CHOSE_NOT
    practice.pain = _worse(practice.pain, worst_pain(answers))
    if after is not None:
        practice.lasting = _worse(practice.lasting, 0 if after.outcome == "fine" else after.pain)
        practice.sore = _either(practice.sore, after.outcome != "fine")
    if isinstance(answers, RungAnswers):
        practice.lasting = _worse(practice.lasting, answers.pain_after)
        practice.guarding = _worse(practice.guarding, answers.guarding)
        practice.fear_after = _worse(practice.fear_after, answers.worry_after)
    else:
        practice.lasting = _worse(practice.lasting, answers.tender_after)
        practice.numb = _either(practice.numb, answers.numbness)


def _worse(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def _either(*given: bool | None) -> bool | None:
    said = [one for one in given if one is not None]
    return any(said) if said else None


# The rules


def _bleeds_again(practices: list[Practice], thresholds: Thresholds, _now_ms: int) -> Finding | None:
    count = thresholds.bleeding_repeats
    row = _row(practices, lambda practice: practice.bled, most=count)
    if len(row) < count:
        return None
    say = kept("Bleeding in {count} practices in a row.", count=count) if count > 1 else "Bleeding in a practice."
    return Finding("bleeding_again", Tier.PAUSE, say, _BLEEDS, about=_ids(row))


def _pain_keeps(practices: list[Practice], thresholds: Thresholds, _now_ms: int) -> Finding | None:
    least = thresholds.pain_next_day
    row = _row(practices, lambda practice: _reaches(practice.lasting, least), most=_TWICE)
    if len(row) < _TWICE:
        return None
    say = kept("Pain of {least} or more afterwards or on the next day, 2 practices in a row.", least=least)
    return Finding("pain_keeps", Tier.PAUSE, say, _STAYS, about=_ids(row))


def _numb_again(practices: list[Practice], _thresholds: Thresholds, _now_ms: int) -> Finding | None:
    row = _row(practices, lambda practice: practice.numb, most=_TWICE)
    if len(row) < _TWICE:
        return None
    say = "Numbness or an electric feeling in release work, 2 practices in a row."
    return Finding("numb_again", Tier.PAUSE, say, _NUMB, about=_ids(row))


def _sore_again(practices: list[Practice], _thresholds: Thresholds, _now_ms: int) -> Finding | None:
    row = _row(practices, lambda practice: practice.sore, most=_TWICE)
    if len(row) < _TWICE:
        return None
    return Finding("sore_again", Tier.NOTE, "Still sore on the days after 2 practices.", _STAYS, about=_ids(row))


def _guards(practices: list[Practice], thresholds: Thresholds, _now_ms: int) -> Finding | None:
    least = thresholds.guarding_high
    row = _row(practices, lambda practice: _reaches(practice.guarding, least), most=_TWICE)
    if len(row) < _TWICE:
        return None
    say = kept("Tightening of {least} or more, 2 practices in a row.", least=least)
    return Finding("guarding_again", Tier.NOTE, say, _GUARDS, about=_ids(row))


def _fear_stays(practices: list[Practice], _thresholds: Thresholds, _now_ms: int) -> Finding | None:
    row = _row(practices, lambda practice: _reaches(practice.fear_after, _FEAR_STAYS), most=_TWICE)
    if len(row) < _TWICE:
        return None
    say = kept("Worry of {least} or more at the end, 2 practices in a row.", least=_FEAR_STAYS)
    return Finding("fear_stays", Tier.NOTE, say, _OWN, about=_ids(row))


def _pain_rises(practices: list[Practice], thresholds: Thresholds, _now_ms: int) -> Finding | None:
    pains = [(practice.pain, practice) for practice in practices[-_RISING * 4 :] if practice.pain is not None]
    last = pains[-_RISING:]
    if len(last) < _RISING:
        return None
    first, middle, now = (pain for pain, _ in last)
    if not (first < middle < now and now - first >= _RISE and now > thresholds.up_pain):
        return None
    say = kept("Pain rose over 3 practices: {first}, {middle}, {now} of 10.", first=first, middle=middle, now=now)
    return Finding("pain_rises", Tier.NOTE, say, _OWN, about=_ids([practice for _, practice in last]))


def _gap(practices: list[Practice], thresholds: Thresholds, now_ms: int) -> Finding | None:
    inside = [practice for practice in practices if practice.inside][-2:]
    times_ms = [practice.at_ms for practice in inside] + [now_ms]
    days = max((later - earlier for earlier, later in pairwise(times_ms)), default=0) // _DAY_MS
    if not inside or days < thresholds.gap_days:
        return None
    return Finding("gap", Tier.NOTE, kept("{days} days without practice.", days=days), _OWN, about=_ids(inside[-1:]))


def _far_away(away: Sequence[Away]) -> Finding | None:
    """Once, it pauses by itself. Again within four weeks it is more than a bad day, also after it was lifted."""
    told = sorted((one for one in away if one.rule in (_PANICKED, _FAR)), key=lambda one: one.at_ms)
    # Twice in one session is one evening.
    last = list({one.session_id: one for one in told}.values())[-_TWICE:]
    if len(last) < _TWICE or last[-1].at_ms - last[0].at_ms > _AWAY_DAYS * _DAY_MS:
        return None
    what = _AWAY[tuple(dict.fromkeys(one.rule for one in last))]
    say = kept("Told of {what}, twice within {days} days.", what=what, days=_AWAY_DAYS)
    return Finding("away_again", Tier.PAUSE, say, _PANIC, about=tuple(one.session_id for one in last))


_Rule = Callable[[list[Practice], Thresholds, int], Finding | None]
_SUSPENDING: Final[tuple[_Rule, ...]] = (_bleeds_again, _pain_keeps, _numb_again)
_NOTING: Final[tuple[_Rule, ...]] = (_sore_again, _guards, _fear_stays, _pain_rises)


def _row(practices: list[Practice], holds: Callable[[Practice], bool | None], *, most: int) -> list[Practice]:
    """The newest practices in a row of which it holds, at most so many; where it is unknown they are passed over."""
    row: list[Practice] = []
    for practice in reversed(practices):
        said = holds(practice)
        if said is None:
            continue
        if not said or len(row) == most:
            break
        row.append(practice)
    return row[::-1]


def _reaches(value: int | None, least: int) -> bool | None:
    return None if value is None else value >= least


def _ids(practices: Sequence[Practice]) -> tuple[str, ...]:
    return tuple(practice.session_id for practice in practices)
