"""What is written down in a visit: arrival, admission, end, check-ins and corrections, messages."""

from msgspec import structs

from exercises.model import Rung
from exercises.saying import kept
from sessions import checkins, company, safety, stage, system
from sessions import commands as c
from sessions import events as e
from sessions.care import CareState, Suspension
from sessions.flags import Flag, Tier
from sessions.moment import Moment
from sessions.people import Refused, Role
from sessions.state import Checkin, SessionState

#: How long after a check-in it can still be said how it is: soreness beyond a day is what this is to notice.
FOLLOWED_FOR_MS = 72 * 3_600_000


def arrival(state: SessionState, command: c.ArrivalConfirm, moment: Moment) -> list[e.AnyEvent]:
    flags = safety.flagged(command.flags)
    wanted = company.wanted(state, command.company)
    events: list[e.AnyEvent] = [
        *company.not_this_time(state, wanted, moment.now_ms),
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
            company=wanted,
            after_stop=command.after_stop,
        ),
    ]
    known = {concern.rule for concern in state.concerns}
    if not command.safe and "arrival_unsafe" not in known:
        events.append(
            e.ConcernRaised(rule="arrival_unsafe", tier=Tier.EMERGENCY, say="Said that now is not a safe time.")
        )
    return [*events, *flags_raised(state, flags, moment, reason="Red flag at arrival")]


def flags_raised(state: SessionState, flags: list[Flag], moment: Moment, *, reason: str) -> list[e.AnyEvent]:
    """The concerns of flags that were not known yet, and the suspension that follows from them."""
    known = {concern.rule for concern in state.concerns}
    new = [flag for flag in flags if f"flag_{flag.id}" not in known]
    events: list[e.AnyEvent] = [e.ConcernRaised(rule=f"flag_{flag.id}", tier=flag.tier, say=flag.told) for flag in new]
    tier = safety.soonest([flag.tier for flag in new])
    if tier is not None:
        events += suspended(state, moment, tier=tier, say=safety.SAY[tier], reason=reason)
    return events


def told(state: SessionState, command: c.FlagsTell, moment: Moment) -> list[e.AnyEvent]:
    """ "Something is wrong", in a visit. An emergency stops everything: no breath goes on beside a number to call.

    Unlike at arrival, what was told before is told again: somebody says it because it is so now.
    """
    if state.phase == "scheduled":
        raise Refused("not_now", "Your visit has not begun. What you tell is kept outside of it.")
    concerns = safety.told(command.flags, command.note)
    events: list[e.AnyEvent] = [e.ConcernRaised(rule=one.rule, tier=one.tier, say=one.say) for one in concerns]
    tier = safety.soonest([one.tier for one in concerns])
    if tier is None:
        return events
    events += suspended(state, moment, tier=tier, say=safety.SAY[tier], reason=_told_in(state.kind, concerns[0].say))
    if tier is Tier.EMERGENCY and state.stopped is None:
        events.append(e.SessionStopped(by=moment.actor.role))
    return events


def _told_in(kind: str, say: str) -> str:
    if kind == "practice":
        return kept("Told in the practice: {say}", say=say)
    return kept("Told in the visit: {say}", say=say)


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


def move(state: SessionState, command: system.VisitMove) -> list[e.AnyEvent]:
    _still_planned(state)
    planned = (state.due_ms, state.planned_minutes, state.where)
    if planned == (command.due_ms, command.minutes, command.where):
        return []
    return [e.VisitMoved(due_ms=command.due_ms, planned_minutes=command.minutes, where=command.where)]


def cancel(state: SessionState) -> list[e.AnyEvent]:
    _still_planned(state)
    return [e.VisitEnded(reason="cancelled")]


def _still_planned(state: SessionState) -> None:
    if state.phase != "scheduled":
        raise Refused("not_now", "Somebody has come to this visit by now. Go into the room instead.")


