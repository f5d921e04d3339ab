"""The shared stage: offering, consenting, starting, pausing, comfort, and what ends a yes."""

from exercises import pacer as breath
from exercises.model import Exercise, Pattern
from exercises.wording import spoken
from sessions import commands as c
from sessions import company, inside, system
from sessions import events as e
from sessions.care import CareState
from sessions.moment import Moment
from sessions.people import Refused, Role
from sessions.state import Activity, SessionState

#: Breathed where a script names no pattern: 4 s in, 6 s out, the default of the pacer presets.
SOFT = Pattern(in_ms=4_000, hold_in_ms=0, out_ms=6_000, hold_out_ms=0)

_UNEASY = "The patient feels uneasy or dizzy. Nothing moves forward until they feel settled."
_UNEASY_YOU = "You said that you feel uneasy or dizzy. When you feel settled, say so, and it can go on."


def offer(state: SessionState, command: c.ActivityOffer, moment: Moment) -> list[e.AnyEvent]:
    if state.activity is not None and state.activity.started_at is not None:
        raise Refused("not_now", "Another exercise is running. Finish it first.")
    exercise = moment.find(command.exercise)
    if exercise is None:
        raise Refused("bad_message", "This exercise is not in the library.", fields={"exercise": "not known"})
    _allowed(state, exercise)
    if exercise.internal:
        inside.may_begin(state, moment)
    if (exercise.slug, None) in state.declined:
        raise Refused("declined", "The patient said not today. Only they can open it again.")
    step = command.step or 0
    if step >= len(exercise.steps):
        raise Refused("bad_message", "This script has no such step.", fields={"step": "beyond the last step"})
    if exercise.steps[step].internal:
        raise Refused(
            "bad_message",
            "An exercise does not begin with an internal step, which asks for a yes of its own.",
            fields={"step": "internal"},
        )
    rung = _offered_rung(state, exercise, command.rung, moment)
    events: list[e.AnyEvent] = []
    if state.asking is not None:
        events.append(e.AskingEnded(ask=state.asking.seq, reason="replaced"))
    if state.kind == "visit":
        script = script_of(spoken(exercise, state.care.wording))
        return [*events, e.ActivityOffered(script=script, step=step, rung=rung, minutes=command.minutes)]
    # A phone has its exercises in the patient's own words already. Whoever offers to themselves has said yes.
    events.append(e.ActivityOffered(script=script_of(exercise), step=step, rung=rung, minutes=command.minutes))
    return [*events, e.AskingAnswered(ask=state.seq + len(events), answer="yes")]


def _allowed(state: SessionState, exercise: Exercise) -> None:
    """Raises Refused where nobody has opened this exercise for this patient, or one for two has only one."""
    home = state.kind == "practice"
    if exercise.needs_enabling and exercise.slug not in state.care.enabled:
        if home:
            raise Refused("not_allowed", "This exercise is not open yet. Your therapist opens it with you.")
        raise Refused("not_allowed", "This exercise is not enabled for this patient. Enable it under Clearance.")
    if exercise.with_support and not company.is_with(state):
        if home:
            raise Refused("not_allowed", "This exercise is for two, and is there in a visit.")
        raise Refused("not_allowed", "This exercise is for two, and nobody else is wanted in this visit.")


def _offered_rung(state: SessionState, exercise: Exercise, wanted: str | None, moment: Moment) -> str | None:
    if not exercise.uses_ladder:
        if wanted is not None:
            raise Refused("bad_message", "This exercise has no sizes.", fields={"rung": "not used here"})
        return None
    ladder, given = state.care.ladder, state.given_rung
    rung = wanted or given
    position = ladder.position(rung) if ladder is not None and rung is not None else None
    if ladder is None or position is None:
        raise Refused("bad_message", "Choose one of this patient's sizes.", fields={"rung": "not on the ladder"})
    now_at = ladder.position(given) if given is not None else None
    if state.kind == "practice" and position > (now_at or 0):
        raise Refused("not_allowed", "You can take the size of your programme or a smaller one, at any time.")
    if now_at is not None and position > now_at and state.comfort in ("uneasy", "dizzy"):
        raise Refused("not_now", uneasy(moment.actor.role))
    return rung


