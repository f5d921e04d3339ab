"""What holds after every single line of every ledger, whatever people, networks and clocks have done."""

from exercises.model import Pattern
from exercises.pacer import check
from sessions import events as e
from sessions.people import Role
from sessions.state import Activity, Consent, SessionState

_PHASES = ("scheduled", "waiting", "open", "ended")
_UNWELL = ("uneasy", "dizzy")


class Promises:
    """Watches one session. Keeps what cannot be read off two states that follow each other."""

    def __init__(self) -> None:
        self._stopped_at_seq = 0
        self._breaths: dict[int, tuple[Pattern, int]] = {}

    def hold(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        self._the_ledger_goes_forward(before, line, after)
        self._a_stop_is_left_by_the_patient_alone(before, line, after)
        self._nothing_runs_that_was_not_agreed_to(before, line, after)
        self._a_yes_answers_the_question_that_was_asked(before, line, after)
        self._the_patients_pause_is_the_patients(before, line, after)
        self._inside_is_never_entered_by_itself(before, line, after)
        self._inside_nothing_goes_on_without_a_yes(before, line)
        self._unwell_nothing_moves_forward(before, line, after)
        self._a_step_turns_when_it_was_dated(before, line, after)
        self._a_no_is_not_asked_again(before, after)
        self._a_revision_is_one_breath(after)
        self._a_heart_is_told_by_the_patient_while_a_breath_goes_on(before, line, after)

    def _the_ledger_goes_forward(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        assert after.seq == line.seq == before.seq + 1
        assert before.phase != "ended", f"{line.event} after the end"
        assert _PHASES.index(after.phase) >= _PHASES.index(before.phase)

    def _a_stop_is_left_by_the_patient_alone(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        if after.stopped is not None:
            assert (after.activity, after.asking, after.pacer) == (None, None, None)
        if before.stopped is None and after.stopped is not None:
            self._stopped_at_seq = line.seq
        if before.stopped is not None and after.stopped is None:
            assert isinstance(line.event, e.SessionResumable)
            assert line.role is Role.PATIENT
            assert after.activity is None

    def _nothing_runs_that_was_not_agreed_to(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        if before.activity is None and after.activity is not None:
            assert isinstance(line.event, e.AskingAnswered)
            assert line.event.answer == "yes"
        if isinstance(line.event, e.ActivityStarted):
            assert after.activity is not None
            # After a stop it takes a later offer, and a yes to that one.
            assert after.activity.agreed.ask > self._stopped_at_seq
            assert line.role is after.driver

    def _a_yes_answers_the_question_that_was_asked(
        self, before: SessionState, line: e.Recorded, after: SessionState
    ) -> None:
        was, now = _consents(before.activity), _consents(after.activity)
        for consent in now - was:
            assert isinstance(line.event, e.AskingAnswered)
            assert line.role is Role.PATIENT
            assert before.asking is not None
            assert (consent.ask, consent.what) == (before.asking.seq, before.asking.what)
            assert line.event.ask == before.asking.seq
        if after.activity is not None and after.activity.step_consent is not None:
            # It lives while the step lasts; between the yes and the step stands nothing but the next line.
            assert after.activity.on_internal or isinstance(line.event, e.AskingAnswered)

    def _the_patients_pause_is_the_patients(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        was = before.activity.pause if before.activity else None
        if was is None or was.by is Role.THERAPIST or after.activity is None:
            return
        if after.activity.pause is None:
            assert line.role is Role.PATIENT
        else:
            assert after.activity.pause.by is not Role.THERAPIST
            assert after.activity.pause.at == was.at

    def _inside_nothing_goes_on_without_a_yes(self, before: SessionState, line: e.Recorded) -> None:
        if isinstance(line.event, e.ActivityResumed):
            assert before.activity is not None
            assert before.activity.step_consent is not None or not before.activity.on_internal

    def _inside_is_never_entered_by_itself(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        inside = after.activity is not None and after.activity.on_internal
        if after.care.suspended is not None:
            assert not inside
            if after.asking is not None and after.asking.what == "step":
                raise AssertionError("asked to go inside while it is suspended")
        if not isinstance(line.event, e.StepChanged) or not inside or before.activity is None:
            return
        step, to = before.activity.step, line.event.to
        if to > step or not before.activity.on_internal:
            consent = before.activity.step_consent
            assert consent is not None
            # The yes is the one that was said just now, not one that was left over.
            assert consent.at == line.at
            assert before.comfort not in _UNWELL

    def _a_step_turns_when_it_was_dated(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        if isinstance(line.event, e.StepChanged) and line.event.at_ms > line.at:
            assert before.activity is not None
            assert after.activity is not None
            assert after.activity.shown_at(line.at) == before.activity.shown_at(line.at)

    def _unwell_nothing_moves_forward(self, before: SessionState, line: e.Recorded, after: SessionState) -> None:
        if after.comfort in _UNWELL:
            assert after.asking is None or after.asking.what == "activity"
        if before.comfort not in _UNWELL:
            return
        event, activity = line.event, before.activity
        if isinstance(event, e.ActivityStarted):
            assert activity is not None
            assert activity.script.recovery
        if isinstance(event, e.StepChanged):
            assert activity is not None
            ways_out = {step.way_out for step in activity.script.steps}
            assert event.to in ways_out or event.to <= activity.step
        if isinstance(event, e.RungChosen) and before.care.ladder is not None:
            held = activity.rung if activity is not None else before.asking.rung if before.asking else None
            to, at = before.care.ladder.position(event.rung), before.care.ladder.position(held or "")
            assert to is not None
            assert at is None or to <= at
        assert not isinstance(event, e.StepAsked)

    def _a_no_is_not_asked_again(self, before: SessionState, after: SessionState) -> None:
        if after.asking is None or after.asking == before.asking:
            return
        if before.asking is None or before.asking.seq != after.asking.seq:
            step = after.asking.step if after.asking.what == "step" else None
            assert (after.asking.script.exercise, step) not in before.declined

    def _a_heart_is_told_by_the_patient_while_a_breath_goes_on(
        self, before: SessionState, line: e.Recorded, after: SessionState
    ) -> None:
        if not isinstance(line.event, e.HeartRecorded):
            assert after.heart == before.heart
            return
        assert (line.role, before.kind, before.phase) == (Role.PATIENT, "visit", "open")
        assert before.stopped is None
        assert before.comfort != "dizzy"
        assert before.activity is not None
        assert before.activity.pause is None
        assert before.pacer is not None
        assert after.heart[:-1] == before.heart
        assert not before.heart or line.at - before.heart[-1].at >= 50_000

    def _a_revision_is_one_breath(self, after: SessionState) -> None:
        if after.pacer is None:
            return
        pacer, turn = after.pacer, after.pacer.next
        self._one_breath(pacer.revision, pacer.pattern, pacer.anchor_ms)
        if turn is not None:
            self._one_breath(turn.revision, turn.pattern, turn.anchor_ms)

    def _one_breath(self, revision: int, pattern: Pattern, anchor_ms: int) -> None:
        assert check(pattern) is None
        assert self._breaths.setdefault(revision, (pattern, anchor_ms)) == (pattern, anchor_ms)


def _consents(activity: Activity | None) -> set[Consent]:
    if activity is None:
        return set()
    return {consent for consent in (activity.agreed, activity.step_consent) if consent is not None}
