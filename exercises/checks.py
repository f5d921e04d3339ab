"""What a script may not contain, each with its reason: the library refuses it, whoever wrote it.

A check is one function that yields what it found. Its name is its code in the reference. The refusals
guard the body and consent; the warnings guard the words, which only a reader can judge in the end.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Literal

from msgspec import Struct

from exercises import pacer, uneasy
from exercises.model import Act, Exercise, ReviewStatus
from exercises.saying import say
from exercises.wording import PLACES, PLAIN, Wording, has_places, places_in, worded

CONTRACTIONS_MAX = 5
CONTRACT_MAX_MS = 5_000
RELEASE_TIMES = 3
STEPS_MIN = 2
SECONDS_MIN, SECONDS_MAX = 5, 1_800
WORDS_MAX = 400
SAY_COMFORTABLE = 140
CUE_COMFORTABLE = 24

#: The words of a step by their keys, in the order in which they are read.
STEP_WORDS = ("say", "eyes_open", "seated", "on_side", "cue_in", "cue_out")
_CLINICAL = Wording(tone="clinical")

Level = Literal["refuse", "warn"]


class Finding(Struct, frozen=True):
    """What a check noticed. `step` and `key` say where: both None means the exercise as a whole."""

    level: Level
    step: str | None
    reason: str
    key: str | None = None
    check: str = ""


Check = Callable[[Exercise], Iterator[Finding]]


def check(exercise: Exercise) -> list[Finding]:
    """All findings, refusals first, in the order of the checks."""
    findings = [
        Finding(found.level, found.step, found.reason, found.key, one.__name__)
        for one in CHECKS
        for found in one(exercise)
    ]
    return sorted(findings, key=lambda found: found.level != "refuse")


def enough_steps(exercise: Exercise) -> Iterator[Finding]:
    """One step leaves nothing to come back to."""
    if len(exercise.steps) < STEPS_MIN:
        yield _refuse("An exercise has at least {least} steps, so that it has a beginning and an end.", least=STEPS_MIN)


def step_length(exercise: Exercise) -> Iterator[Finding]:
    """Below 5 seconds nobody can follow; above 30 minutes a step has no end in sight."""
    for step in exercise.steps:
        if not SECONDS_MIN <= step.seconds <= SECONDS_MAX:
            yield _refuse(
                "A step lasts {least} to {most} seconds, and this one {seconds}.",
                step=step.id,
                key="seconds",
                least=SECONDS_MIN,
                most=SECONDS_MAX,
                seconds=step.seconds,
            )


def breath_limits(exercise: Exercise) -> Iterator[Finding]:
    """Long holds and very slow or fast breaths can make people light-headed or afraid."""
    for step in exercise.steps:
        if step.pattern is not None and (wrong := pacer.check(step.pattern)):
            yield _refuse(wrong, step=step.id, key="pattern")


def contractions_belong_to_contract(exercise: Exercise) -> Iterator[Finding]:
    """A squeeze is visible in the structure, so that no other step can smuggle one in."""
    for step in exercise.steps:
        counted = step.contractions or step.contract_ms or step.release_ms
        if step.act is not Act.CONTRACT and counted:
            yield _refuse("Only a step with the act contract may count contractions.", step=step.id)
        if step.act is Act.CONTRACT and (step.contractions < 1 or step.contract_ms < 1):
            yield _refuse(
                "A contract step says how many contractions, and how long each of them is.",
                step=step.id,
            )


def contractions_need_enabling(exercise: Exercise) -> Iterator[Finding]:
    """Squeezing can feed a floor that is already too tight: a therapist decides, person by person."""
    if not exercise.needs_enabling:
        for step in exercise.steps:
            if step.act is Act.CONTRACT or step.contractions:
                yield _refuse(
                    "Contractions are only allowed in an exercise that the therapist enables: "
                    "for a floor that is already tight, squeezing can do harm.",
                    step=step.id,
                )


def few_contractions(exercise: Exercise) -> Iterator[Finding]:
    """A few, to notice the difference. More is strengthening, which is not what Ebb is for."""
    total = sum(step.contractions for step in exercise.steps)
    if total > CONTRACTIONS_MAX:
        yield _refuse(
            "An exercise holds at most {most} contractions in all its steps, and this one {total}: "
            "more is strengthening.",
            most=CONTRACTIONS_MAX,
            total=total,
        )


def long_release(exercise: Exercise) -> Iterator[Finding]:
    """What is practised is letting go, so letting go gets the time."""
    for step in exercise.steps:
        if step.contract_ms > CONTRACT_MAX_MS:
            yield _refuse(
                "A contraction lasts at most {most} ms: it is there to be noticed.",
                step=step.id,
                key="contract_ms",
                most=CONTRACT_MAX_MS,
            )
        if step.release_ms < RELEASE_TIMES * step.contract_ms:
            yield _refuse(
                "Each release lasts at least {times} times as long as its contraction.",
                step=step.id,
                key="release_ms",
                times=RELEASE_TIMES,
            )
        if step.contractions * (step.contract_ms + step.release_ms) > step.seconds * 1_000:
            yield _refuse(
                "The contractions and their releases do not fit into the seconds of this step.",
                step=step.id,
                key="seconds",
            )


def contractions_have_a_way_out(exercise: Exercise) -> Iterator[Finding]:
    """A floor that does not let go again needs somewhere to go at once, and words that ask for nothing."""
    for step in exercise.steps:
        if step.act is Act.CONTRACT and step.way_out is None:
            yield _refuse("A contract step names its way_out.", step=step.id)


def internal_is_marked(exercise: Exercise) -> Iterator[Finding]:
    """Consent hangs on this mark. And nobody is asked for permission to take something out."""
    for step in exercise.steps:
        if step.act in (Act.INSERT, Act.HOLD) and not step.internal:
            asks = "A step with the act {act} is internal, so that it asks for consent."
            yield _refuse(asks, step=step.id, act=str(step.act))
        if step.act is Act.REMOVE and step.internal:
            yield _refuse(
                "A step that takes something out is not internal: it never waits for a yes.",
                step=step.id,
                key="internal",
            )


def internal_needs_enabling(exercise: Exercise) -> Iterator[Finding]:
    """Nobody starts internal work by themselves: a therapist has screened and cleared it first."""
    if exercise.internal and not exercise.needs_enabling:
        yield _refuse("An exercise with internal steps has needs_enabling = true.", key="needs_enabling")


def internal_is_never_first(exercise: Exercise) -> Iterator[Finding]:
    """A yes to an exercise is not a yes to an internal step: there is time and breath before it."""
    if exercise.steps and exercise.steps[0].internal:
        yield _refuse("The first step is never internal.", step=exercise.steps[0].id, key="internal")


def internal_has_a_way_out(exercise: Exercise) -> Iterator[Finding]:
    """After a stop, a lost connection or a change of mind, the screen has to know where to lead."""
    for step in exercise.steps:
        if step.internal and step.way_out is None:
            yield _refuse("An internal step names its way_out.", step=step.id)


def ways_out_lead_out(exercise: Exercise) -> Iterator[Finding]:
    """A way out is outside the body, ahead, and off the ordinary path: at the end of the script."""
    order = {step.id: index for index, step in enumerate(exercise.steps)}
    ways_out: set[str] = set()
    for index, step in enumerate(exercise.steps):
        if step.way_out is None:
            continue
        target = order.get(step.way_out)
        if target is None:
            reason = 'The way_out "{way_out}" is not a step of this script.'
        elif exercise.steps[target].internal:
            reason = 'The way_out "{way_out}" is itself internal.'
        elif target <= index:
            reason = 'The way_out "{way_out}" does not come after this step.'
        else:
            ways_out.add(step.way_out)
            continue
        yield _refuse(reason, step=step.id, key="way_out", way_out=step.way_out)
    first = min((order[way_out] for way_out in ways_out), default=len(exercise.steps))
    for step in exercise.steps[first:]:
        if step.id not in ways_out:
            yield _refuse("Ways out stand at the end: no other step comes after one.", step=step.id)


def internal_with_eyes_open(exercise: Exercise) -> Iterator[Finding]:
    """Looking inward with closed eyes frightens some people most where they are most exposed."""
    for step in exercise.steps:
        if not step.words.eyes_open:
            if step.internal:
                yield _refuse("An internal step has words for open eyes.", step=step.id, key="eyes_open")
            else:
                yield _warn("There are no words for open eyes.", step=step.id, key="eyes_open")


def recovery_is_open(exercise: Exercise) -> Iterator[Finding]:
    """What one does when something went wrong is never behind a gate, and never goes inside."""
    if exercise.recovery and (exercise.needs_enabling or exercise.internal):
        yield _refuse("A recovery exercise is open to everybody and has no internal step.", key="recovery")


def together_stays_free(exercise: Exercise) -> Iterator[Finding]:
    """With somebody beside one, a no is harder to say: a therapist has asked before, and it never goes inside."""
    if not exercise.with_support:
        return
    if not exercise.needs_enabling:
        yield _refuse("An exercise with a support person has needs_enabling = true.", key="needs_enabling")
    for step in exercise.steps:
        if step.internal:
            yield _refuse("An exercise with a support person has no internal step.", step=step.id, key="internal")
        if step.act is Act.TOUCH and step.way_out is None:
            yield _refuse("Touch by or with somebody else names its way_out.", step=step.id)


def known_places(exercise: Exercise) -> Iterator[Finding]:
    """A place that nobody knows would be read out as it stands, braces and all."""
    silent = not has_places(exercise.language)
    for step_id, key, words in _words(exercise):
        if silent and places_in(words):
            yield _refuse(
                "The places have no words in the language {language}, so that English ones would stand here. "
                "Add them to exercises/wording.py.",
                step=step_id,
                key=key,
                language=exercise.language,
            )
        for place in sorted(places_in(words) - set(PLACES)):
            known = ", ".join(PLACES)
            unknown = "There is no place {{{place}}}; there are {known}."
            yield _refuse(unknown, step=step_id, key=key, place=place, known=known)
        if "{" in _ANY_PLACE.sub("", words) or "}" in _ANY_PLACE.sub("", words):
            yield _refuse("A brace stands here that belongs to no place.", step=step_id, key=key)


_ANY_PLACE = re.compile(r"\{[a-z_]+\}")


def places_read_well(exercise: Exercise) -> Iterator[Finding]:
    """Somebody's own word may be short or 200 characters long, and begin with any letter."""
    article = uneasy.ARTICLES.get(uneasy.base(exercise.language))
    for step_id, key, words in _words(exercise):
        if key in ("title", "cue_in", "cue_out") and places_in(words):
            yield _refuse(
                "A title is the same for everybody, and a cue has to stay whole: neither holds a place.",
                step=step_id,
                key=key,
            )
        for pattern, reason in (*uneasy.PLACES, *([article] if article else [])):
            if pattern.search(words):
                yield _refuse(reason, step=step_id, key=key)


