"""A number a minute of the patient's own belt: whose it is, when there is one, and who reads it."""

from collections.abc import Callable

import msgspec
import pytest

from sessions import commands as c
from sessions.heart import EVERY_MS
from sessions.machine import decide
from sessions.moment import Moment
from sessions.people import Role
from sessions.review import timeline
from sessions.state import HeartMinute
from sessions.teller import tell
from sessions.told import entry_of
from sessions.views import sees
from tests.sessions.at_home import BEGUN_MS, PATIENT, AtHome
from tests.sessions.cast import SHELF
from tests.sessions.room import LEAD_MS, Visit, refused, types


def test_a_minute_goes_into_the_record(calm: Visit) -> None:
    assert types(calm.patient.tells_of_the_heart(84)) == ["heart.recorded"]

    assert calm.state.heart == (HeartMinute(seq=calm.state.seq, at=calm.now_ms, swing_tenths=84, rate=68, breaths=6),)


def test_it_is_the_patients_own_to_tell(calm: Visit) -> None:
    for somebody in (calm.therapist, calm.second_therapist, calm.support):
        with refused("not_allowed"):
            somebody.tells_of_the_heart()


def test_one_a_minute_and_a_second_too_soon_is_refused(calm: Visit) -> None:
    calm.patient.tells_of_the_heart(80)
    calm.tick(EVERY_MS - 1)
    with refused("too_fast"):
        calm.patient.tells_of_the_heart(81)

    calm.tick(1)
    calm.patient.tells_of_the_heart(82)

    assert [minute.swing_tenths for minute in calm.state.heart] == [80, 82]


def test_it_rests_where_the_pacer_rests(calm: Visit) -> None:
    rests: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("not_now", calm.patient.pauses, calm.patient.resumes),
        ("not_now", lambda: calm.patient.feels("dizzy"), lambda: calm.patient.feels("settled")),
        ("not_now", calm.patient.finishes, calm.runs),
        ("stopped", calm.patient.stops, calm.patient.is_ready),
    ]
    for code, rest, go_on in rests:
        rest()
        with refused(code):
            calm.patient.tells_of_the_heart()
        go_on()


def test_there_is_none_before_a_visit_and_none_after_it(scheduled: Visit) -> None:
    with refused("not_now"):
        scheduled.patient.tells_of_the_heart()
    scheduled.opens()
    with refused("not_now"):
        scheduled.patient.tells_of_the_heart()
    scheduled.therapist.ends()
    with refused("not_now"):
        scheduled.patient.tells_of_the_heart()


def test_uneasy_goes_on_and_so_does_the_line(calm: Visit) -> None:
    calm.patient.feels("uneasy")

    calm.patient.tells_of_the_heart()

    assert len(calm.state.heart) == 1


def test_patient_and_therapist_are_sent_it_and_a_support_person_is_not(calm: Visit) -> None:
    (event,) = calm.patient.tells_of_the_heart()

    assert [role for role in Role if sees(role, event, seq=calm.state.seq, checkins_from=1)] == [
        Role.PATIENT,
        Role.THERAPIST,
    ]


def test_it_reads_as_a_plain_number_with_what_it_was_measured_over(calm: Visit) -> None:
    calm.patient.tells_of_the_heart(85, rate=68, breaths=6)

    line = tell(calm.ledger, {})[-1]

    assert line.words == "The heart’s swing over a minute: 8.5"
    assert line.more == "Mean rate 68, over 6 breaths."
    assert line.mark is None
    assert timeline(calm.ledger, now_ms=calm.now_ms).state.heart == calm.state.heart


@pytest.mark.parametrize(
    ("swing_tenths", "rate", "breaths"),
    [(-1, 68, 6), (601, 68, 6), (84, 29, 6), (84, 201, 6), (84, 68, 0), (84, 68, 16), (8.4, 68, 6), (None, 68, 6)],
)
def test_what_no_heart_does_is_no_command(swing_tenths: object, rate: object, breaths: object) -> None:
    told = {"type": "heart.record", "id": "0" * 32, "swing_tenths": swing_tenths, "rate": rate, "breaths": breaths}

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(told), type=c.Asked)


def test_a_practice_at_home_has_none() -> None:
    state = AtHome().state
    entry = {"type": "heart.record", "id": "0" * 32, "after_ms": 5, "swing_tenths": 84, "rate": 68, "breaths": 6}
    command = c.HeartRecord(id="0" * 32, swing_tenths=84, rate=68, breaths=6)

    with refused("not_allowed"):
        decide(state, command, Moment(actor=PATIENT, now_ms=BEGUN_MS, lead_ms=LEAD_MS, find=SHELF.get))

    assert entry_of(entry).command is None