def script_of(exercise: Exercise) -> e.Script:
    """What the ledger keeps of an exercise: enough to replay the session without the library.

    In the words that were said: whoever changes their own words later changes nothing of what was.
    """
    return e.Script(
        exercise=exercise.slug,
        version=exercise.version,
        title=exercise.title,
        recovery=exercise.recovery,
        with_support=exercise.with_support,
        steps=tuple(
            e.ScriptStep(
                id=step.id,
                act=step.act,
                seconds=step.seconds,
                say=step.words.say,
                internal=step.internal,
                way_out=exercise.way_out_of(index),
                pattern=step.pattern,
            )
            for index, step in enumerate(exercise.steps)
        ),
    )


def uneasy(role: Role) -> str:
    return _UNEASY_YOU if role is Role.PATIENT else _UNEASY


def not_declined(state: SessionState, activity: Activity, step: int, role: Role) -> None:
    """Raises Refused where the patient said not today to this step."""
    if (activity.script.exercise, step) in state.declined:
        if role is Role.PATIENT:
            raise Refused("declined", "You said not today to this step. You can open it again under “More”.")
        raise Refused("declined", "The patient said not today to this step. Only they can open it again.")


def withdraw(state: SessionState) -> list[e.AnyEvent]:
    if state.asking is not None:
        return [e.AskingEnded(ask=state.asking.seq, reason="withdrawn")]
    if state.running == "agreed":
        return [e.ActivityFinished()]
    raise Refused("not_now", "Nothing is being offered.")


def answer(state: SessionState, command: c.ActivityAnswer, moment: Moment) -> list[e.AnyEvent]:
    asking = state.asking
    if asking is None or asking.seq != command.ask:
        # A late yes consents to nothing: what it was said to is not the question any more.
        raise Refused("not_now", "This question is no longer open.")
    if command.answer == "tell_me_first" and asking.told:
        return []
    answered = e.AskingAnswered(ask=command.ask, answer=command.answer)
    if command.answer == "tell_me_first" or asking.what == "activity":
        return [answered]
    activity = running(state)
    if command.answer == "yes" and activity.script.steps[asking.step].internal:
        inside.may_begin(state, moment)
    events: list[e.AnyEvent] = [answered]
    if command.answer == "not_today":
        # A no to the internal step that is on stage already is a wish to come out of it.
        return [*events, *to_way_out(activity, moment.now_ms)] if asking.step == activity.step else events
    if asking.step != activity.step:
        events += moved(state, activity, asking.step, moment)
    if activity.pause is not None:
        events.append(e.ActivityResumed(pacer=_restarted(state, moment)))
    return events


def reopen(state: SessionState, command: c.ActivityReopen) -> list[e.AnyEvent]:
    if all(slug != command.exercise for slug, _ in state.declined):
        return []
    return [e.ActivityReopened(exercise=command.exercise)]


def start(state: SessionState, moment: Moment) -> list[e.AnyEvent]:
    if moment.actor.role is not state.driver:
        raise Refused("not_allowed", "The therapist starts the exercise.")
    if state.asking is not None:
        raise Refused("needs_consent", "The patient has not answered yet.")
    activity = state.activity
    if activity is None:
        raise Refused("needs_consent", "Offer an exercise first. It starts when the patient has said yes.")
    if activity.started_at is not None:
        raise Refused("not_now", "It is already running.")
    if activity.script.internal:
        inside.may_begin(state, moment)
    if state.comfort in ("uneasy", "dizzy") and not activity.script.recovery:
        raise Refused("not_now", uneasy(moment.actor.role))
    step = activity.script.steps[activity.step]
    pattern = step.pattern or next((s.pattern for s in activity.script.steps if s.pattern), None) or SOFT
    pacer = breath.begun(pattern, now_ms=moment.now_ms, lead=moment.lead_ms, revision=state.pacer_revision + 1)
    return [e.ActivityStarted(at_ms=pacer.anchor_ms, pacer=pacer)]