def checkin(state: SessionState, command: c.CheckinRecord, moment: Moment) -> list[e.AnyEvent]:
    by_patient = moment.actor.role is Role.PATIENT
    if by_patient == command.heard:
        raise Refused(
            "not_allowed",
            "A check-in is the patient's own, or what the therapist heard them say.",
            fields={"heard": "true for a therapist, absent for a patient"},
        )
    if command.private and state.kind != "practice":
        raise Refused(
            "not_allowed",
            "In a visit a check-in is for those who are there. What you keep to yourself you need not write here.",
            fields={"private": "in a practice at home alone"},
        )
    answers = checkins.parse(command.kind, command.answers)
    if isinstance(answers, checkins.NextDayAnswers):
        return _next_day(state, answers, moment, private=command.private)
    rung = _rung(state, answers)
    events: list[e.AnyEvent] = [
        e.CheckinRecorded(
            kind=command.kind,
            answers=answers,
            heard=command.heard,
            rung=rung,
            ladder_version=state.care.ladder.version if rung is not None and state.care.ladder is not None else None,
            private=command.private,
        )
    ]
    return events + _concerns(state, answers, moment)


def _next_day(
    state: SessionState, answers: checkins.NextDayAnswers, moment: Moment, *, private: bool = False
) -> list[e.AnyEvent]:
    """How it is after the check-in `of`. One for each: whoever says it again corrects what they said before.

    It is kept or shared as that check-in is: the one would tell of the other.
    """
    if moment.actor.role is not Role.PATIENT:
        raise Refused("not_allowed", "How it is afterwards is the patient's own to say.")
    entry = next((entry for entry in state.checkins if entry.seq == answers.of), None)
    if entry is None or isinstance(entry.answers, checkins.NextDayAnswers | checkins.ExposureAnswers):
        raise Refused("bad_message", "There is nothing of that number to follow up.", fields={"of": "not known"})
    if entry.answers is None:
        raise Refused("not_now", "This check-in was struck out. There is nothing to follow up.")
    if moment.now_ms - entry.at > FOLLOWED_FOR_MS:
        raise Refused("not_now", "That was more than 3 days ago. If something is still not right, tell your clinic.")
    if private and not entry.private:
        raise Refused(
            "not_allowed",
            "How it is afterwards is shared, as the check-in is that it follows.",
            fields={"private": "as the check-in that it follows"},
        )
    before = next_day_of(state, entry.seq)
    if before is None:
        events: list[e.AnyEvent] = [
            e.CheckinRecorded(kind="next_day", answers=answers, heard=False, private=entry.private)
        ]
    elif before.answers == answers:
        return []
    else:
        events = [e.CheckinCorrected(of=before.seq, kind="next_day", answers=answers, private=entry.private)]
    return events + _concerns(state, answers, moment, before=None if before is None else before.answers)


def next_day_of(state: SessionState, seq: int) -> Checkin | None:
    """The follow-up of one check-in, as it stands."""
    return next(
        (
            entry
            for entry in state.checkins
            if isinstance(entry.answers, checkins.NextDayAnswers) and entry.answers.of == seq
        ),
        None,
    )


def is_follow_up(state: SessionState, command: c.CheckinRecord | c.CheckinCorrect) -> bool:
    """Whether it tells how it is afterwards: that alone goes on after a session has ended."""
    if isinstance(command, c.CheckinRecord):
        return command.kind == "next_day"
    return any(entry.seq == command.of and entry.kind == "next_day" for entry in state.checkins)


def _rung(state: SessionState, answers: checkins.Answers) -> Rung | None:
    """The rung that a check-in is about, with its size from the ladder as it is today."""
    if not isinstance(answers, checkins.RungAnswers):
        return None
    wanted = answers.rung or (state.activity.rung if state.activity is not None else None) or state.given_rung
    if wanted is None:
        return None
    rung = None if state.care.ladder is None else state.care.ladder.rung(wanted)
    # A size that nobody named may have left the ladder since: what was felt is worth keeping without it.
    if rung is None and answers.rung is not None:
        raise Refused("bad_message", "This size is not on the ladder.", fields={"rung": "not on the ladder"})
    return rung


