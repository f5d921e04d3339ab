"""What a red flag or one check-in means: how soon somebody must act, and what the patient reads. Pure, versioned.

A rule only ever notices: it may take work inside the body away, and gives nothing back. Rules over several practices
are in `sessions.safety_rules`. Sources stand with each rule, beside the flags (`sessions.flags`) and the thresholds
(`sessions.thresholds`). Status: draft, until a clinician of the clinic has looked at them.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from exercises.saying import kept
from sessions.care import Suspension
from sessions.checkins import Answers, NextDayAnswers, ReleaseAnswers, RungAnswers, bleeding_of, worst_pain
from sessions.flags import FLAG_BY_ID, FLAGS, SUSPENDING, Flag, Tier
from sessions.people import Refused
from sessions.thresholds import Thresholds

RULES_VERSION: Final = 1

#: The words by how soon somebody must act: whom to call comes first.
SAY: Final = {
    Tier.EMERGENCY: (
        "Please call your local emergency number now, or ask somebody you trust to. "
        "Work inside the body waits until your therapist has talked with you about what you told us."
    ),
    Tier.SAME_DAY: (
        "Please call the clinic or a doctor today. "
        "Work inside the body waits until your therapist has talked with you about what you told us."
    ),
    Tier.PAUSE: (
        "Work inside the body waits until your therapist has talked with you about what you told us. "
        "Breathing and letting go are here for you now."
    ),
}
SOONEST: Final = (Tier.EMERGENCY, Tier.SAME_DAY, Tier.PAUSE, Tier.NOTE)

_PAIN_SAY: Final = (
    "That was a lot of pain. Work inside the body waits now until your therapist has looked at it with you. "
    "If it does not ease, call the clinic. If it is sudden and severe, call your local emergency number."
)
_STAYS_SAY: Final = (
    "Pain that stays is worth a look. Work inside the body waits now until your therapist has looked at it with you. "
    "If it does not ease, call the clinic. If it is sudden and severe, call your local emergency number."
)
_NUMB_SAY: Final = (
    "Numbness or an electric feeling is a sign to stop there. Come out when it is easy; you need not hurry. "
    "Work inside the body waits now until your therapist has looked at it with you. If it does not pass, call the "
    "clinic today."
)

_STOPPED_SAY: Final = (
    "You stopped because of bleeding, so work inside the body waits now until your therapist has looked at it with "
    "you. If it is fresh, or has not ended after a day, call the clinic or a doctor today. If it soaks a pad, call "
    "your local emergency number now."
)

#: What a patient reads in place of the tier's own words, by the rule that noticed it.
WORDS: Final = {
    "pain_high": _PAIN_SAY,
    "pain_stays": _STAYS_SAY,
    "pain_next_day": _STAYS_SAY,
    "numbness": _NUMB_SAY,
    "bleeding_stopped": _STOPPED_SAY,
}

_BLEEDING: Final = "Vejthani: call when bleeding is heavy or lasts beyond 24 hours. whik.co.uk: call when it is fresh."
_PAIN: Final = "BIEN and VuVa dilator guides: stay below 4 of 10."
_NEXT_DAY: Final = "whik.co.uk and Hull University Teaching Hospitals: soreness that stays is a reason to call."
#: Recalled, and not found in a source that was read: kept as a precaution alone.
_NUMB: Final = "Precaution: numb or electric under the point that is held means stopping."


class Finding(Struct, frozen=True):
    """What a rule noticed. `say` is for therapists, `words` what the patient reads in place of the tier's own.

    `degree` is how much of it, for rules that know: a correction to less says nothing new. `about` names the
    sessions that it rests on, where it rests on several.
    """

    rule: str
    tier: Tier
    say: str
    source: str
    words: str = ""
    degree: int = 0
    about: tuple[str, ...] = ()


def noticed(answers: Answers | None, thresholds: Thresholds) -> list[Finding]:
    """What one check-in says by itself. An answer that was left out says nothing."""
    if answers is None:
        return []
    found = [_pain(answers, thresholds), _numbness(answers), _bleeding(answers)]
    return [finding for finding in found if finding is not None]


def unsaid(found: Sequence[Finding], stood: Sequence[Finding]) -> list[Finding]:
    """Those that a correction brings: what stood already, as much or more of it, raises nothing anew."""
    before = {finding.rule: finding.degree for finding in stood}
    return [finding for finding in found if finding.degree > before.get(finding.rule, -1)]


def _bleeding(answers: Answers) -> Finding | None:
    bleeding = bleeding_of(answers)
    if bleeding == "heavy":
        return Finding("bleeding_heavy", Tier.EMERGENCY, "Heavy bleeding in a check-in.", _BLEEDING)
    if isinstance(answers, NextDayAnswers) and bleeding not in (None, "none"):
        # Whatever its colour: it is there after a day, and that is what the guides tell people to call for.
        return Finding("bleeding_stays", Tier.SAME_DAY, "Bleeding on the days after a practice.", _BLEEDING)
    if bleeding == "fresh_red":
        return Finding("bleeding_fresh", Tier.SAME_DAY, "Fresh red bleeding in a check-in.", _BLEEDING)
    if bleeding is None and isinstance(answers, RungAnswers | ReleaseAnswers) and answers.stop_reason == "bleeding":
        # Told as the reason and nowhere else: how much it was, nobody knows.
        say = "Stopped because of bleeding. How much was not said."
        return Finding("bleeding_stopped", Tier.PAUSE, say, _BLEEDING, words=_STOPPED_SAY)
    return None


def _pain(answers: Answers, thresholds: Thresholds) -> Finding | None:
    pain = worst_pain(answers)
    if isinstance(answers, NextDayAnswers):
        # A clinic may stop at less pain in a practice than it had set for the next day; then that holds here too.
        least = min(thresholds.pain_next_day, thresholds.pain_stop)
        if answers.outcome != "worse" and (pain is None or pain < least):
            return None
        say = "Worse on the days after a practice."
        if pain is not None:
            say = kept("Pain {pain} of 10 on the days after a practice.", pain=pain)
        return Finding("pain_next_day", Tier.PAUSE, say, _NEXT_DAY, words=_STAYS_SAY, degree=pain or 0)
    if pain is not None and pain >= thresholds.pain_stop:
        say = kept("Pain {pain} of 10 in a check-in.", pain=pain)
        return Finding("pain_high", Tier.PAUSE, say, _PAIN, words=_PAIN_SAY, degree=pain)
    if isinstance(answers, RungAnswers) and answers.eased == "not_yet":
        after = answers.pain_after
        if after is not None and after >= thresholds.pain_next_day:
            say = kept("Pain {after} of 10 afterwards, which had not eased.", after=after)
            return Finding("pain_stays", Tier.PAUSE, say, _NEXT_DAY, words=_STAYS_SAY, degree=after)
    return None


def _numbness(answers: Answers) -> Finding | None:
    if not isinstance(answers, ReleaseAnswers) or not answers.numbness:
        return None
    return Finding("numbness", Tier.PAUSE, "Numbness or an electric feeling in release work.", _NUMB, words=_NUMB_SAY)


# What somebody tells of themselves


class Told(Struct, frozen=True):
    """A concern that a ticked flag makes."""

    rule: str
    tier: Tier
    say: str


def flagged(flags: Sequence[str]) -> list[Flag]:
    """Each once, the most urgent first. Raises Refused where one is not on the list."""
    if any(flag not in FLAG_BY_ID for flag in flags):
        raise Refused("bad_message", "One of the ticked items is not known.", fields={"flags": "Choose from the list."})
    return [flag for flag in FLAGS if flag.id in flags]


def told(flags: Sequence[str], note: str | None) -> list[Told]:
    """What "something is wrong" raises. A line and no tick is "something else, or not sure": nothing is dropped.

    The line stands with the most urgent of them, so that whoever reads the one reads the other. Raises Refused.
    """
    note = (note or "").strip()
    if not flags and not note:
        raise Refused("bad_message", "Tick what fits, or write a line.", fields={"flags": "Tick what fits."})
    found = flagged(flags or ("unsure",))
    words = [flag.told for flag in found]
    if note:
        words[0] = kept("{what}. In their words: “{note}”", what=words[0], note=note)
    return [Told(f"flag_{flag.id}", flag.tier, say) for flag, say in zip(found, words, strict=True)]


# Tiers and suspensions


def soonest(tiers: Sequence[Tier]) -> Tier | None:
    """The most urgent of those that suspend, or None where none does."""
    return min((tier for tier in tiers if tier in SUSPENDING), key=SOONEST.index, default=None)


def suspension_of(tier: Tier, *, known: Suspension | None, reason: str, now_ms: int) -> Suspension | None:
    """The suspension that follows from a concern, or None where one that is as urgent stands already."""
    if tier is Tier.NOTE:
        return None
    if known is not None and not more_urgent(tier, known):
        return None
    return Suspension(say=SAY[tier], reason=reason, since_ms=now_ms)


def more_urgent(tier: Tier, known: Suspension) -> bool:
    """Whether words of this tier must replace those that stand: whom to call must not hide behind "not cleared"."""
    return SOONEST.index(tier) < SOONEST.index(tier_of(known))


def tier_of(suspension: Suspension) -> Tier:
    """How urgent the words are that the patient reads."""
    return next((tier for tier, say in SAY.items() if say == suspension.say), Tier.PAUSE)
