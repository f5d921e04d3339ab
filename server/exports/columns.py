"""The columns of the tables of a copy, each with what it is; docs/reference/csv.md is held to these words by a test."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from sessions.checkins import KINDS

ANSWERS: Final = tuple(
    dict.fromkeys(
        field for shape in KINDS.values() for field in shape.__struct_fields__ if field not in ("rung", "outcome")
    )
)


class Column(Struct, frozen=True):
    name: str
    is_: str


def _columns(**told: str) -> tuple[Column, ...]:
    return tuple(Column(name, words) for name, words in told.items())


TABLES: Final[Mapping[str, tuple[Column, ...]]] = {
    "sessions": _columns(
        session="id of the session",
        kind="visit or practice",
        due_at="when it was planned for; of a practice, when it was begun",
        opened_at="when it was opened; empty where nobody came",
        ended_at="when it ended; empty while it goes on",
        end_reason="ended, not_held or both_left",
        minutes="whole minutes from opening to end",
        programme="of a practice, the version of the programme that it followed",
        exercises="how many exercises were begun",
        breaths="how many breaths the pacer began",
        pauses="how many pauses there were",
        stops="how many times Stop was pressed",
        checkins="how many check-ins stand; of those that the patient keeps to themself only their own copy knows",
    ),
    "exercises": _columns(
        session="id of the session",
        exercise="id of the exercise in the library",
        title="its name, as it was offered",
        from_at="when its first breath began",
        until_at="when it ended",
        length_ms="how long that was, in milliseconds",
        steps_shown="how many of its steps were on the screens",
        steps="how many steps it has, without a way out that nobody needed",
        rung="the size that it ended with, by name",
        diameter_mm="its diameter",
        length_mm="its length",
        ended="finished, stopped, ended (with the session), or empty while it goes on",
    ),
    "moments": _columns(
        session="id of the session",
        seq="number of the line in the session's record",
        at="when it happened",
        by="patient, therapist, support or system",
        words="what happened, as a sentence",
        more="what belongs to it",
    ),
    "pace": _columns(
        session="id of the session",
        from_at="from when on the pacer breathed like this",
        until_at="until when",
        in_ms="breath in",
        hold_in_ms="hold after it",
        out_ms="breath out",
        hold_out_ms="hold after that",
        breaths="how many breaths began",
    ),
    "checkins": _columns(
        session="id of the session",
        seq="number of the line in the session's record",
        at="when it was recorded",
        heard="yes where the therapist wrote it down as the patient told it",
        corrected_at="when it was corrected or struck out",
        struck_out="yes where it was struck out; its answers are then empty",
        kind="relaxation, rung, release, exposure or next_day",
        outcome="what came of it",
        rung="the size, by name",
        diameter_mm="its diameter, as the ladder had it then",
        length_mm="its length, as the ladder had it then",
        **dict.fromkeys(ANSWERS, "an answer; docs/reference/protocol.md names its values"),
        private="yes where the patient keeps it to themself: in no copy but their own",
    ),
    "heart": _columns(
        session="id of the session",
        at="when the minute ended",
        swing="the heart's mean swing with the breath, in beats a minute",
        rate="mean heart rate, beats a minute",
        breaths="over how many breaths",
    ),
    "messages": _columns(
        session="id of the visit; empty for those of the journal",
        at="when it was written",
        by="patient or therapist",
        name="who wrote it",
        text="the message",
    ),
    "measures": _columns(
        at="when it was answered or entered",
        on="the day of a paper form",
        by="patient or therapist",
        measure="id of the measure; docs/how-to/measures.md tells them",
        item="id of the question; total for what they come to",
        label="the patient's own words for what was rated",
        value="the answer, or the total",
    ),
    "thoughts": _columns(
        at="when it was written",
        situation="what happened",
        thought="what went through the head",
        for_it="what speaks for it",
        against_it="what speaks against it",
        another_way="another way to see it",
        worry_before="worry before, 0 to 10",
        worry_after="worry after, 0 to 10",
    ),
    "situations": _columns(
        at="when it was listed or met",
        what="listed or met",
        situation="the situation",
        outcome="of one that was met: met, partly or chose_not_to",
        fear_expected="fear as expected, 0 to 10",
        fear_peak="fear at its most",
        fear_end="fear at the end",
        note="a line about it",
    ),
    "beside": _columns(
        kind="lidocaine, oestrogen, muscle_relaxant, injection or other",
        name="what it is called",
        from_day="the first day",
        until_day="the last day; empty while it goes on",
        note="a line about it",
    ),
    "care": _columns(
        seq="number of the line in the care record",
        at="when it was recorded",
        by="who, by role",
        name="who, by name",
        what="what changed, by the code's own word",
        words="what was written with it",
    ),
    "programme": _columns(
        version="of the programme; a change makes a new one",
        from_at="from when on it held",
        item="id of the item, the same through all versions",
        exercise="id of the exercise",
        times_a_week="how often",
        minutes="how long; empty where it takes as long as it takes",
        rung="id of the rung",
        note="the therapist's line for the patient",
    ),
    "documents": _columns(
        document="id of the document",
        kind="note, letter, pathway or comment",
        session="id of the session that it is about",
        amends="id of the document that it amends",
        author="who signed it",
        signed_at="when",
        state="signed, or withheld from the patient's own copy",
        part="heading of the part; a document has a row for each",
        text="its text",
    ),
    "seen_by": _columns(
        at="when",
        name="who, by name; empty for the program itself and for whoever is not known any more",
        what="what they did, by the code's own word",
        own="yes where it was the patient themself",
    ),
}