def short_words(exercise: Exercise) -> Iterator[Finding]:
    """A long text is not read by a frightened person, and a screen reader cannot be hurried."""
    for step_id, key, words in _plain(exercise):
        if len(words) > WORDS_MAX:
            long = "At most {most} characters fit, and this has {count}."
            yield _refuse(long, step=step_id, key=key, most=WORDS_MAX, count=len(words))


def has_sources(exercise: Exercise) -> Iterator[Finding]:
    """Whoever reviews the words can follow them to where they come from."""
    if not exercise.sources:
        yield _refuse("An exercise names at least one source.", key="source")


def review_is_signed(exercise: Exercise) -> Iterator[Finding]:
    """Approved means that somebody can be asked about it."""
    review = exercise.review
    if review.date is not None and not _is_date(review.date):
        yield _refuse("The review's date is written as year, month, day: 2025-03-31.", key="review")
    if review.status is ReviewStatus.APPROVED and not (review.reviewer and review.date):
        yield _refuse("An approved exercise names its reviewer and the date.", key="review")


def large_type(exercise: Exercise) -> Iterator[Finding]:
    """What is said is set very large on a phone, and cues larger still."""
    for step in exercise.steps:
        told = worded(step.words.say, language=exercise.language)
        if len(told) > SAY_COMFORTABLE:
            long = "This has {count} characters; up to {most} are easy to read."
            yield _warn(long, step=step.id, key="say", count=len(told), most=SAY_COMFORTABLE)
        for key, cue in (("cue_in", step.words.cue_in), ("cue_out", step.words.cue_out)):
            if cue is not None and len(cue) > CUE_COMFORTABLE:
                breaks = "A cue of {count} characters breaks; up to {most} stay whole."
                yield _warn(breaks, step=step.id, key=key, count=len(cue), most=CUE_COMFORTABLE)