def finish(state: SessionState) -> list[e.AnyEvent]:
    if state.activity is None:
        raise Refused("not_now", "Nothing is running.")
    return [*end_asking(state, "finished"), e.ActivityFinished()]


def pause(state: SessionState, moment: Moment) -> list[e.AnyEvent]:
    activity = running(state)
    role = moment.actor.role
    if activity.pause is not None and (role is not Role.PATIENT or activity.pause.by is Role.PATIENT):
        return []
    return [*end_asking(state, "paused"), e.ActivityPaused(by=role)]


def resume(state: SessionState, moment: Moment) -> list[e.AnyEvent]:
    activity = running(state)
    held = activity.pause
    if held is None:
        raise Refused("not_now", "Nothing is paused.")
    role = moment.actor.role
    if held.by is Role.THERAPIST and role is not Role.THERAPIST:
        raise Refused("not_allowed", "Your therapist paused and goes on when both of you are ready.")
    if held.by is not Role.THERAPIST and role is not Role.PATIENT:
        raise Refused("not_allowed", "Only the patient can go on after this pause.")
    if activity.on_internal and activity.step_consent is None:
        # The yes for this step ended while it was paused, so going on asks for it again.
        if state.asking is not None:
            return []
        if state.comfort in ("uneasy", "dizzy"):
            raise Refused("not_now", uneasy(role))
        not_declined(state, activity, activity.step, role)
        inside.may_begin(state, moment)
        return [e.StepAsked(step=activity.step)]
    return [e.ActivityResumed(pacer=_restarted(state, moment))]


def comfort(state: SessionState, command: c.ComfortSet, moment: Moment) -> list[e.AnyEvent]:
    activity = state.activity
    slowed = activity is not None and activity.slower_ms is not None
    if state.comfort == command.level and not (slowed and command.level == "settled"):
        return []
    events: list[e.AnyEvent] = [e.ComfortChanged(level=command.level)]
    if command.level in ("uneasy", "dizzy"):
        if state.asking is not None and state.asking.what == "step":
            events.insert(0, e.AskingEnded(ask=state.asking.seq, reason="uneasy"))
        if activity is not None and activity.on_internal and activity.step_consent is not None:
            events.append(e.ConsentEnded(reason="uneasy"))
        if activity is not None and activity.deeper_than_shown(moment.now_ms):
            # A step forward that was dated ahead and has not turned yet: it does not turn any more.
            shown = activity.shown_at(moment.now_ms)
            events.append(e.StepChanged(to=shown, was=shown, at_ms=moment.now_ms))
    if state.comfort == "dizzy" and state.pacer is not None and activity is not None and activity.pause is None:
        # Everybody breathed as they liked; the pacer begins again with a breath in.
        events.append(e.PacerChanged(pacer=breath.restarted(state.pacer, moment.now_ms, moment.lead_ms)))
    return events


def alone_inside(state: SessionState, command: system.InternalAlone, moment: Moment) -> list[e.AnyEvent]:
    """An internal step and nobody there to hear: pause, end the yes, show the way out."""
    activity = state.activity
    if activity is None or activity.started_at is None or not activity.on_internal:
        return []
    if state.gone_since(command.role) != command.since_ms:
        return []
    return [
        *end_asking(state, "paused"),
        *consent_ended(activity, "absence"),
        e.ActivityPaused(by=Role.SYSTEM),
        *to_way_out(activity, moment.now_ms),
    ]


def paused_too_long(state: SessionState, command: system.PauseTooLong) -> list[e.AnyEvent]:
    activity = state.activity
    if activity is None or activity.pause is None or activity.step_consent is None:
        return []
    if activity.pause.at != command.since_ms:
        return []
    return [e.ConsentEnded(reason="paused")]


