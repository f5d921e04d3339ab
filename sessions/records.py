"""What is written down in a visit: arrival, admission, end, check-ins and corrections, messages."""

from msgspec import structs

from exercises.model import Rung
from sessions import checkins, safety, stage
from sessions import commands as c
from sessions import events as e
from sessions.care import CareState, Suspension
from sessions.flags import FLAG_BY_ID, FLAGS, SUSPENDING, Tier
from sessions.moment import Moment
from sessions.people import Refused, Role
from sessions.state import SessionState

#: Pain from which internal work ends for the day, 0 to 10: "do not exceed 3 to 4" (VuVa, BIEN dilator
#: guides) leaves 4 to 6 for smaller or out, and 7 for coming out and telling somebody.
PAIN_SUSPENDS = 7

_PAIN_SAY = (
    "That was a lot of pain. Work inside the body waits now until your therapist has looked at it with you. "
    "If it does not ease, call the clinic. If it is sudden and severe, call your local emergency number."
)


def arrival(state: SessionState, command: c.ArrivalConfirm, moment: Moment) -> list[e.AnyEvent]:
    unknown = [flag for flag in command.flags if flag not in FLAG_BY_ID]
    if unknown:
        raise Refused("bad_message", "One of the ticked items is not known.", fields={"flags": "not known"})
    events: list[e.AnyEvent] = [
        e.ArrivalConfirmed(
            safe=command.safe,
            alone=command.alone,
            telehealth_consent=command.telehealth_consent,
            identity=command.identity,
            call_back_ok=command.hang_up.call_back_ok,
            place_given=bool(command.place),
            phone_given=bool(command.phone),
            stop_word_given=bool(command.stop_word),
            people=command.people,
            flags=command.flags,
        )
    ]
    known = {concern.rule for concern in state.concerns}
    if not command.safe and "arrival_unsafe" not in known:
        events.append(
            e.ConcernRaised(rule="arrival_unsafe", tier=Tier.EMERGENCY, say="Said that now is not a safe time.")
        )
    new = [flag for flag in FLAGS if flag.id in command.flags and f"flag_{flag.id}" not in known]
    events += [e.ConcernRaised(rule=f"flag_{flag.id}", tier=flag.tier, say=flag.say) for flag in new]
    tiers = [flag.tier for flag in new if flag.tier in SUSPENDING]
    if tiers:
        tier = min(tiers, key=safety.SOONEST.index)
        events += suspended(state, moment, tier=tier, say=safety.SAY[tier], reason="Red flag at arrival")
    return events


def admit(state: SessionState) -> list[e.AnyEvent]:
    if state.phase == "scheduled":
        raise Refused("not_now", "The patient has not confirmed the arrival check yet.")
    if state.phase == "open":
        return []
    return [e.VisitAdmitted()]


def end(state: SessionState) -> list[e.AnyEvent]:
    if state.phase == "scheduled":
        raise Refused("not_now", "The visit has not begun. It ends by itself if nobody comes.")
    return [*stage.end_asking(state, "ended"), e.VisitEnded(reason="ended")]


def checkin(state: SessionState, command: c.CheckinRecord, moment: Moment) -> list[e.AnyEvent]:
    by_patient = moment.actor.role is Role.PATIENT
    if by_patient == command.heard:
        raise Refused(
            "not_allowed",
            "A check-in is the patient's own, or what the therapist heard them say.",
            fields={"heard": "true for a therapist, absent for a patient"},
        )
    answers = checkins.parse(command.kind, command.answers)
    rung = _rung(state, answers)
    events: list[e.AnyEvent] = [
        e.CheckinRecorded(
            kind=command.kind,
            answers=answers,
            heard=command.heard,
            rung=rung,
            ladder_version=state.care.ladder.version if rung is not None and state.care.ladder is not None else None,
        )
    ]
    return events + _concerns(state, answers, moment)


