"""The red-flag list as a form shows it, and the page that says whom to call, from arrival and from "wrong"."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from exercises.saying import joined, say
from server import wiring
from server.accounts.access import Login
from server.notify import hours
from server.pages.answering import within_words
from server.pages.frame import House, page
from sessions.flags import FLAG_BY_ID, FLAGS, Flag, Tier
from sessions.safety import SOONEST

#: Something worries, and nothing is ticked: that is told to the therapist too, never dropped.
UNSAID: Final = ("unsure",)
#: Not repeated in large type: whoever looks over a shoulder may be the reason.
_UNSHOWN: Final = frozenset({"in_danger", "own_life", "assault"})
#: After these somebody to talk with matters as much as an ambulance.
_TO_TALK: Final = frozenset({"own_life", "assault"})
_GROUPS: Final = (
    (Tier.EMERGENCY, "These need help at once"),
    (Tier.SAME_DAY, "These are worth a call today"),
    (Tier.PAUSE, "With these we leave some things out today"),
    (Tier.NOTE, "These are good to know"),
)


def groups() -> list[tuple[str, list[Flag]]]:
    """The list in the order of how soon it matters, each group with its heading."""
    return [(words, [flag for flag in FLAGS if flag.tier is tier]) for tier, words in _GROUPS]


def tier_of(flags: Sequence[str]) -> Tier | None:
    """The most urgent among ticked items; None where nothing was ticked."""
    return min((FLAG_BY_ID[flag].tier for flag in flags), key=SOONEST.index, default=None)


def read_words(request: web.Request, clinic: House) -> str:
    """When what is told now will be read, as a sentence that promises no more than the clinic does."""
    opens = hours.opens_words(clinic.settings, request.app[wiring.CLOCK].now_ms())
    reads = say("Somebody there reads it {when}.", when=within_words(clinic.settings))
    if not opens:
        return reads
    return joined([say("{clinic} is closed now and opens {when}.", clinic=clinic.name, when=opens), reads], by=" ")


def help_page(
    request: web.Request,
    *,
    login: Login,
    clinic: House,
    flags: Sequence[str],
    therapist: str,
    place: str = "",
    session_id: str = "",
    safe: bool = True,
    arriving: bool = False,
) -> web.Response:
    """Whom to call first, then what there is instead. `session_id` is the visit that somebody can go back to."""
    tier = tier_of(flags)
    urgent = [flag for flag in flags if FLAG_BY_ID[flag].tier in (Tier.EMERGENCY, Tier.SAME_DAY)]
    now_ms = request.app[wiring.CLOCK].now_ms()
    return page(
        request,
        "help",
        login=login,
        tier=tier,
        said=[FLAG_BY_ID[flag].say for flag in urgent if flag not in _UNSHOWN],
        crisis=clinic.settings.crisis_number if _TO_TALK & set(flags) else "",
        place_given=place,
        therapist=therapist,
        session_id=session_id,
        safe=safe,
        arriving=arriving,
        opens=hours.opens_words(clinic.settings, now_ms),
        read=read_words(request, clinic),
        clinic=clinic,
    )
