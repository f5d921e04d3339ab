"""A practice at home: today's questions before it, a screen that was gone and is back, and its end.

The patient drives. All else is the machine of a visit; whether work inside may begin is in `sessions.inside`.
"""

from typing import Final

from sessions import commands as c
from sessions import events as e
from sessions import records, safety, stage
from sessions.moment import Moment
from sessions.people import Role
from sessions.state import SessionState

#: A glance at another app is no absence.
GONE_MS: Final = 15_000


def screen(state: SessionState, command: c.PracticeScreen, moment: Moment) -> list[e.AnyEvent]:
    """Again is an update: what was ticked before and is ticked no more stays a concern all the same."""
    flags = safety.flagged(command.flags)
    clear = safety.soonest([flag.tier for flag in flags]) is None
    screened = e.PracticeScreened(flags=tuple(flag.id for flag in flags), clear=clear)
    return [screened, *records.flags_raised(state, flags, moment, reason="Red flag before a practice")]


def back(state: SessionState, command: c.PracticeBack, moment: Moment) -> list[e.AnyEvent]:
    """Nobody was guided while the screen was gone, so nothing went on: it waits, and inside it leads out."""
    activity = state.activity
    if activity is None or activity.started_at is None or command.gone_ms < GONE_MS:
        return []
    events = stage.end_asking(state, "paused")
    if activity.on_internal:
        events += stage.consent_ended(activity, "absence")
    if activity.pause is None:
        events.append(e.ActivityPaused(by=Role.SYSTEM))
    if activity.on_internal:
        events += stage.to_way_out(activity, moment.now_ms)
    return events


def end(state: SessionState) -> list[e.AnyEvent]:
    return [*stage.end_asking(state, "ended"), e.PracticeEnded()]