def _concerns(
    state: SessionState, answers: checkins.Answers, moment: Moment, *, before: checkins.Answers | None = None
) -> list[e.AnyEvent]:
    """What the safety rules notice in it; `before` is what it corrects, and raises nothing a second time."""
    thresholds = state.care.thresholds
    new = safety.unsaid(safety.noticed(answers, thresholds), safety.noticed(before, thresholds))
    events: list[e.AnyEvent] = [e.ConcernRaised(rule=one.rule, tier=one.tier, say=one.say) for one in new]
    tier = safety.soonest([one.tier for one in new])
    if tier is None:
        return events
    first = next(one for one in new if one.tier is tier)
    say = first.words or safety.SAY[tier]
    return [*events, *suspended(state, moment, tier=tier, say=say, reason=first.say.rstrip("."))]


def suspended(state: SessionState, moment: Moment, *, tier: Tier, say: str, reason: str) -> list[e.AnyEvent]:
    """Internal work ends here and now, and in the care ledger with the same breath.

    Where it is suspended already, which it is for every new patient, only more urgent words replace what
    the patient reads: whom to call must not hide behind "not cleared yet".
    """
    # After its end a session hears of no care any more: what it knows as suspended may have been cleared since.
    known = state.care.suspended if state.phase != "ended" else None
    if known is not None and not safety.more_urgent(tier, known):
        return []
    care: CareState = structs.replace(state.care, suspended=Suspension(say=say, reason=reason, since_ms=moment.now_ms))
    return stage.care_news(state, care, moment, here=True)


def correction(state: SessionState, command: c.CheckinCorrect, moment: Moment) -> list[e.AnyEvent]:
    entry = next((entry for entry in state.checkins if entry.seq == command.of), None)
    if entry is None:
        raise Refused("bad_message", "There is no such check-in in this session.", fields={"of": "not known"})
    if moment.actor.role is Role.THERAPIST and not entry.heard:
        raise Refused("not_allowed", "Only the patient can change their own check-in.")
    if bytes(command.answers) == b"null":
        return [e.CheckinCorrected(of=entry.seq, kind=entry.kind, answers=None, rung=entry.rung, private=entry.private)]
    answers = checkins.parse(entry.kind, command.answers)
    if isinstance(answers, checkins.NextDayAnswers):
        if entry.answers is not None and answers.of != getattr(entry.answers, "of", None):
            raise Refused("bad_message", "This is about another check-in.", fields={"answers": "another `of`"})
        return _next_day(state, answers, moment)
    rung = entry.rung
    if isinstance(answers, checkins.RungAnswers) and answers.rung not in (None, rung.id if rung else None):
        rung = _rung(state, answers)
    events: list[e.AnyEvent] = [
        e.CheckinCorrected(of=entry.seq, kind=entry.kind, answers=answers, rung=rung, private=entry.private)
    ]
    return events + _concerns(state, answers, moment, before=entry.answers)


def share(state: SessionState, command: c.CheckinShare) -> list[e.AnyEvent]:
    """From now on those who treat read it. There is no way back: what was read cannot be unread."""
    entry = next((entry for entry in state.checkins if entry.seq == command.of), None)
    if entry is None:
        raise Refused("bad_message", "There is no such check-in in this session.", fields={"of": "not known"})
    if entry.kind == "next_day":
        raise Refused(
            "bad_message", "How it was afterwards is shared with what it follows.", fields={"of": "a follow-up"}
        )
    if entry.answers is None:
        raise Refused("not_now", "This check-in was struck out. There is nothing to share.")
    if not entry.private:
        return []
    after = next_day_of(state, entry.seq)
    return [e.CheckinShared(of=(entry.seq,) if after is None else (entry.seq, after.seq))]


def message(state: SessionState, command: c.MessageSay) -> list[e.AnyEvent]:
    if state.phase == "scheduled":
        raise Refused("not_now", "Messages begin when the patient has arrived.")
    return [e.MessageSaid(text=command.text)]
