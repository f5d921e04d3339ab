"""The library to read: every exercise with all that it holds, and "I have read it, approve it for this clinic"."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.adapting import made_from, version_words
from exercises.loader import GROUPS
from exercises.model import Act, Exercise, ReviewStatus
from exercises.saying import say
from exercises.wording import PLAIN, spoken, worded_parts
from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.db import approvals, people
from server.db.approvals import Approval
from server.db.people import Role
from server.pages import own_versions
from server.pages.forms import Form, posted
from server.pages.frame import House, house, page, see_other
from sessions.telling import breath_words

_GROUP_NAMES: Final = {
    "breath": say("Breath"),
    "position": say("Positions"),
    "release": say("Letting go"),
    "attention": say("Attention"),
    "touch": say("Looking and touch"),
    "dilator": say("Inside"),
    "together": say("With somebody"),
    "keeping": say("Keeping on"),
    "recovery": say("When it is too much"),
}
ACTS: Final = {
    Act.BREATHE: say("breathing"),
    Act.REST: say("resting"),
    Act.TOUCH: say("touch"),
    Act.CONTRACT: say("tightening, then letting go"),
    Act.RELEASE: say("letting go"),
    Act.INSERT: say("letting in"),
    Act.HOLD: say("holding still inside"),
    Act.REMOVE: say("taking out"),
}
_STATUS: Final = {
    ReviewStatus.DRAFT: say("Draft, not reviewed by a clinician yet"),
    ReviewStatus.IN_REVIEW: say("A clinician is reviewing it, not approved yet"),
    ReviewStatus.APPROVED: say("Reviewed and approved"),
}
_SHORT_STATUS: Final = {
    ReviewStatus.DRAFT: say("draft"),
    ReviewStatus.IN_REVIEW: say("in review"),
    ReviewStatus.APPROVED: say("reviewed"),
}
_READERS: Final = (Role.THERAPIST, Role.OWNER)
_CHANGED: Final = "These words have changed since you opened the page. Read them again; then you can approve them."


class Standing(Struct, frozen=True):
    """By whom in this clinic a version was approved, and when."""

    version: int
    name: str
    at_ms: int


class Entry(Struct, frozen=True):
    """One line of the list."""

    path: str
    exercise: Exercise
    status: str
    standing: Standing | None
    own: list[tuple[str, str]]


async def show_all(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, *_READERS)
    standings = await _standings(request, login.clinic_id)
    own_library = request.app[wiring.OWN_LIBRARY]
    live = own_library.live(login.clinic_id)
    worded = {
        own_versions.language_name(request, code): own_library.worded(login.clinic_id, code)
        for code in own_library.languages
    }
    entries = [
        Entry(
            path(request, exercise),
            spoken(exercise),
            _status(exercise),
            _told(live.get(exercise.slug) or exercise, exercise, standings),
            [(version_words(own[exercise.slug].version), name) for name, own in worded.items() if exercise.slug in own],
        )
        for exercise in request.app[wiring.LIBRARY]
    ]
    groups = [
        (group_name(group), found)
        for group in GROUPS
        if (found := [entry for entry in entries if entry.exercise.group == group])
    ]
    return page(
        request,
        "library",
        login=login,
        place="library",
        groups=groups,
        count=len(entries),
        waiting=sum(entry.standing is None for entry in entries),
        clinic=await house(request, login.clinic_id),
    )


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, *_READERS)
    return await _page(request, login, asked_for(request), Form())


async def approve(request: web.Request) -> web.StreamResponse:
    return await _decided(request, approved=True)


async def withdraw(request: web.Request) -> web.StreamResponse:
    return await _decided(request, approved=False)


async def _decided(request: web.Request, *, approved: bool) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST)
    exercise, form = asked_for(request), await posted(request)
    if approved and form.value("edition") != _edition(request, exercise):
        form.note("", _CHANGED)
        return await _page(request, login, exercise, form, status=422)
    change = approvals.approve if approved else approvals.withdraw
    async with request.app[wiring.STORE].write() as tx:
        await change(
            tx,
            login.clinic_id,
            exercise.slug,
            exercise.version,
            person_id=login.person.id,
            now_ms=request.app[wiring.CLOCK].now_ms(),
        )
    return see_other(f"{path(request, exercise)}#review")


def group_name(group: str) -> str:
    return _GROUP_NAMES.get(group, group.capitalize())


def path(request: web.Request, exercise: Exercise) -> str:
    """The page of an exercise. Its name would stay in histories and in logs, so that the address has none."""
    return f"/library/{request.app[wiring.KEYS].address_of('exercise ' + exercise.slug)}"


def asked_for(request: web.Request) -> Exercise:
    """The exercise that the address names. Raises HTTPNotFound."""
    wanted = f"/library/{request.match_info['exercise']}"
    found = next((one for one in request.app[wiring.LIBRARY] if path(request, one) == wanted), None)
    if found is None:
        raise web.HTTPNotFound
    return found


def _edition(request: web.Request, exercise: Exercise) -> str:
    """What was read: another after any change of the library, also one that kept its number."""
    return f"{exercise.version} {request.app[wiring.LIBRARY].version}"


async def _page(
    request: web.Request, login: Login, exercise: Exercise, form: Form, *, status: int = 200
) -> web.Response:
    clinic: House = await house(request, login.clinic_id)
    standings = await _standings(request, login.clinic_id)
    # What the clinic worded by itself stands in a list of its own.
    before = [
        standing
        for (slug, version), standing in standings.items()
        if slug == exercise.slug and made_from(version) is None
    ]
    return page(
        request,
        "exercise",
        login=login,
        place="library",
        status=status,
        form=form,
        path=path(request, exercise),
        edition=_edition(request, exercise),
        exercise=exercise,
        title=spoken(exercise).title,
        group=group_name(exercise.group),
        words=_STATUS[exercise.review.status],
        standing=_current(exercise, standings),
        before=[standing for standing in before if standing.version != exercise.version],
        parts=lambda text: worded_parts(text, PLAIN),
        ways_out={step.way_out for step in exercise.steps if step.way_out},
        acts=ACTS,
        breath=breath_words,
        versions=await own_versions.listed(request, login, exercise.slug, of=path(request, exercise)),
        clinic=clinic,
    )


def _status(exercise: Exercise) -> str:
    return _SHORT_STATUS[exercise.review.status]


def _told(told: Exercise, exercise: Exercise, standings: dict[tuple[str, int], Standing]) -> Standing | None:
    """The approval of what is told; where that is a draft offered in visits, of what stands at home."""
    return _current(told, standings) or _current(exercise, standings)


def _current(exercise: Exercise, standings: dict[tuple[str, int], Standing]) -> Standing | None:
    return standings.get((exercise.slug, exercise.version))


async def _standings(request: web.Request, clinic_id: str) -> dict[tuple[str, int], Standing]:
    async with request.app[wiring.STORE].reader() as tx:
        found = await approvals.approvals_of(tx, clinic_id)
        who = await people.people(tx, clinic_id, list({one.person_id for one in found.values()}))
    return {key: _standing(one, who) for key, one in found.items()}


def _standing(approval: Approval, who: dict[str, people.Person]) -> Standing:
    person = who.get(approval.person_id)
    return Standing(approval.version, (person.name if person else None) or "a therapist", approval.at_ms)


routes = [
    web.get("/library", show_all),
    web.get("/library/{exercise:[0-9a-f]+}", show),
    web.post("/library/{exercise:[0-9a-f]+}/approve", approve),
    web.post("/library/{exercise:[0-9a-f]+}/withdraw", withdraw),
]
