"""Beginnings of home programmes: five drafts of ours, and those that a clinic saves of its own.

A template knows nobody. It holds exercises with plain numbers to begin with, never a rung, a size or a line for a
patient, because those belong to one person; and it is only ever a filled-in form, which a therapist changes.

Our five are drafts until a clinician of the clinic has looked at them. How often is an ordinary default and no dose:
published sources disagree about doses, so that they are the therapist's. What the sources do say is their order:
breath and letting go before anything else; rest days that are planned; a look together 2 to 4 weeks after an
injection (Torosis et al., Obstetrics and Gynecology 2024); and a stage of keeping on, since effects fade.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from exercises.model import Pattern
from exercises.saying import say
from sessions.people import Refused
from sessions.programme import ITEMS_MOST, Item

TEMPLATES_MOST: Final = 30
NAME_MOST: Final = 60


class Beginning(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One exercise of a template."""

    exercise: str
    times_a_week: int
    minutes: int | None = None
    pattern: Pattern | None = None


class Template(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    id: str
    name: Annotated[str, Meta(min_length=1, max_length=NAME_MOST)]
    items: Annotated[tuple[Beginning, ...], Meta(min_length=1, max_length=ITEMS_MOST)]
    about: str = ""


#: The presets of the pacer that these use, by value: a preset that is edited later changes no template.
_GENTLE: Final = Pattern(in_ms=3_000, hold_in_ms=0, out_ms=4_000, hold_out_ms=0)

OURS: Final = (
    Template(
        "gentle-start",
        "Gentle start",
        (
            Beginning("soft-belly-breathing", 5, minutes=5, pattern=_GENTLE),
            Beginning("constructive-rest", 3),
            Beginning("grounding", 1),
        ),
        "The first days: a small breath, some rest, and what helps when it is too much.",
    ),
    Template(
        "down-training",
        "Down-training",
        (
            Beginning("soft-belly-breathing", 5),
            Beginning("pelvic-floor-drop", 5),
            Beginning("supported-butterfly", 3),
            Beginning("progressive-relaxation", 2),
            Beginning("body-scan", 2),
        ),
        "Learning to let go, with nothing inside.",
    ),
    Template(
        "dilator-start",
        "Dilator start",
        (
            Beginning("soft-belly-breathing", 4),
            Beginning("pelvic-floor-drop", 4),
            Beginning("mirror-and-touch", 2),
            Beginning("dilator-session", 3),
        ),
        "For after the clearance. You choose the rung and the minutes; days without it are planned.",
    ),
    Template(
        "after-injection",
        "After an injection",
        (
            Beginning("soft-belly-breathing", 5),
            Beginning("pelvic-floor-drop", 4),
            Beginning("dilator-session", 3),
        ),
        "Once whoever gave it agrees to work inside. Plan a look together 2 to 4 weeks after it; minutes and times "
        "are yours to set.",
    ),
    Template(
        "maintenance",
        "Maintenance",
        (
            Beginning("maintenance", 1),
            Beginning("soft-belly-breathing", 2),
        ),
        "Keeping what let go, in little time.",
    ),
)


def saved(own: tuple[Template, ...], *, new_id: str, name: str, items: tuple[Item, ...]) -> tuple[Template, ...]:
    """The clinic's templates with one more, or with the one of this name as it is now.

    Raises Refused where it is nameless, empty, one of ours by name, or one too many.
    """
    name = " ".join(name.split())
    if not name:
        raise _refused("Give the template a name.")
    if len(name) > NAME_MOST:
        raise _refused(say("{most} characters are the most that fit here.", most=NAME_MOST))
    if any(one.name.casefold() == name.casefold() for one in OURS):
        raise _refused("One of Ebb’s own templates has this name. Choose another.")
    if not 0 < len(items) <= ITEMS_MOST:
        raise _refused(say("A template holds 1 to {most} exercises.", most=ITEMS_MOST))
    known = next((one for one in own if one.name.casefold() == name.casefold()), None)
    template = Template(
        id=new_id if known is None else known.id,
        name=name,
        items=tuple(Beginning(item.exercise, item.times_a_week, item.minutes, item.pattern) for item in items),
    )
    if known is not None:
        return tuple(template if one.id == known.id else one for one in own)
    if len(own) >= TEMPLATES_MOST:
        raise _refused(
            say(
                "{most} templates are the most that fit here. Delete one that nobody uses.",
                most=TEMPLATES_MOST,
            )
        )
    return (*own, template)


def _refused(words: str) -> Refused:
    return Refused("bad_message", words, fields={"template_name": words})
