"""How a draft of a note says who did it, for how long, and what a check-in holds. Pure."""

from collections.abc import Collection
from typing import Final

from exercises.saying import joined, say
from sessions.checkins import NextDayAnswers
from sessions.people import Role
from sessions.telling import checkin_words
from sessions.timeline import Attempt

_MINUTE_MS: Final = 60_000
BY: Final = {
    Role.PATIENT: say("the patient"),
    Role.THERAPIST: say("the therapist"),
    Role.SUPPORT: say("the support person"),
    Role.SYSTEM: say("Ebb, as somebody was away"),
}
AWAY: Final = {
    Role.PATIENT: "The patient was away from minute {minute} on, for {time}.",
    Role.THERAPIST: "The therapist was away from minute {minute} on, for {time}.",
    Role.SUPPORT: "The support person was away from minute {minute} on, for {time}.",
    Role.SYSTEM: "Somebody was away from minute {minute} on, for {time}.",
}
FELT: Final = {
    "uneasy": "Felt uneasy from minute {minute} on, for {time}.",
    "dizzy": "Felt dizzy from minute {minute} on, for {time}.",
}
RAN: Final = {
    "stopped": "{what}. Ended by Stop.",
    "ended": "{what}. Ended with the session.",
    None: "{what}. Still running.",
}


def checkin_told(attempt: Attempt, measured: Collection[str]) -> str:
    """`measured` are the sizes whose length stands with an exercise already."""
    answers = attempt.stands
    assert answers is not None, "what was struck out is not told"
    words = checkin_words(answers, attempt.rung)
    rung = attempt.rung
    if rung is not None and rung.length_mm is not None and rung.id not in measured:
        words = joined([words, say("{size} is {length} mm long.", size=rung.label, length=rung.length_mm)], by=" ")
    if isinstance(answers, NextDayAnswers):
        return say("Afterwards: {words}", words=words)
    if attempt.heard:
        return say("Check-in, as told to the therapist: {words}", words=words)
    return say("Check-in: {words}", words=words)


def time_told(length_ms: int) -> str:
    """Whole minutes; below one, seconds."""
    minutes = length_ms // _MINUTE_MS
    if minutes:
        return say("{minutes} min", minutes=minutes)
    return say("{seconds} s", seconds=length_ms // 1000)
