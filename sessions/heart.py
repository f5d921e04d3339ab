"""The swing of the heart with slow breathing, as a number a minute: what of a belt is kept, and when.

The belt and what is worked out from it are the patient's own screen's; `static/js/heart/swing.js` says how. Here is
only what may go into the record: sent by the patient, who shares it, while a breath goes on, and at most one each
50 seconds. It is a number to look back at together. It is no score, and nothing in Ebb is decided by it.
"""

from typing import Final

from sessions import commands as c
from sessions import events as e
from sessions.moment import Moment
from sessions.people import Refused
from sessions.state import SessionState

#: A minute's number may come a little early or late; two in the same minute are one too many.
EVERY_MS: Final = 50_000


def rests(state: SessionState) -> bool:
    """Whether the pacer rests, and the line with it: stopped, paused, dizzy, or nothing that breathes."""
    return state.running != "running" or state.pacer is None or state.comfort == "dizzy"


def record(state: SessionState, command: c.HeartRecord, moment: Moment) -> list[e.AnyEvent]:
    """Raises Refused: `not_now` where no breath goes on, `too_fast` within 50 s of the one before."""
    if rests(state):
        raise Refused("not_now", "The pacer rests, and what your belt measures rests with it.")
    if state.heart and moment.now_ms - state.heart[-1].at < EVERY_MS:
        raise Refused("too_fast", "One number a minute is enough. Nothing is lost.")
    return [e.HeartRecorded(swing_tenths=command.swing_tenths, rate=command.rate, breaths=command.breaths)]