def care_news(state: SessionState, care: CareState, moment: Moment, *, here: bool = False) -> list[e.AnyEvent]:
    """The care ledger changed. A new suspension leads out of an internal step first, kindly."""
    if care == state.care:
        return []
    events: list[e.AnyEvent] = []
    if care.suspended is not None:
        activity, asking = state.activity, state.asking
        if asking is not None and (
            asking.script.internal if asking.what == "activity" else asking.script.steps[asking.step].internal
        ):
            events.append(e.AskingEnded(ask=asking.seq, reason="suspended"))
        if activity is not None and activity.started_at is None and activity.script.internal:
            events.append(e.ActivityFinished())
        elif activity is not None and activity.on_internal:
            # A script without a way out would stay inside, so it ends.
            out = to_way_out(activity, moment.now_ms) or [e.ActivityFinished()]
            events += [*consent_ended(activity, "suspended"), *out]
    return [*events, e.CareChanged(care=care, here=here)]


def consent_ended(activity: Activity, reason: e.ConsentEnd) -> list[e.AnyEvent]:
    return [] if activity.step_consent is None else [e.ConsentEnded(reason=reason)]


def to_way_out(activity: Activity, now_ms: int) -> list[e.AnyEvent]:
    way_out = activity.script.steps[activity.step].way_out
    return [] if way_out is None else [e.StepChanged(to=way_out, was=activity.step, at_ms=now_ms)]


def end_asking(state: SessionState, reason: e.AskEnd) -> list[e.AnyEvent]:
    return [] if state.asking is None else [e.AskingEnded(ask=state.asking.seq, reason=reason)]


def running(state: SessionState) -> Activity:
    """The activity that has begun. Raises Refused where nothing runs."""
    if state.activity is None or state.activity.started_at is None:
        raise Refused("not_now", "Nothing is running.")
    return state.activity


def _restarted(state: SessionState, moment: Moment) -> breath.Pacer | None:
    return None if state.pacer is None else breath.restarted(state.pacer, moment.now_ms, moment.lead_ms)


def moved(state: SessionState, activity: Activity, to: int, moment: Moment) -> list[e.AnyEvent]:
    """The step turns at the next boundary that everybody can hear of in time, its own pattern with it."""
    pacer, now_ms = state.pacer, moment.now_ms
    if pacer is None or activity.pause is not None or state.comfort == "dizzy":
        at_ms = now_ms + moment.lead_ms
    else:
        at_ms = breath.first_boundary(breath.settled(pacer, now_ms), now_ms + moment.lead_ms)
    # Whoever is asked twice within a breath still sees the step that has not turned yet.
    events: list[e.AnyEvent] = [e.StepChanged(to=to, was=activity.shown_at(now_ms), at_ms=at_ms)]
    pattern = activity.script.steps[to].pattern
    if pattern is None or pacer is None:
        return events
    if activity.slower_ms is not None and pattern.period_ms < activity.slower_ms:
        return events
    turned = with_pattern(state, activity, pattern, moment)
    return events if turned == pacer else [*events, e.PacerChanged(pacer=turned)]


def with_pattern(state: SessionState, activity: Activity, pattern: Pattern, moment: Moment) -> breath.Pacer:
    """The pacer with another pattern: at a boundary while it runs, at once while it rests."""
    pacer = state.pacer
    if pacer is None:
        raise Refused("not_now", "No pacer is running.")
    if activity.pause is not None or state.comfort == "dizzy":
        if pattern == breath.wished(pacer):
            return pacer
        resting = breath.restarted(pacer, moment.now_ms, moment.lead_ms)
        return breath.Pacer(pattern=pattern, anchor_ms=resting.anchor_ms, revision=resting.revision)
    return breath.turned(pacer, pattern, moment.now_ms, moment.lead_ms)
