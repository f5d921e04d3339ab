"""Where a safety rule or a suggestion begins: numbers that a clinic may move within limits, each with its source.

The defaults are cautious, and come from the published guides that are named beside them; where none was found, that
is said. Status: draft, until a clinician of the clinic has looked at them.
"""

from typing import Final

from msgspec import Struct, structs

from exercises.saying import say
from sessions.people import Refused

VERSION: Final = 1


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """Ratings are 0 to 10, 10 the most."""

    pain_stop: int = 7
    pain_easing: int = 4
    pain_next_day: int = 5
    guarding_high: int = 7
    bleeding_repeats: int = 2
    up_sessions: int = 3
    up_days: int = 2
    up_pain: int = 2
    up_pain_after: int = 1
    up_worry: int = 3
    up_guarding: int = 3
    smaller_pain: int = 5
    gap_days: int = 14
    plateau_days: int = 35


class Limit(Struct, frozen=True):
    """What one threshold may be: `least` to `most`, what it does, and where the default comes from."""

    name: str
    words: str
    least: int
    most: int
    unit: str
    source: str


_OWN = "No published figure was found: our own choice, for a clinician to confirm."

LIMITS: Final[tuple[Limit, ...]] = (
    Limit(
        "pain_stop",
        "Pain from which inside work ends for now and waits for the therapist",
        4,
        8,
        say("of 10"),
        "Dilator guides tell people to stay below 4 (BIEN) or 3 to 4 (VuVa); 7 leaves no doubt.",
    ),
    Limit(
        "pain_easing",
        "Pain from which the screen offers smaller or out",
        2,
        6,
        say("of 10"),
        say("BIEN: keep discomfort under 4 of 10. VuVa: not above 3 to 4."),
    ),
    Limit(
        "pain_next_day",
        "Pain on the next day from which inside work waits",
        2,
        7,
        say("of 10"),
        "Hull University Teaching Hospitals: soreness that stays is a reason to call. The number is our own choice.",
    ),
    Limit("guarding_high", "Tightening that counts as strong", 5, 9, say("of 10"), _OWN),
    Limit(
        "bleeding_repeats",
        "Practices in a row with any bleeding, from which inside work waits",
        1,
        4,
        say("practices"),
        "Vejthani: light spotting can happen; more needs a clinician. The count is our own choice.",
    ),
    Limit("up_sessions", "Practices at a size before a larger one is suggested", 2, 14, say("practices"), _OWN),
    Limit("up_days", "Different days that these lie on", 2, 14, say("days"), _OWN),
    Limit(
        "up_pain",
        "Most pain in them",
        0,
        3,
        say("of 10"),
        say("VuVa: move on when the size goes in with ease. The number is our own choice."),
    ),
    Limit("up_pain_after", "Most pain afterwards or on the next day in them", 0, 2, say("of 10"), _OWN),
    Limit("up_worry", "Most worry in them", 0, 5, say("of 10"), _OWN),
    Limit("up_guarding", "Most tightening in them", 0, 5, say("of 10"), _OWN),
    Limit(
        "smaller_pain",
        "Pain from which a smaller step is suggested",
        3,
        6,
        say("of 10"),
        "A UK clinic's guide (whik.co.uk): go smaller where insertion is hard. The number is our own choice.",
    ),
    Limit("gap_days", "Days without practice after which a smaller step is suggested", 7, 60, say("days"), _OWN),
    Limit(
        "plateau_days", "Days at one size, with practice, after which a review is suggested", 21, 90, say("days"), _OWN
    ),
)


def checked(given: Thresholds) -> Thresholds:
    """The thresholds themselves. Raises Refused, with the safe range of each that is outside it."""
    wrong = {
        limit.name: say(
            "Choose {least} to {most} {unit}. Outside that it would not be safe.",
            least=limit.least,
            most=limit.most,
            unit=limit.unit,
        )
        for limit in LIMITS
        if not limit.least <= getattr(given, limit.name) <= limit.most
    }
    if given.pain_easing >= given.pain_stop:
        wrong.setdefault(
            "pain_easing", say("Choose a number below {pain_stop}, where inside work ends.", pain_stop=given.pain_stop)
        )
    if given.smaller_pain <= given.up_pain:
        wrong.setdefault(
            "smaller_pain",
            say("Choose a number above {up_pain}, up to which a larger size is open.", up_pain=given.up_pain),
        )
    if wrong:
        raise Refused("bad_message", "Some of these numbers are outside the safe range.", fields=wrong)
    return given


def changed(before: Thresholds, after: Thresholds) -> dict[str, tuple[int, int]]:
    """Which differ: name to old and new."""
    old, new = structs.asdict(before), structs.asdict(after)
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}