def uneasy_words(exercise: Exercise) -> Iterator[Finding]:
    """Words that ask for effort, judge, praise, assume who somebody is, or promise."""
    for step_id, key, words in _plain(exercise):
        for pattern, why in uneasy.WORDS.get(uneasy.base(exercise.language), ()):
            for found in pattern.finditer(words):
                reason = say('"{words}" {why}. Is there another way to say it?', words=found[0], why=why)
                yield _warn(reason, step=step_id, key=key)


_DOUBLED = re.compile(r"\b(\w+)\s+\1\b", re.IGNORECASE)


def doubled_words(exercise: Exercise) -> Iterator[Finding]:
    """A place and the word before it easily say the same thing twice, in one of the two tones."""
    for step_id, key, words in _words(exercise):
        plain, clinical = (worded(words, tone, language=exercise.language) for tone in (PLAIN, _CLINICAL))
        for told in dict.fromkeys((plain, clinical)):
            for found in _DOUBLED.finditer(told):
                yield _warn(say('"{words}" says one word twice.', words=found[0]), step=step_id, key=key)


CHECKS: tuple[Check, ...] = (
    enough_steps,
    step_length,
    breath_limits,
    contractions_belong_to_contract,
    contractions_need_enabling,
    few_contractions,
    long_release,
    contractions_have_a_way_out,
    internal_is_marked,
    internal_needs_enabling,
    internal_is_never_first,
    internal_has_a_way_out,
    ways_out_lead_out,
    internal_with_eyes_open,
    recovery_is_open,
    together_stays_free,
    known_places,
    places_read_well,
    short_words,
    has_sources,
    review_is_signed,
    large_type,
    uneasy_words,
    doubled_words,
)


def _plain(exercise: Exercise) -> Iterator[tuple[str | None, str, str]]:
    """The same as it is read by somebody who has chosen no words of their own."""
    for step_id, key, words in _words(exercise):
        yield step_id, key, worded(words, language=exercise.language)


def _words(exercise: Exercise) -> Iterator[tuple[str | None, str, str]]:
    """Everything that a patient may read or hear, as (step, key, text), places and all."""
    yield None, "title", exercise.title
    yield None, "summary", exercise.summary
    yield None, "why", exercise.why
    for caution in exercise.cautions:
        yield None, "caution", caution
    for step in exercise.steps:
        for key in STEP_WORDS:
            text: str | None = getattr(step.words, key)
            if text:
                yield step.id, key, text


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _refuse(reason: str, *, step: str | None = None, key: str | None = None, **values: object) -> Finding:
    """`reason` with what is named in it, which goes into a sentence of the reader's own language."""
    return Finding("refuse", step, say(reason, **values) if values else reason, key)


def _warn(reason: str, *, step: str | None = None, key: str | None = None, **values: object) -> Finding:
    return Finding("warn", step, say(reason, **values) if values else reason, key)
