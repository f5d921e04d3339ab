"""Measures: what is asked, when it is asked again, and what the answers come to. Pure.

Ids are neutral, because they stand in addresses and in the ledger. An answer that was left out is absent, and each
measure has one rule for what is missing; none of them fills anything in. Sources stand beside each definition.
Texts that may not be shipped are only names here (`ENTRIES`): a therapist enters the total of the clinic's own form.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from msgspec import Struct, structs

from exercises.saying import kept, say
from sessions.flags import Tier
from sessions.journal import JournalConcern, Measure
from sessions.people import Refused, Role

WEEK_MS: Final = 7 * 86_400_000
RULES_VERSION: Final = 1

Better = Literal["lower", "higher"]


class Item(Struct, frozen=True):
    """One question. `options` are (value, words); without them it is a scale from 0 to 10 with words at its ends."""

    id: str
    ask: str
    ends: tuple[str, str] = ("", "")
    options: tuple[tuple[int, str], ...] = ()
    better: Better = "lower"

    @property
    def values(self) -> range | tuple[int, ...]:
        return tuple(value for value, _ in self.options) or range(11)


class Definition(Struct, frozen=True):
    """A measure whose words Ebb may show. `weeks` is how long after an answer it waits again, or None for never.

    `title`, `ask` and `why` are read by the patient, `reading` and `source` by therapists. `unit` follows the total.
    """

    id: str
    title: str
    ask: str
    why: str
    items: tuple[Item, ...]
    reading: str
    source: str
    weeks: int | None = None
    better: Better = "lower"
    unit: str = ""
    bounds: tuple[int, int] = (0, 10)


class Outside(Struct, frozen=True):
    """A measure whose words may not be shipped: its name, what its total can be, and what was published about it."""

    id: str
    name: str
    bounds: tuple[float, float]
    reading: str


#: Fewer rated activities than this have no mean; more than this are not asked for.
ACTIVITIES_LEAST: Final = 3
ACTIVITIES: Final = tuple(f"a{number}" for number in range(1, 6))
#: Published smallest important differences of the mean, by how large the change is called (JOSPT 2014).
ACTIVITIES_MID: Final = (
    (2.7, say("a large change")),
    (2.3, say("a medium change")),
    (1.3, say("a small change")),
)
#: Either half of the 4 questions from here on is called positive (PHQ-4, Kroenke and others 2009).
MOOD_POSITIVE: Final = 3
WORRIES: Final = ("nervous", "worrying")
LOW: Final = ("little_interest", "feeling_down")
#: The same mark as `Thresholds.pain_stop` by default. Outside of a visit it suspends nothing: it is told.
PAIN_TOLD: Final = 7
#: The same in words, of `DAILY`.
A_LOT: Final = 2
#: Of the FSFI's 19 items, 15 have a 0 for "no activity". With more of them 0 or missing, its total says nothing.
FSFI_ZEROES: Final = 15
FSFI_ZEROES_MOST: Final = 7

_OFTEN: Final = (
    (0, "Not at all"),
    (1, "Several days"),
    (2, "More than half the days"),
    (3, "Nearly every day"),
)

SHIPPED: Final = (
    Definition(
        id="activities",
        title="Things you want to do",
        ask=(
            "Name 3 to 5 things that matter to you and are hard because of tightness, pain or fear. A tampon, an "
            "examination, sitting, sport, being close to somebody, being alone with your body: whatever is yours."
        ),
        why="So that what we look at together is what matters to you.",
        items=tuple(
            Item(name, "How easy is it now?", ("cannot do it", "as easy as I want"), better="higher")
            for name in ACTIVITIES
        ),
        reading=(
            "Patient-specific functional scale: mean of what was rated, 0 to 10, higher is easier. "
            "With fewer than 3 rated there is no mean. Changes of 1.3, 2.3 and 2.7 were published as small, medium "
            "and large; only answers about the same activities are compared."
        ),
        source="Patient-Specific Functional Scale; differences: JOSPT 2014, doi 10.2519/jospt.2014.5248.",
        weeks=4,
        better="higher",
        unit=say("of 10"),
    ),
    Definition(
        id="everyday",
        title="What it keeps you from",
        ask="In the last 4 weeks, how much did tightness, pain or fear of it keep you from what you wanted to do?",
        why="It can be about anything: a tampon, an examination, clothes, sitting, sport, closeness.",
        items=(
            Item(
                "interference",
                "In the last 4 weeks",
                options=(
                    (0, "Not at all"),
                    (1, "I noticed it, and did what I wanted"),
                    (2, "It often kept me from it"),
                    (3, "It kept me from it each time"),
                ),
            ),
        ),
        reading="Interference in our own words, 0 to 3, lower is better. It is not about intercourse alone.",
        source="Own wording; four steps of interference after an idea by Marinoff.",
        weeks=4,
        unit=say("of 3"),
        bounds=(0, 3),
    ),
    Definition(
        id="change",
        title="Since you began here",
        ask="All in all, compared with when you began here, how is it now?",
        why="You know this best. Numbers often miss it.",
        items=(
            Item(
                "change",
                "Compared with when you began",
                options=(
                    (3, "Much easier"),
                    (2, "Easier"),
                    (1, "A little easier"),
                    (0, "The same"),
                    (-1, "A little harder"),
                    (-2, "Harder"),
                    (-3, "Much harder"),
                ),
                better="higher",
            ),
        ),
        reading="Global change in our own words, 7 steps from −3 to +3, higher is better.",
        source="Own wording.",
        weeks=4,
        better="higher",
        bounds=(-3, 3),
    ),
    Definition(
        id="mood",
        title="The last 2 weeks",
        ask="Over the last 2 weeks, how often have you been bothered by the following problems?",
        why="How you are in yourself changes how a body feels. It tells us whether you want other support too.",
        items=(
            Item("nervous", "Feeling nervous, anxious or on edge", options=_OFTEN),
            Item("worrying", "Not being able to stop or control worrying", options=_OFTEN),
            Item("little_interest", "Little interest or pleasure in doing things", options=_OFTEN),
            Item("feeling_down", "Feeling down, depressed, or hopeless", options=_OFTEN),
        ),
        reading=(
            "PHQ-4: total 0 to 12, lower is better; 0 to 2 none, 3 to 5 mild, 6 to 8 moderate, 9 to 12 severe. "
            "Anxiety is the first two, low mood the last two; 3 or more of 6 is positive and asks for a conversation. "
            "It is a screen and no diagnosis, and it does not ask about thoughts of suicide."
        ),
        source="PHQ-4, Kroenke, Spitzer, Williams and Löwe 2009. Released by Pfizer in 2010 without restriction.",
        weeks=8,
        unit=say("of 12"),
        bounds=(0, 12),
    ),
    Definition(
        id="today",
        title="How it is today",
        ask="How is it now, or at its most today?",
        why="A few numbers between visits show what a visit alone cannot.",
        items=(
            Item("pain", "Pain", ("none", "the worst")),
            Item("worry", "Worry", ("none", "the most")),
            Item("tightening", "Tightening", ("none", "the most")),
            Item("control", "Feeling in control of my body", ("not at all", say("fully")), better="higher"),
        ),
        reading="Each rating stands alone, 0 to 10. About 2 points or 30 percent less pain counts as important.",
        source="Numeric ratings in our own wording; important change in pain: Farrar and others 2001.",
    ),
)

#: How somebody is today, one tap each. It stands on its own page and never waits among the questions.
DAILY: Final = Definition(
    id="day",
    title="How I am today",
    ask="How is it today?",
    why="A word between visits shows what a visit alone cannot.",
    items=(
        Item("myself", "In myself", options=((0, "Settled"), (1, "In between"), (2, "Uneasy"))),
        Item("body", "My body", options=((0, "At ease"), (1, "In between"), (2, "Tight"))),
        Item("pain", "Pain", options=((0, "None"), (1, "Some"), (2, "A lot"))),
    ),
    reading="Three words in our own wording, each by itself. They are never added up.",
    source="Own wording.",
    bounds=(0, 2),
)

ENTRIES: Final = (
    Outside(
        "fsfi",
        "FSFI",
        (2.0, 36.0),
        "Total 2 to 36. 26.55 or less was published as a mark of difficulty. If more than 7 of the 15 items that "
        "have a 0 are 0 or missing, the total is not valid, which is common where nothing is put in.",
    ),
    Outside("fsfi6", "FSFI-6", (0.0, 30.0), say("19 or less was published as a mark of difficulty.")),
    Outside("fsdsr", "FSDS-R", (0.0, 52.0), say("13 items of 0 to 4, higher is more distress.")),
    Outside("vpcq", "VPCQ", (-1000.0, 1000.0), "Enter the score of your own form."),
    Outside("vpss", "VPSS", (-1000.0, 1000.0), "Enter the score of your own form."),
    Outside("pcs", "PCS", (0.0, 52.0), say("13 items of 0 to 4.")),
    Outside("other", "Another one", (-1000.0, 1000.0), "Write its name beside the total."),
)

BY_ID: Final = {one.id: one for one in (*SHIPPED, DAILY)}
ENTRY_BY_ID: Final = {one.id: one for one in ENTRIES}


def checked(measure: Measure, role: Role) -> Measure:
    """What may be stored, with the total that this measure's rule makes of it. Raises Refused with the fields."""
    if (asked := BY_ID.get(measure.measure)) is not None:
        if role is not Role.PATIENT:
            raise Refused("not_allowed", "Only the patient answers these.")
        return _answered(asked, measure)
    outside = ENTRY_BY_ID.get(measure.measure)
    if outside is None:
        raise Refused("bad_message", "This measure is not known.", fields={"measure": "Choose one of the list."})
    if role is not Role.THERAPIST:
        raise Refused("not_allowed", "Only a therapist enters these.")
    return _entered(outside, measure)


