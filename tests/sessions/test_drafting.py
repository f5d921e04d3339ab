"""What a note is drafted from: each line rests on lines of the ledger, and no number in it comes from elsewhere."""

import itertools
import re
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from exercises.model import Pattern
from sessions import events as e
from sessions.care import CareState
from sessions.drafting import Fact, facts_of, later_than
from sessions.events import Recorded
from sessions.evolve import replay
from sessions.flags import FLAG_BY_ID
from sessions.notes import FIELDS, SOAP, Section, Template, checked, filled, template_of, unknown_in
from sessions.people import Role
from sessions.programme import Item, Programme
from sessions.review import timeline
from sessions.system import CareNews
from sessions.teller import tell
from sessions.timeline import Timeline
from sessions.views import sees, without_struck
from tests.sessions import test_machine_properties
from tests.sessions.cast import CARE
from tests.sessions.room import DUE_MS, Visit

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
#: An instant, and not a length.
_INSTANT_MS = DUE_MS // 2


def drafted(visit: Visit) -> dict[str, list[Fact]]:
    line = timeline(visit.ledger, now_ms=visit.now_ms)
    return facts_of(visit.ledger, line)


def words(visit: Visit, field: str) -> list[str]:
    return [str(fact.words) for fact in drafted(visit)[field]]


def numbers_in(text: str) -> set[float]:
    return {float(found) for found in _NUMBER.findall(text)}


def patterns_in(value: object) -> Iterator[Pattern]:
    if isinstance(value, dict):
        if {"in_ms", "hold_in_ms", "out_ms", "hold_out_ms"} <= value.keys():
            yield msgspec.convert({name: value[name] for name in Pattern.__struct_fields__}, Pattern)
        for one in value.values():
            yield from patterns_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from patterns_in(one)


