"""What a session tells whoever looks over many: the same from a few of its lines as from all of them."""

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sessions.attempts import TELLING, Told, attempts_of, told_by
from sessions.people import Refused
from tests.sessions.room import Visit

_ANSWERS: tuple[dict[str, Any], ...] = (
    {"kind": "rung", "outcome": "completed", "rung": "two", "pain_worst": 2},
    {"kind": "rung", "outcome": "stopped_early", "rung": "one", "pain_worst": 9, "bleeding": "fresh_red"},
    {"kind": "rung", "outcome": "chose_not_to_insert"},
    {"kind": "release", "outcome": "done", "tender_after": 4},
    {"kind": "relaxation", "outcome": "partly", "worry": 3},
    {"kind": "exposure", "outcome": "met", "situation": "Looking at the box"},
)

records = st.tuples(st.just("records"), st.sampled_from(_ANSWERS))
about = st.integers(0, 5)
doings = st.lists(
    st.one_of(
        records,
        records,
        st.tuples(st.just("corrects"), about, st.sampled_from([None, *_ANSWERS])),
        st.tuples(
            st.just("follows"), about, st.sampled_from(["fine", "sore", "worse"]), st.none() | st.integers(0, 10)
        ),
        st.tuples(st.just("writes"), st.just("A message")),
        st.tuples(st.just("stops")),
        st.tuples(st.just("ends")),
        st.tuples(st.just("waits"), st.integers(1, 40)),
    ),
    max_size=25,
)


@given(doings)
def test_a_few_lines_tell_the_same_attempts_and_concerns_as_all_of_them(doings: list[tuple[Any, ...]]) -> None:
    visit = Visit()
    visit.opens()
    for doing in doings:
        with contextlib.suppress(Refused):
            _do(visit, *doing)

    told = told_by("s", [line for line in visit.ledger if isinstance(line.event, TELLING)])

    assert told == Told(attempts_of("s", visit.state), visit.state.concerns)
    assert told_by("s", visit.ledger) == told


def _do(visit: Visit, what: str, *rest: Any) -> None:
    match what, *rest:
        case "records", dict() as answers:
            fields = {name: value for name, value in answers.items() if name != "kind"}
            visit.patient.records(answers["kind"], **fields)
        case "corrects", int() as number, answers:
            fields = answers and {name: value for name, value in answers.items() if name not in ("kind", "rung")}
            visit.patient.corrects(_seq(visit, number), fields)
        case "follows", int() as number, outcome, pain:
            visit.patient.records("next_day", of=_seq(visit, number), outcome=outcome, pain=pain)
        case "writes", text:
            visit.patient.writes(text)
        case "stops", *_:
            visit.patient.stops()
        case "ends", *_:
            visit.therapist.ends()
        case "waits", hours:
            visit.now_ms += hours * 3_600_000


def _seq(visit: Visit, number: int) -> int:
    return visit.state.checkins[number].seq if number < len(visit.state.checkins) else 1