def _answered(asked: Definition, measure: Measure) -> Measure:
    known = {item.id: item for item in asked.items}
    wrong = {
        name: "Choose one of the answers."
        for name, value in measure.answers.items()
        if name not in known or value not in known[name].values
    }
    if asked.id == "activities":
        unnamed = [name for name in measure.answers if name not in measure.labels]
        wrong |= {f"label_{name}": "Write what you rated here." for name in unnamed if name not in wrong}
    elif measure.labels:
        wrong["labels"] = "There is nothing to name here."
    if wrong:
        raise Refused("bad_message", "Some answers need another look.", fields=wrong)
    if not measure.answers:
        raise Refused(
            "bad_message",
            "No answer was chosen, so there is nothing to store.",
            fields={asked.items[0].id: "No answer was chosen yet. One is enough; you can also simply leave."},
        )
    in_order = {item.id: measure.answers[item.id] for item in asked.items if item.id in measure.answers}
    return structs.replace(measure, answers=in_order, total=total_of(asked.id, in_order), on=None)


def _entered(outside: Outside, measure: Measure) -> Measure:
    wrong = {}
    least, most = outside.bounds
    if measure.total is None or not math.isfinite(measure.total) or not least <= measure.total <= most:
        wrong["total"] = say("Write a number from {least} to {most}.", least=least, most=most)
    if outside.id == "other" and "name" not in measure.labels:
        wrong["name"] = "Write the name of this measure."
    zeroes = measure.answers.get("zeroes")
    if set(measure.answers) - {"zeroes"} or (zeroes is not None and outside.id != "fsfi"):
        wrong["measure"] = "Only the total is entered here."
    elif zeroes is not None and not 0 <= zeroes <= FSFI_ZEROES:
        wrong["zeroes"] = say("Write a number from 0 to {most}.", most=FSFI_ZEROES)
    if wrong:
        raise Refused("bad_message", "Some of this needs another look.", fields=wrong)
    return measure


