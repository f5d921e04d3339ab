"""Moving through a script: steps, rungs and pace, and who may move which way."""

from exercises import pacer as breath
from exercises.model import Pattern
from sessions import commands as c
from sessions import events as e
from sessions import inside, stage
from sessions.moment import Moment
from sessions.people import Refused, Role
from sessions.state import Activity, SessionState


def go(state: SessionState, command: c.StepGo, moment: Moment) -> list[e.AnyEvent]:
    """To a step: back and to the way out always, forward only settled, inward only by asking."""
    activity = stage.running(state)
    script, to = activity.script, command.to
    if to >= len(script.steps):
        raise Refused("bad_message", "This script has no such step.", fields={"to": "beyond the last step"})
    # Taking out the thing that is in needs nobody's leave, and does not wait for a breath.
    if to in {step.way_out for step in script.steps}:
        return _out(state, activity, to, moment)
    forward = to > activity.step
    if moment.actor.role is not state.driver and forward:
        raise Refused("not_allowed", "You can always go back or come out. Your therapist leads forward.")
    if script.steps[to].internal:
        return _onto_internal(state, activity, to, moment)
    if to == activity.step:
        return []
    if forward:
        _may_move_forward(state, activity, moment.actor.role)
    return [*_step_asking_ended(state), *stage.moved(state, activity, to, moment)]


def _out(state: SessionState, activity: Activity, to: int, moment: Moment) -> list[e.AnyEvent]:
    if to == activity.step:
        # Already out; a question that would lead in again is answered by this.
        return _step_asking_ended(state)
    return [
        *_step_asking_ended(state),
        e.StepChanged(to=to, was=activity.step, at_ms=moment.now_ms),
    ]


def _onto_internal(state: SessionState, activity: Activity, to: int, moment: Moment) -> list[e.AnyEvent]:
    if state.care.suspended is not None:
        raise Refused("suspended", inside.SUSPENDED)
    if to == activity.step and activity.step_consent is not None:
        return []
    if moment.actor.role is Role.PATIENT and activity.on_internal and to < activity.step:
        # The patient eases back: that is outward, so it needs no yes, and gives none either.
        ended: list[e.AnyEvent] = [e.ConsentEnded(reason="left")] if activity.step_consent is not None else []
        return [*_step_asking_ended(state), *ended, *stage.moved(state, activity, to, moment)]
    # From outside, a step back onto an internal one leads inward: it waits like any step forward.
    _may_move_forward(state, activity, moment.actor.role)
    stage.not_declined(state, activity, to, moment.actor.role)
    inside.may_begin(state, moment)
    if state.asking is not None and state.asking.step == to:
        return []
    return [*_step_asking_ended(state), e.StepAsked(step=to)]


def _may_move_forward(state: SessionState, activity: Activity, role: Role) -> None:
    if state.comfort in ("uneasy", "dizzy"):
        raise Refused("not_now", stage.uneasy(role))
    if activity.pause is not None:
        raise Refused("not_now", "It is paused. Go on first.")


def _step_asking_ended(state: SessionState) -> list[e.AnyEvent]:
    return stage.end_asking(state, "moved")


def choose_rung(state: SessionState, command: c.RungChoose) -> list[e.AnyEvent]:
    """The patient takes the same or a smaller size, at any time and without a reason."""
    asking, activity = state.asking, state.activity
    offered = asking.rung if asking is not None and asking.what == "activity" else None
    current = offered or (activity.rung if activity is not None else None)
    ladder = state.care.ladder
    if current is None or ladder is None:
        raise Refused("not_now", "Nothing with a size is offered or running.")
    to, at = ladder.position(command.rung), ladder.position(current)
    if to is None:
        raise Refused("bad_message", "This size is not on the ladder.", fields={"rung": "not on the ladder"})
    if at is None:
        # The size in use has left the ladder since: the prescribed one is the limit, else the smallest.
        at = (ladder.position(state.given_rung) if state.given_rung is not None else None) or 0
    if to > at:
        raise Refused("not_allowed", "You can take the same or a smaller size. A larger one is offered first.")
    return [] if command.rung == current else [e.RungChosen(rung=command.rung)]


def pace(state: SessionState, command: c.PacerSet, moment: Moment) -> list[e.AnyEvent]:
    activity = stage.running(state)
    pattern = Pattern(
        in_ms=command.in_ms,
        hold_in_ms=command.hold_in_ms,
        out_ms=command.out_ms,
        hold_out_ms=command.hold_out_ms,
    )
    wrong = breath.check(pattern)
    if wrong is not None:
        raise Refused("bad_message", wrong, fields={"pattern": wrong})
    if state.pacer is None or state.comfort == "dizzy":
        raise Refused("not_now", "The pacer rests. Breathe as you like.")
    # At home every pace is the patient's own wish, and outlives steps that would breathe faster.
    slower = state.kind == "practice"
    if moment.actor.role is Role.PATIENT and state.driver is not Role.PATIENT:
        if pattern.period_ms <= breath.wished(state.pacer).period_ms:
            raise Refused("not_allowed", "You can ask for a slower breath. For a faster one, tell your therapist.")
        slower = True
    elif not slower and activity.slower_ms is not None and pattern.period_ms < activity.slower_ms:
        raise Refused("not_now", "The patient asked for this pace. It stays at least this slow until they are settled.")
    turned = stage.with_pattern(state, activity, pattern, moment)
    return [] if turned == state.pacer else [e.PacerChanged(pacer=turned, slower=slower)]


def wish_due(state: SessionState, moment: Moment) -> list[e.AnyEvent]:
    if state.pacer is None or state.pacer.wish is None or state.activity is None:
        return []
    due = breath.due_ms(state.pacer)
    if due is None or moment.now_ms < due or state.activity.pause is not None or state.comfort == "dizzy":
        return []
    return [e.PacerChanged(pacer=breath.promoted(state.pacer, moment.now_ms, moment.lead_ms))]