def _rung(state: SessionState, answers: checkins.Answers) -> Rung | None:
    """The rung that a check-in is about, with its size from the ladder as it is today."""
    if not isinstance(answers, checkins.RungAnswers):
        return None
    wanted = answers.rung or (state.activity.rung if state.activity is not None else None) or state.care.rung
    if wanted is None:
        return None
    rung = None if state.care.ladder is None else state.care.ladder.rung(wanted)
    # A size that nobody named may have left the ladder since: what was felt is worth keeping without it.
    if rung is None and answers.rung is not None:
        raise Refused("bad_message", "This size is not on the ladder.", fields={"rung": "not on the ladder"})
    return rung


def _concerns(state: SessionState, answers: checkins.Answers, moment: Moment) -> list[e.AnyEvent]:
    events: list[e.AnyEvent] = []
    tier, say = Tier.PAUSE, _PAIN_SAY
    pain = checkins.worst_pain(answers)
    if pain is not None and pain >= PAIN_SUSPENDS:
        events.append(e.ConcernRaised(rule="pain_high", tier=Tier.PAUSE, say=f"Pain {pain} of 10 in a check-in."))
    if isinstance(answers, checkins.RungAnswers) and answers.bleeding in ("fresh_red", "heavy"):
        heavy = answers.bleeding == "heavy"
        tier = Tier.EMERGENCY if heavy else Tier.SAME_DAY
        say = safety.SAY[tier]
        events.append(
            e.ConcernRaised(
                rule="bleeding_heavy" if heavy else "bleeding_fresh",
                tier=tier,
                say="Heavy bleeding in a check-in." if heavy else "Fresh red bleeding in a check-in.",
            )
        )
    if not events:
        return []
    return [*events, *suspended(state, moment, tier=tier, say=say, reason="Check-in in a visit")]


def suspended(state: SessionState, moment: Moment, *, tier: str, say: str, reason: str) -> list[e.AnyEvent]:
    """Internal work ends here and now, and in the care ledger with the same breath.

    Where it is suspended already, which it is for every new patient, only more urgent words replace what
    the patient reads: whom to call must not hide behind "not cleared yet".
    """
    if state.care.suspended is not None and not _more_urgent(state, tier):
        return []
    care: CareState = structs.replace(state.care, suspended=Suspension(say=say, reason=reason, since_ms=moment.now_ms))
    return stage.care_news(state, care, moment, here=True)


def _more_urgent(state: SessionState, tier: str) -> bool:
    before = min((safety.SOONEST.index(Tier(concern.tier)) for concern in state.concerns), default=len(safety.SOONEST))
    return safety.SOONEST.index(Tier(tier)) < min(before, safety.SOONEST.index(Tier.PAUSE))


def correction(state: SessionState, command: c.CheckinCorrect, moment: Moment) -> list[e.AnyEvent]:
    entry = next((entry for entry in state.checkins if entry.seq == command.of), None)
    if entry is None:
        raise Refused("bad_message", "There is no such check-in in this session.", fields={"of": "not known"})
    if moment.actor.role is Role.THERAPIST and not entry.heard:
        raise Refused("not_allowed", "Only the patient can change their own check-in.")
    if bytes(command.answers) == b"null":
        return [e.CheckinCorrected(of=entry.seq, kind=entry.kind, answers=None, rung=entry.rung)]
    answers = checkins.parse(entry.kind, command.answers)
    rung = entry.rung
    if isinstance(answers, checkins.RungAnswers) and answers.rung not in (None, rung.id if rung else None):
        rung = _rung(state, answers)
    events: list[e.AnyEvent] = [e.CheckinCorrected(of=entry.seq, kind=entry.kind, answers=answers, rung=rung)]
    return events + _concerns(state, answers, moment)


def message(state: SessionState, command: c.MessageSay) -> list[e.AnyEvent]:
    if state.phase == "scheduled":
        raise Refused("not_now", "Messages begin when the patient has arrived.")
    return [e.MessageSaid(text=command.text)]