def total_of(measure_id: str, answers: Mapping[str, int]) -> float | None:
    """The total by this measure's one rule, or None where too much is missing. In any order of the answers."""
    match measure_id:
        case "activities":
            rated = [answers[name] for name in ACTIVITIES if name in answers]
            return round(sum(rated) / len(rated), 1) if len(rated) >= ACTIVITIES_LEAST else None
        case "mood":
            halves = [half_of(answers, half) for half in (WORRIES, LOW)]
            return None if None in halves else float(sum(half for half in halves if half is not None))
        case "everyday":
            return _one(answers, "interference")
        case "change":
            return _one(answers, "change")
        case _:
            return None


def half_of(answers: Mapping[str, int], half: Iterable[str]) -> int | None:
    """Anxiety or low mood, 0 to 6. Both questions are needed."""
    values = [answers.get(name) for name in half]
    return None if None in values else sum(value for value in values if value is not None)


def is_positive(answers: Mapping[str, int]) -> bool:
    """Whether a half of the mood questions is at its mark already. What is missing could only add to it."""
    return any(sum(answers.get(name, 0) for name in half) >= MOOD_POSITIVE for half in (WORRIES, LOW))


def is_valid(measure: Measure) -> bool | None:
    """Of an FSFI whether its total says anything; None where nobody counted. Any other measure is what it is."""
    if measure.measure != "fsfi":
        return True
    zeroes = measure.answers.get("zeroes")
    return None if zeroes is None else zeroes <= FSFI_ZEROES_MOST


