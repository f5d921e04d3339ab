"""A practice at home, where the patient drives and nobody is there to ask."""

import pytest

from sessions import commands as c
from sessions import events as e
from sessions import system
from sessions.deadlines import deadlines
from sessions.evolve import evolve
from sessions.flags import Tier
from sessions.inside import FETCHED_FOR_MS, SCREENED_FOR_MS
from sessions.machine import decide
from sessions.moment import Moment
from sessions.people import SYSTEM, Actor, Refused, Role, Shared
from sessions.review import timeline
from sessions.safety import SAY
from sessions.told import LEAD_MS
from sessions.views import event_for, sees, view
from tests.sessions.at_home import BEGUN_MS, EXERCISES, PATIENT, AtHome
from tests.sessions.cast import SUSPENDED_CARE
from tests.sessions.room import Visit, refused, types


@pytest.fixture
def home() -> AtHome:
    """Begun, and today's questions are answered: nothing of the list."""
    home = AtHome()
    home.screens()
    return home


@pytest.fixture
def inside(home: AtHome) -> AtHome:
    home.runs("dilate")
    home.goes_inside()
    return home


# Beginning


def test_a_practice_is_open_from_its_first_line_and_nobody_is_missed():
    home = AtHome()

    assert home.state.phase == "open"
    assert home.state.opened_at == BEGUN_MS
    assert home.state.absent == {}
    assert deadlines(home.state, "s", not_before_ms=0) == []


def test_whoever_chooses_an_exercise_for_themselves_has_said_yes(home: AtHome):
    events = home.asks("activity.offer", exercise="calm")

    assert types(events) == ["activity.offered", "activity.answered"]
    assert home.state.running == "agreed"
    assert types(home.asks("activity.start")) == ["activity.started"]


def test_a_change_is_dated_as_little_ahead_as_an_eye_needs(home: AtHome):
    home.asks("activity.offer", exercise="calm")
    home.asks("activity.start")

    assert home.state.pacer is not None
    assert home.state.pacer.anchor_ms == home.now_ms + LEAD_MS


def test_in_a_visit_the_patient_offers_nothing_and_knows_no_practice(visit: Visit):
    with refused("not_allowed"):
        visit.patient.offers("calm")
    for command in (c.PracticeScreen, c.PracticeEnd):
        with refused("not_allowed"):
            visit.patient.asks(command)


@pytest.mark.parametrize("command", [c.VisitEnd, c.ActivityWithdraw, c.MessageSay, c.NoteWrite, c.ArrivalConfirm])
def test_what_only_a_visit_has_is_not_there(home: AtHome, command: type[c.Command]):
    fields = dict.fromkeys(set(command.__struct_fields__) - {"id"}, "x")
    for role in (Role.PATIENT, Role.THERAPIST):
        moment = Moment(actor=Actor("p1", role), now_ms=home.now_ms, lead_ms=LEAD_MS, find=EXERCISES.get)
        with refused("not_allowed"):
            decide(home.state, command(id="", **fields), moment)


# Today's questions


def test_inside_waits_for_todays_questions():
    home = AtHome()

    with refused("not_now"):
        home.asks("activity.offer", exercise="dilate")

    home.screens()
    assert types(home.asks("activity.offer", exercise="dilate")) == ["activity.offered", "activity.answered"]


def test_what_is_outside_the_body_needs_no_questions():
    home = AtHome()
    home.runs("calm")

    assert home.state.running == "running"


def test_a_red_flag_of_today_raises_and_suspends_as_at_arrival():
    home = AtHome()

    events = home.asks("practice.screen", flags=["spotting", "fever"])

    assert types(events) == ["practice.screened", "concern.raised", "concern.raised", "care.changed"]
    assert [concern.rule for concern in home.state.concerns] == ["flag_fever", "flag_spotting"]
    assert home.state.care.suspended is not None
    assert home.state.care.suspended.say == SAY[Tier.SAME_DAY]
    assert home.view["screened"] == {"at": BEGUN_MS, "clear": False}
    with refused("suspended"):
        home.asks("activity.offer", exercise="dilate")