def follows_from(lines: list[Recorded], field: str, now_ms: int) -> set[float]:
    """Every number that these lines of the ledger can be the reason for."""
    events = msgspec.json.encode([line.event for line in lines]).decode()
    allowed = numbers_in(events)
    instants = {line.at for line in lines} | {int(one) for one in allowed if one > _INSTANT_MS} | {now_ms}
    instants |= {
        line.at - line.event.ago_ms for line in lines if isinstance(line.event, e.SessionStopped) and line.event.ago_ms
    }
    for first, second in itertools.combinations(sorted(instants), 2):
        length_ms = second - first
        allowed |= {length_ms // 60_000, length_ms // 60_000 + 1}
        allowed |= {length_ms // 1000} if length_ms < 60_000 else set()
    # What happened at the very beginning, and what did not last.
    allowed |= {0, 1}
    for pattern in patterns_in(msgspec.json.decode(events)):
        allowed.add(round(60_000 / pattern.period_ms, 1))
        allowed |= {ms / 1000 for ms in msgspec.structs.astuple(pattern)}
    if field == "today":
        # The list that was ticked from has numbers in its own words.
        ticked = (flag for line in lines for flag in getattr(line.event, "flags", ()))
        allowed |= {number for flag in ticked if flag in FLAG_BY_ID for number in numbers_in(FLAG_BY_ID[flag].told)}
    if field in ("consent", "comfort", "visit"):
        allowed |= set(range(len(lines) + 1))
    if field == "exercises":
        scripts = [line.event.script for line in lines if isinstance(line.event, e.ActivityOffered)]
        allowed |= set(range(max((len(script.steps) for script in scripts), default=0) + 1))
    return allowed


def nothing_is_made_up(visit: Visit) -> None:
    by_seq = {line.seq: line for line in visit.ledger}
    for field, facts in drafted(visit).items():
        for fact in facts:
            assert fact.seqs, f"{field}: {fact.words} rests on nothing"
            lines = [by_seq[seq] for seq in dict.fromkeys(fact.seqs)]
            extra = numbers_in(str(fact.words)) - follows_from(lines, field, visit.now_ms)
            assert not extra, f"{field}: {fact.words} has {extra}, which no line of {fact.seqs} gives"


class AnyDraft(test_machine_properties.AnyVisit):
    """Whatever happens in a visit, its note says nothing that the ledger does not."""

    def teardown(self) -> None:
        nothing_is_made_up(self.visit)


def test_no_line_of_a_draft_says_what_the_ledger_does_not() -> None:
    run_state_machine_as_test(
        AnyDraft,
        settings=settings(
            max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_quiet_visit_says_no_more_than_there_was() -> None:
    visit = Visit()
    visit.opens()
    visit.tick(10 * 60_000)
    visit.therapist.ends()

    facts = drafted(visit)

    assert set(facts) == set(FIELDS)
    empty = {"patient_words", "comfort", "exercises", "breath", "ratings", "pauses", "stops", "scratch", "programme"}
    assert not [field for field in empty if facts[field]]
    assert "It took 10 min; " in " ".join(words(visit, "visit"))


def test_what_was_corrected_stands_as_corrected_and_what_was_struck_out_is_not_told() -> None:
    visit = Visit()
    visit.opens()
    visit.patient.records("rung", outcome="completed", pain_worst=7, note="too fast")
    visit.patient.corrects(visit.state.checkins[-1].seq, {"kind": "rung", "outcome": "completed", "pain_worst": 4})
    visit.patient.records("relaxation", outcome="done", worry=9)
    visit.patient.corrects(visit.state.checkins[-1].seq, None)

    told = [*words(visit, "ratings"), *words(visit, "patient_words")]

    assert len(told) == 1
    assert "pain at its most 4" in told[0]


def test_a_patients_line_and_a_therapists_hearing_are_told_apart() -> None:
    visit = Visit()
    visit.opens()
    visit.patient.records("relaxation", outcome="done", note="It tickled")
    visit.therapist.records("relaxation", heard=True, outcome="partly", note="Said so")

    assert words(visit, "patient_words") == ["In a check-in: “It tickled”"]
    assert words(visit, "ratings") == ["Check-in: As planned.", "Check-in, as told to the therapist: In part."]


def test_minutes_steps_and_measures_of_an_exercise_with_a_size() -> None:
    visit = Visit()
    visit.opens()
    visit.runs("dilate")
    visit.goes_inside(1)
    visit.tick(3 * 60_000)
    visit.therapist.finishes()

    (told,) = words(visit, "exercises")

    assert re.fullmatch(r".+: 3 min, 2 of \d+ steps, Two \(15 mm\).*\.", told), told


def test_a_stop_says_who_and_whether_it_was_lifted() -> None:
    visit = Visit()
    visit.opens()
    visit.tick(5 * 60_000)
    visit.patient.stops()
    visit.tick(90_000)
    visit.patient.is_ready()
    visit.tick(1_000)
    visit.therapist.stops()
    visit.tick(1_000)
    visit.therapist.ends()

    assert words(visit, "stops") == [
        "Stop by the patient in minute 6, ready again after 1 min.",
        "Stop by the therapist in minute 7. It was not lifted.",
    ]


def test_changes_of_the_programme_in_the_visit_are_listed_once() -> None:
    visit = Visit()
    visit.opens()
    before = Programme(version=1, items=(Item("a", "calm", 1, 3), Item("b", "soothe", 1, 2)), valid_from_ms=0)
    after = Programme(
        version=2, items=(Item("a", "calm", 1, 5, minutes=10), Item("c", "squeeze", 1, 1)), valid_from_ms=0
    )
    for programme in (before, after):
        visit.system(CareNews(care=msgspec.structs.replace(CARE, programme=programme)))

    told = words(visit, "programme")

    assert told == [
        "Home programme: calm, 3 times a week.",
        "Home programme: soothe, 2 times a week.",
        "Home programme: calm, 5 times a week, 10 min.",
        "Home programme: squeeze, 1 time a week.",
        "Home programme: soothe taken out.",
    ]


def test_a_visit_that_nobody_came_to_says_so_and_nothing_of_consent() -> None:
    visit = Visit()
    visit.tick(24 * 3_600_000)

    told = words(visit, "visit")

    assert "The arrival check was not confirmed." in told
    assert not [line for line in told if "Consent" in line or "It took" in line]


def test_nothing_of_an_empty_ledger_breaks() -> None:
    line: Timeline = timeline([], now_ms=0)

    assert not any(facts_of([], line).values()) or facts_of([], line)["visit"]


def struck(visit: Visit) -> list[Recorded]:
    last = visit.ledger[-1]
    of = tuple(note.seq for note in visit.state.notes)
    line = Recorded(seq=last.seq + 1, at=last.at, by="t1", role=Role.THERAPIST, event=e.NotesStruck(of=of))
    return [*visit.ledger, line]


def test_struck_notes_are_gone_from_state_sentences_and_ledger_but_not_their_lines() -> None:
    visit = Visit()
    visit.opens()
    visit.therapist.notes("Jaw tight.")
    lines = struck(visit)

    assert replay(lines).notes == ()
    assert [told.words for told in tell(lines, {})][-2:] == [
        "Note by Therapist, struck since",
        "The notes of the visit were struck, as the note was signed",
    ]
    assert "Jaw tight." not in msgspec.json.encode(without_struck(lines)).decode()
    assert [line.seq for line in without_struck(lines)] == [line.seq for line in lines]
    assert sees(Role.THERAPIST, lines[-1].event)
    assert not sees(Role.PATIENT, lines[-1].event)
    assert not sees(Role.SUPPORT, lines[-1].event)


def test_striking_notes_is_no_news_for_the_note() -> None:
    visit = Visit()
    visit.opens()
    visit.therapist.notes("Jaw tight.")
    lines = struck(visit)

    assert later_than(lines, len(lines) - 1) == []
    assert [line.seq for line in later_than(lines, len(lines) - 2)] == [len(lines) - 1]


def test_care_without_a_history_says_nothing_of_goals() -> None:
    visit = Visit(care=CareState())
    visit.opens()

    assert words(visit, "goals") == []


# Templates


def test_a_field_becomes_its_lines_and_an_empty_one_leaves_no_hole() -> None:
    lines = {"exercises": ["One.", "Two."], "pauses": []}

    assert filled("Done:\n{exercises}\n{pauses}\nBreath {breath}!", lines) == "Done:\nOne.\nTwo.\nBreath !"


def test_a_name_that_is_no_field_stays_as_it_was_typed() -> None:
    assert filled("{pelvis} and {exercises}", {"exercises": ["Calm."]}) == "{pelvis} and Calm."
    assert unknown_in("{pelvis}, {exercises}, {pelvis}, {}") == ["pelvis", ""]


def test_what_a_patient_wrote_in_braces_is_no_field() -> None:
    assert filled("{patient_words}", {"patient_words": ["{stops}"], "stops": ["Secret."]}) == "{stops}"


@pytest.mark.parametrize(
    ("template", "field"),
    [
        (Template("a", " ", SOAP.sections), "name"),
        (Template("a", "A", ()), "title_0"),
        (Template("a", "A", (Section("", "{exercises}"),)), "title_0"),
        (Template("a", "A", (Section("O", "x"), Section("P", "{exercise}"))), "text_1"),
        (Template("a", "A", SOAP.sections, billing=("Units", "units")), "billing"),
    ],
)
def test_what_is_wrong_with_a_template_is_said_beside_its_field(template: Template, field: str) -> None:
    assert list(checked(template)) == [field]


def test_our_own_template_names_fields_that_there_are() -> None:
    assert checked(SOAP) == {}


def test_a_template_that_was_removed_since_gives_way_to_the_clinics_first_and_to_soap() -> None:
    own = Template("own", "Own", SOAP.sections)

    assert template_of([own], "gone") is own
    assert template_of([own], "soap") is SOAP
    assert template_of([], "gone") is SOAP