def concerns_of(measure: Measure) -> list[JournalConcern]:
    """What a therapist is told at once, in the note tier: a form alone is not enough."""
    if measure.measure == "mood" and is_positive(measure.answers):
        say = "Answers about worry or low mood are at the mark for a conversation"
        return [JournalConcern(rule="measure_mood", tier=Tier.NOTE, say=say, rules=RULES_VERSION)]
    pain = measure.answers.get("pain", 0)
    if measure.measure == "today" and pain >= PAIN_TOLD:
        say = kept("Rated pain at {pain} of 10 outside of a visit", pain=pain)
        return [JournalConcern(rule="measure_pain", tier=Tier.NOTE, say=say, rules=RULES_VERSION)]
    if measure.measure == DAILY.id and pain == A_LOT:
        say = "Said that there is a lot of pain, outside of a visit"
        return [JournalConcern(rule="measure_pain", tier=Tier.NOTE, say=say, rules=RULES_VERSION)]
    return []


def waiting(taken: Mapping[str, int], *, now_ms: int) -> list[Definition]:
    """What waits for this patient, by when each was last answered. It waits; it is never late.

    How it changed is asked only once there is something to compare with: 4 weeks after the first answer of all.
    """
    found = []
    for one in SHIPPED:
        if one.weeks is None:
            continue
        last_ms = taken.get(one.id)
        if last_ms is None and one.id == "change":
            last_ms = min(taken.values(), default=now_ms)
        if last_ms is None or now_ms - last_ms >= one.weeks * WEEK_MS:
            found.append(one)
    return found


def minutes_for(asked: Iterable[Definition]) -> int:
    """About how long these take; never less than 1."""
    return max(1, round(sum(len(one.items) for one in asked) / 6))


def step_between(first: Measure, last: Measure) -> str:
    """What the difference of two answers of one measure comes to, in words for therapists. Empty without both."""
    if first.total is None or last.total is None:
        return ""
    if first.labels != last.labels:
        return "Other activities than at first, so the two are not compared."
    by = round(last.total - first.total, 1)
    if by == 0:
        return "As at first."
    words = say("{by} higher than at first" if by > 0 else "{by} lower than at first", by=abs(by))
    if first.measure != "activities":
        return say("{words}.", words=words)
    size = next((size for least, size in ACTIVITIES_MID if abs(by) >= least), None)
    told = say("less than the smallest change that was published") if size is None else size
    return say("{words}: {size}.", words=words, size=told)


def _one(answers: Mapping[str, int], name: str) -> float | None:
    value = answers.get(name)
    return None if value is None else float(value)