def test_what_is_only_to_know_stays_clear():
    home = AtHome()
    home.screens("spotting", "mild_ache")

    assert home.view["screened"] == {"at": BEGUN_MS, "clear": True}
    assert home.state.care.suspended is None


def test_a_flag_that_is_taken_back_takes_no_suspension_with_it(home: AtHome):
    home.screens("lump")
    home.screens()

    assert home.state.screened is not None
    assert home.state.screened.clear
    assert home.state.care.suspended is not None
    with refused("suspended"):
        home.asks("activity.offer", exercise="dilate")


def test_the_questions_of_the_morning_do_not_answer_for_the_night(home: AtHome):
    home.tick(SCREENED_FOR_MS)
    home.asks("activity.offer", exercise="dilate")
    home.tick(1)

    with refused("not_now"):
        home.asks("activity.start")


@pytest.mark.parametrize(("age_ms", "code"), [(FETCHED_FOR_MS + 1, "not_now"), (None, "not_now"), (FETCHED_FOR_MS, "")])
def test_a_programme_that_is_over_14_days_old_leads_nobody_inside(age_ms: int | None, code: str):
    home = AtHome(fetched_ms=None if age_ms is None else BEGUN_MS - age_ms)
    home.screens()

    if not code:
        assert home.asks("activity.offer", exercise="dilate")
        return
    with refused(code):
        home.asks("activity.offer", exercise="dilate")
    assert home.asks("activity.offer", exercise="calm")


def test_what_the_phone_knew_to_be_suspended_is_not_begun():
    home = AtHome(care=SUSPENDED_CARE)
    home.screens()

    with refused("suspended"):
        home.asks("activity.offer", exercise="dilate")


# A screen that was gone


@pytest.mark.parametrize("gone_ms", [0, 14_999])
def test_a_glance_elsewhere_changes_nothing(inside: AtHome, gone_ms: int):
    assert inside.asks("practice.back", gone_ms=gone_ms) == []


def test_a_screen_that_was_gone_outside_waits(home: AtHome):
    home.runs("calm")

    assert types(home.asks("practice.back", gone_ms=15_000)) == ["activity.paused"]
    assert home.view["activity"]["paused"]["by"] == "system"
    assert types(home.asks("activity.resume")) == ["activity.resumed"]


def test_a_screen_that_was_gone_inside_ends_the_yes_and_shows_the_way_out(inside: AtHome):
    events = inside.asks("practice.back", gone_ms=15_000)

    assert types(events) == ["consent.ended", "activity.paused", "step.changed"]
    assert inside.view["activity"]["step"] == 3


def test_a_pause_of_the_patients_stays_the_patients(home: AtHome):
    home.runs("calm")
    home.asks("activity.pause")

    assert home.asks("practice.back", gone_ms=3_600_000) == []
    assert home.view["activity"]["paused"]["by"] == "patient"


# What happens by itself, and what does not


def test_the_yes_ends_with_a_pause_of_two_minutes(inside: AtHome):
    inside.asks("activity.pause")
    inside.tick(120_000)

    assert inside.state.activity is not None
    assert inside.state.activity.step_consent is None
    assert types(inside.asks("activity.resume")) == ["step.asked"]


def test_nothing_of_a_visits_clock_and_no_news_reach_a_practice(inside: AtHome):
    news: tuple[system.SystemCommand, ...] = (
        system.BothLeft(),
        system.NotHeld(),
        system.WaitTooLong(),
        system.PresenceLose(person="p1", since_ms=1),
        system.InternalAlone(role=Role.THERAPIST, since_ms=1),
        system.CareNews(care=SUSPENDED_CARE),
        system.CompanyNews(support={"s1": Shared(checkins=True)}),
    )
    moment = Moment(actor=SYSTEM, now_ms=inside.now_ms + 7_200_000, lead_ms=LEAD_MS, find=EXERCISES.get)

    assert [decide(inside.state, one, moment) for one in news] == [[]] * len(news)


