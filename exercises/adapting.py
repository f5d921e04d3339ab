"""An exercise in a clinic's own words and times: what may differ from the library's, and what never does.

A clinic changes what is said and how long things take. What protects somebody stands in the structure (which steps
there are, what they ask the body to do, which of them go inside, where their way out leads, how often a floor is
tightened), and all of it stays the library's own. On top of that every check holds that a file of the library has to
pass, so that nothing can be told from a form that no file could bring in.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, structs

from exercises import checks
from exercises.checks import Finding
from exercises.model import Exercise, Pattern, Review, ReviewStatus, Step, Words

#: The own versions of version 2 are 2001, 2002 and so on: no later version of the library can take their number.
OWN: Final = 1_000
_SAME: Final = ("slug", "language", "sources", "needs_enabling", "recovery", "uses_ladder", "with_support", "group")
_SAME_IN_STEPS: Final = ("id", "act", "internal", "way_out", "contractions", "contract_ms", "release_ms")
_OTHER: Final = "This belongs to the structure, which stays as the library has it."


class Telling(Struct, frozen=True):
    """What of an exercise is a clinic's to say: for each caution and each step of the library's, in its order."""

    title: str
    summary: str
    why: str
    cautions: tuple[str, ...]
    words: tuple[Words, ...]
    seconds: tuple[int, ...]
    patterns: tuple[Pattern | None, ...]


def own_version(of: int, number: int) -> int:
    """The number of an own version, counted from 1. Raises ValueError where no number is left for it."""
    if not (0 < of < OWN and 0 < number < OWN):
        raise ValueError(number)
    return of * OWN + number


def made_from(version: int) -> int | None:
    """The version of the library that an own one was made from, or None for one of the library itself."""
    return version // OWN if version > OWN else None


def version_words(version: int) -> str:
    """Such as `1`, or `1.2` for the second that a clinic made of it."""
    of = made_from(version)
    return str(version) if of is None else f"{of}.{version % OWN}"


def adapted(base: Exercise, telling: Telling, *, version: int) -> Exercise:
    """`base` told otherwise. A draft, whatever the library's review says: that was of other words.

    A step for which the telling holds nothing raises ValueError.
    """
    steps = zip(base.steps, telling.words, telling.seconds, telling.patterns, strict=True)
    return structs.replace(
        base,
        version=version,
        title=_line(telling.title),
        summary=_line(telling.summary),
        why=_line(telling.why),
        cautions=tuple(_line(caution) for caution in telling.cautions),
        steps=tuple(_step(step, words, seconds, pattern) for step, words, seconds, pattern in steps),
        review=Review(ReviewStatus.DRAFT),
    )


def findings(own: Exercise, base: Exercise) -> list[Finding]:
    """All that speaks against `own` as a version of `base`, refusals first, as `checks.check` gives them."""
    found = [*_differences(own, base), *_unwritten(own)]
    return sorted([*found, *checks.check(own)], key=lambda one: one.level != "refuse")


def refused(own: Exercise, base: Exercise) -> list[Finding]:
    return [one for one in findings(own, base) if one.level == "refuse"]


def at_the_pace_of(told: Exercise, own: Exercise) -> Exercise:
    """A translation of the library's words at the clinic's own times. Both have the same steps."""
    return structs.replace(
        told,
        version=own.version,
        steps=tuple(
            structs.replace(step, seconds=mine.seconds, pattern=mine.pattern)
            for step, mine in zip(told.steps, own.steps, strict=True)
        ),
    )


def same_structure(own: Exercise, base: Exercise) -> bool:
    return not any(_differences(own, base))


def _differences(own: Exercise, base: Exercise) -> Iterator[Finding]:
    for name in _SAME:
        if getattr(own, name) != getattr(base, name):
            yield _refuse(_OTHER, key=name)
    if len(own.cautions) != len(base.cautions):
        yield _refuse("Each caution of the library stays, in whatever words.", key="caution")
    if [step.id for step in own.steps] != [step.id for step in base.steps]:
        yield _refuse(_OTHER, key="steps")
        return
    for mine, theirs in zip(own.steps, base.steps, strict=True):
        for name in _SAME_IN_STEPS:
            if getattr(mine, name) != getattr(theirs, name):
                yield _refuse(_OTHER, step=mine.id, key=name)
        if (mine.pattern is None) != (theirs.pattern is None):
            yield _refuse(_OTHER, step=mine.id, key="pattern")


def _unwritten(own: Exercise) -> Iterator[Finding]:
    """What a file of the library refuses before any check is asked: nothing said, or nothing that can be seen."""
    texts: list[tuple[str | None, str, str | None]] = [
        (None, "title", own.title),
        (None, "summary", own.summary),
        (None, "why", own.why),
    ]
    texts += [(None, f"caution_{number}", caution) for number, caution in enumerate(own.cautions)]
    for step in own.steps:
        texts += [(step.id, key, getattr(step.words, key)) for key in checks.STEP_WORDS]
    for step_id, key, text in texts:
        left_out = text is None or (text == "" and key == "eyes_open")
        if not left_out and not text:
            yield _refuse("Write something here.", step=step_id, key=key)
        elif text and (not text.isprintable() or text != _line(text)):
            yield _refuse("This contains a character that cannot be seen or spoken.", step=step_id, key=key)


def _step(step: Step, words: Words, seconds: int, pattern: Pattern | None) -> Step:
    told = Words(
        say=_line(words.say),
        eyes_open=_line(words.eyes_open),
        seated=_maybe(words.seated),
        on_side=_maybe(words.on_side),
        cue_in=_maybe(words.cue_in),
        cue_out=_maybe(words.cue_out),
    )
    return structs.replace(step, words=told, seconds=seconds, pattern=pattern)


def _line(text: str) -> str:
    """As a file of the library is read: line breaks and indents count as single spaces."""
    return " ".join(text.split())


def _maybe(text: str | None) -> str | None:
    return None if text is None else _line(text) or None


def _refuse(reason: str, *, step: str | None = None, key: str | None = None) -> Finding:
    return Finding("refuse", step, reason, key, "adapted")
