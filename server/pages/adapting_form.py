"""An exercise's words and times as a form: filled from a version, read back, with each finding beside its field."""

import re
from typing import Final

from msgspec import Struct

from exercises.adapting import Telling, findings
from exercises.checks import STEP_WORDS, Finding
from exercises.model import Exercise, Pattern, Words
from exercises.pacer import check
from exercises.saying import joined, say
from exercises.wording import PLAIN, worded_parts
from server.pages.forms import Form
from server.pictures.breath import swell_of
from sessions.telling import breath_words

TEXT_MOST: Final = 600
_SECONDS: Final = re.compile(r"(\d{1,2})(?:[.,](\d{1,3}))?")
PHASES: Final = ("in", "hold_in", "out", "hold_out")


class Seen(Struct, frozen=True):
    """One step as a patient meets it: `say` in its parts, each with the place that it stands for."""

    say: tuple[tuple[str, str | None], ...]
    cue_in: str
    cue_out: str
    seconds: int
    pace: str
    swell: tuple[str, ...]


class Finds(Struct, frozen=True):
    """What speaks against a wording. `field` is the form's name for where, empty for the whole of it."""

    field: str
    level: str
    say: str


def filled(exercise: Exercise) -> Form:
    values = {"title": exercise.title, "summary": exercise.summary, "why": exercise.why}
    values |= {f"caution_{number}": text for number, text in enumerate(exercise.cautions)}
    for number, step in enumerate(exercise.steps):
        values |= {f"s{number}_{key}": getattr(step.words, key) or "" for key in STEP_WORDS}
        values[f"s{number}_seconds"] = str(step.seconds)
        if step.pattern is not None:
            for phase in PHASES:
                values[f"s{number}_{phase}"] = f"{getattr(step.pattern, f'{phase}_ms') / 1_000:g}"
    return Form.of(**values)


def telling_from(form: Form, base: Exercise) -> Telling:
    """What was typed. Where a number is none, the form says so and the library's stands in."""
    return Telling(
        title=_text(form, "title"),
        summary=_text(form, "summary"),
        why=_text(form, "why"),
        cautions=tuple(_text(form, f"caution_{number}") for number in range(len(base.cautions))),
        words=tuple(_words(form, number) for number in range(len(base.steps))),
        seconds=tuple(
            form.whole(f"s{number}_seconds", least=1, most=9_999, ask="Write how many seconds, such as 60.")
            for number in range(len(base.steps))
        ),
        patterns=tuple(_pattern(form, number, step.pattern) for number, step in enumerate(base.steps)),
    )


def put_pace(form: Form, base: Exercise) -> None:
    """The times of `base` as if they had been typed: words of another language are told at the English pace."""
    paced = filled(base)
    for number in range(len(base.steps)):
        for name in (f"s{number}_seconds", *(f"s{number}_{phase}" for phase in PHASES)):
            form.put(name, paced.value(name))


def finds(own: Exercise, base: Exercise) -> list[Finds]:
    # A word that stands there twice is one thing to look at.
    return list(dict.fromkeys(Finds(_field(one, own), one.level, one.reason) for one in findings(own, base)))


def note(form: Form, found: list[Finds]) -> None:
    """Refusals as the form's errors. A warning keeps nobody from storing."""
    for one in found:
        if one.level == "refuse":
            form.note(one.field, one.say)


def seen(own: Exercise) -> list[Seen]:
    return [
        Seen(
            say=tuple(worded_parts(step.words.say, PLAIN, language=own.language)),
            cue_in=step.words.cue_in or "",
            cue_out=step.words.cue_out or "",
            seconds=step.seconds,
            pace="" if step.pattern is None else breath_words(step.pattern),
            swell=() if step.pattern is None or check(step.pattern) else swell_of(step.pattern),
        )
        for step in own.steps
    ]


def changes(own: Exercise, base: Exercise) -> list[tuple[str, str, str]]:
    """What is said or timed otherwise than in the library: where, its words, ours."""
    told: list[tuple[str, str, str]] = []
    for label, theirs, ours in (
        ("Title", base.title, own.title),
        ("In a sentence", base.summary, own.summary),
        ("Why it helps", base.why, own.why),
    ):
        told.append((label, theirs, ours))
    told += [("Before a yes", theirs, ours) for theirs, ours in zip(base.cautions, own.cautions, strict=True)]
    for number, (was, step) in enumerate(zip(base.steps, own.steps, strict=True), start=1):
        for key in STEP_WORDS:
            theirs, ours = getattr(was.words, key) or "", getattr(step.words, key) or ""
            label = say("Step {number}: {what}", number=number, what=WORD_NAMES[key])
            told.append((label, theirs, ours))
        label = say("Step {number}: {what}", number=number, what="Length")
        told.append((label, _long(was.seconds), _long(step.seconds)))
        if was.pattern is not None and step.pattern is not None:
            label = say("Step {number}: {what}", number=number, what="Breath")
            told.append((label, breath_words(was.pattern), breath_words(step.pattern)))
    return [one for one in told if one[1] != one[2]]


WORD_NAMES: Final = {
    "say": say("What is said"),
    "eyes_open": say("With open eyes"),
    "seated": say("Sitting"),
    "on_side": say("On the side"),
    "cue_in": say("Breath in"),
    "cue_out": say("Breath out"),
}


def _long(seconds: int) -> str:
    return say("{seconds} s", seconds=seconds)


def _text(form: Form, name: str) -> str:
    return form.text(name, most=TEXT_MOST, lines=True)


def _words(form: Form, number: int) -> Words:
    texts = {key: _text(form, f"s{number}_{key}") for key in STEP_WORDS}
    maybe = {key: text or None for key, text in texts.items() if key not in ("say", "eyes_open")}
    return Words(say=texts["say"], eyes_open=texts["eyes_open"], **maybe)


def _pattern(form: Form, number: int, was: Pattern | None) -> Pattern | None:
    if was is None:
        return None
    lengths = {f"{phase}_ms": _ms(form, f"s{number}_{phase}") for phase in PHASES}
    known = {name: length for name, length in lengths.items() if length is not None}
    return Pattern(**known) if len(known) == len(PHASES) else was


def _ms(form: Form, name: str) -> int | None:
    found = _SECONDS.fullmatch(form.text(name, most=8))
    if found is None:
        form.note(name, "Write seconds, such as 4 or 4.5.")
        return None
    return int(found[1]) * 1_000 + int((found[2] or "0").ljust(3, "0"))


def _field(found: Finding, exercise: Exercise) -> str:
    key = found.key or ""
    if found.step is None:
        if key == "caution":
            key = "caution_0"
        return key if key in ("title", "summary", "why") or key.startswith("caution_") else ""
    number = exercise.index_of(found.step)
    if key == "pattern":
        return f"s{number}_in"
    return f"s{number}_{key}" if key in (*STEP_WORDS, "seconds") else f"s{number}_say"


def tally(found: list[Finds], errors: int) -> str:
    """In one line how it stands, for the eye and for a screen reader."""
    refused = errors or sum(one.level == "refuse" for one in found)
    warned = sum(one.level != "refuse" for one in found)
    holds = (
        say("{count} to mend before it can be kept", count=refused)
        if refused
        else say("Nothing here stands against keeping it")
    )
    return joined([holds, say("{count} to look at again", count=warned)], ". ") if warned else holds