# The end


def test_the_end_leaves_the_way_out_on_the_screen(inside: AtHome):
    assert types(inside.asks("practice.end")) == ["practice.ended"]

    assert inside.view["phase"] == "ended"
    assert inside.view["end_reason"] == "ended"
    assert inside.view["way_out"]["step"] == 3
    with refused("not_now"):
        inside.asks("activity.offer", exercise="calm")
    with refused("not_now"):
        inside.asks("practice.end")


def test_a_practice_ends_while_everything_is_stopped(inside: AtHome):
    inside.asks("session.stop")

    assert types(inside.asks("practice.end")) == ["practice.ended"]


def test_how_the_days_after_were_is_told_after_the_end(home: AtHome):
    home.asks("checkin.record", kind="relaxation", answers={"outcome": "done"})
    of = home.state.checkins[-1].seq
    home.asks("practice.end")
    home.tick(24 * 3_600_000)

    events = home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "sore", "pain": 5})

    assert types(events) == ["checkin.recorded", "concern.raised", "care.changed"]
    home.tick(49 * 3_600_000)
    with refused("not_now"):
        home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "worse"})


# What is shown, and what is told


def test_the_patients_view_has_the_form_of_a_visits():
    assert view(AtHome().state, Role.PATIENT, lists=True).keys() == view(Visit().state, Role.PATIENT, lists=True).keys()


def test_what_was_ticked_and_what_was_kept_are_for_therapists():
    screened = e.PracticeScreened(flags=("own_life",), clear=False)

    assert event_for(Role.PATIENT, screened) == {"type": "practice.screened"}
    assert not sees(Role.PATIENT, e.PracticeKept(entry={}, why="not_now"))
    assert not any(sees(Role.SUPPORT, event) for event in (screened, e.PracticeEnded()))


def test_a_practice_is_read_afterwards_in_its_own_words(inside: AtHome):
    inside.asks("practice.back", gone_ms=20_000)
    inside.asks("activity.resume")
    inside.tick(5_000)
    inside.asks("practice.end")
    kept = e.PracticeKept(entry={"type": "step.go", "to": 9}, why="not_now")
    line = e.Recorded(seq=inside.state.seq + 1, at=inside.now_ms, by="", role=Role.SYSTEM, event=kept)

    told = timeline([*inside.ledger, line], now_ms=inside.now_ms, names={PATIENT.id: "Robin"})
    sentences = [f"{one.words} {one.more or ''}".strip() for one in told.moments]

    assert sentences[:2] == [
        "A practice at home began",
        "Robin answered the questions about today Ticked nothing of the list.",
    ]
    for words in (
        "Robin chose Dilate, Two (15 mm)",
        "Robin was asked about step 2, which is inside This is tip.",
        "The yes for the step ended, as the screen was away",
        "Paused by Ebb, as the screen was away",
        "Robin ended the practice",
        "Something could not be followed, and is kept as the phone told it step.go (not_now).",
    ):
        assert words in sentences
    assert not any("visit" in sentence.lower() for sentence in sentences)
    assert [activity.ended for activity in told.activities] == ["ended"]
    assert told.from_ms == BEGUN_MS


def test_a_ledger_may_hold_nothing_after_a_practice_but_what_is_kept(inside: AtHome):
    inside.asks("practice.end")
    kept = e.PracticeKept(entry={"type": "activity.pause"}, why="not_now")

    state = evolve(
        inside.state, e.Recorded(seq=inside.state.seq + 1, at=inside.now_ms, by="", role=Role.SYSTEM, event=kept)
    )

    assert state.phase == "ended"
    assert [one.entry for one in state.kept] == [{"type": "activity.pause"}]
    assert state.added == (state.seq,)


def test_every_refusal_is_a_sentence(home: AtHome):
    for kind, fields in (("activity.resume", {}), ("step.go", {"to": 1}), ("activity.offer", {"exercise": "together"})):
        with pytest.raises(Refused) as refusal:
            home.asks(kind, **fields)
        assert refusal.value.message.endswith(".")
