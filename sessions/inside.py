"""Whether work inside the body may begin now: the one gate that a visit and a practice at home go through."""

from typing import Final

from sessions.moment import Moment
from sessions.people import Refused
from sessions.state import SessionState

#: What was said of today is not asked of tomorrow.
SCREENED_FOR_MS: Final = 12 * 3_600_000
#: A phone that has heard nothing for longer does not know whether something was suspended since.
FETCHED_FOR_MS: Final = 14 * 24 * 3_600_000

SUSPENDED: Final = "Work inside the body is suspended until the therapist clears it."
_UNSCREENED: Final = "Before work inside the body there are a few questions about today. Answer them, and it can begin."
_NOT_CLEAR: Final = (
    "Work inside the body waits, because of what you told us of today. Breathing and letting go are here for you now."
)
_STALE: Final = (
    "It is over 14 days since this device heard from your clinic. Work inside the body waits until it has been online "
    "once. Breathing and letting go are here for you now."
)


def may_begin(state: SessionState, moment: Moment) -> None:
    """Raises Refused. At home there is nobody to ask, so a screening of today and a fresh programme stand for it."""
    if state.care.suspended is not None:
        raise Refused("suspended", SUSPENDED)
    if state.kind != "practice":
        return
    screened = state.screened
    if screened is None or moment.now_ms - screened.at > SCREENED_FOR_MS:
        raise Refused("not_now", _UNSCREENED)
    if not screened.clear:
        raise Refused("suspended", _NOT_CLEAR)
    if moment.fetched_ms is None or moment.now_ms - moment.fetched_ms > FETCHED_FOR_MS:
        raise Refused("not_now", _STALE)
