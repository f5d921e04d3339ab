"""One patient's ladder: what is on it, in order of ease, and where they are. A therapist's, step by step."""

from collections.abc import Iterable
from typing import Final, cast

from aiohttp import web
from msgspec import Struct

from exercises.ladder import FIRST_RUNGS, HALF_STEPS, in_order, neutral_ladder, rungs_of
from exercises.model import Ladder, Rung
from exercises.saying import capitalised, joined, say
from server import wiring
from server.accounts import access
from server.accounts.access import PatientSeat
from server.care.caring import Moved
from server.clinic_settings import ClinicSettings
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions import care
from sessions.checkins import HalfStep
from sessions.people import Actor, Role

_RUNGS_MOST: Final = 60
_MOVED: Final = (
    "Nothing was stored: this care was changed since you opened the page. What you ticked is still here. "
    "Look at it again, then store it once more."
)
_EMPTY: Final = (
    "Nothing is ticked. Without a rung, exercises with sizes can then not be offered. Tick the sentence below to "
    "store the ladder empty."
)


class Group(Struct, frozen=True):
    """Rungs that may be added: what comes first, a set of the clinic, or the neutral set."""

    name: str
    about: str
    rungs: tuple[tuple[Rung, str], ...]
    open: bool


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _page(request, seat, None)


async def store(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    form = await posted(request)
    clinic = await house(request, seat.login.clinic_id)
    state = await request.app[wiring.CARE].state(seat.login.clinic_id, seat.patient.id)
    rungs = _ticked(form, state, clinic.settings)
    if form.value("easier") or form.value("harder"):
        # Nothing is stored yet: only the order on the page changes.
        return await _page(request, seat, form, rungs=_stepped(rungs, form), moved=True)
    command = _arrange(form, state, rungs)
    try:
        done = not form.errors and await _change(request, seat, form, command)
    except Moved:
        form.note("", _MOVED)
        return await _page(request, seat, form, rungs=rungs, status=409)
    if not done:
        return await _page(request, seat, form, rungs=rungs, status=form.status)
    return see_other(f"/patients/{seat.patient.id}/ladder?said=stored")


def _arrange(form: Form, state: care.CareState, rungs: tuple[Rung, ...]) -> care.Arrange:
    rung = form.chosen("rung", [one.id for one in rungs]) or None
    if form.value("rung") and rung is None:
        form.note("rung", "Choose one of the rungs that are ticked.")
    if len(rungs) > _RUNGS_MOST:
        form.note(
            "rungs",
            say("{most} rungs are the most that fit on one ladder. Take every second millimetre.", most=_RUNGS_MOST),
        )
    # While internal work is suspended nothing with a size can be offered anyway.
    if not rungs and state.suspended is None and not form.ticked("empty"):
        form.note("empty", _EMPTY)
    half_step = cast("HalfStep | None", form.chosen("half_step", HALF_STEPS) or None)
    if half_step is not None and rung is None:
        form.note("half_step", "Choose the rung that this belongs to, under “Now at”.")
    return care.Arrange(
        enabled=state.enabled,
        ladder=Ladder(version=1, rungs=rungs) if rungs else None,
        rung=rung,
        half_step=half_step,
        reason=form.text("reason", most=300, lines=True) or None,
    )


async def _change(request: web.Request, seat: PatientSeat, form: Form, command: care.Arrange) -> bool:
    shown = form.value("shown")
    changing = request.app[wiring.CARE].change(
        seat.login.clinic_id,
        seat.patient.id,
        command,
        actor=Actor(id=seat.login.person.id, role=Role.THERAPIST),
        shown_seq=int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 10 else None,
    )
    return await attempt(form, changing)


def _on_it(state: care.CareState) -> tuple[Rung, ...]:
    return () if state.ladder is None else state.ladder.rungs


def _sets(settings: ClinicSettings) -> list[tuple[str, str, tuple[Rung, ...]]]:
    """What rungs come from: name, what it is, and its rungs."""
    neutral = "By millimetres, in even steps of 3. Nobody’s product."
    return [
        ("Before dilators", "Many people begin here, and stay as long as they like.", FIRST_RUNGS),
        *((one.name, one.material, rungs_of(one)) for one in settings.sets),
        ("Neutral set", neutral, neutral_ladder().rungs),
    ]


def _known(state: care.CareState, settings: ClinicSettings) -> dict[str, Rung]:
    """Every rung that can be ticked, by id. One that is measured otherwise has another id, so words alone differ.

    What is on the ladder stays the ladder's own where its set is gone.
    """
    every = {rung.id: rung for rung in _on_it(state)}
    for _, _, rungs in _sets(settings):
        every |= {rung.id: rung for rung in rungs}
    return every


def _ticked(form: Form, state: care.CareState, settings: ClinicSettings) -> tuple[Rung, ...]:
    """Those that were ticked: what was on the page's ladder in the page's order, each new one in its place."""
    known = _known(state, settings)
    listed = dict.fromkeys(one for one in form.every("order") if one in known)
    ticked = set(form.several("rungs", known))
    kept = [known[one] for one in listed if one in ticked]
    added = [rung for one, rung in known.items() if one in ticked and one not in listed]
    return in_order(kept, added)


def _stepped(rungs: tuple[Rung, ...], form: Form) -> tuple[Rung, ...]:
    """One rung moved by one place. Only those without a size: dilators stand by their width."""
    wanted, by = (form.value("easier"), -1) if form.value("easier") else (form.value("harder"), 1)
    place = next((index for index, rung in enumerate(rungs) if rung.id == wanted and rung.diameter_mm is None), None)
    if place is None or not 0 <= place + by < len(rungs):
        return rungs
    moved = list(rungs)
    moved.insert(place + by, moved.pop(place))
    return tuple(moved)


def size_words(rung: Rung) -> str:
    """Such as `22 mm wide, 100 mm long, soft blue set`; empty where there is nothing to measure."""
    parts: list[str] = [] if rung.diameter_mm is None else [say("{width} mm wide", width=rung.diameter_mm)]
    parts += [say("{length} mm long", length=rung.length_mm)] if rung.length_mm is not None else []
    return joined([*parts, *(word for word in (rung.colour, rung.set_name, rung.material) if word)])


def _groups(known: Iterable[str], settings: ClinicSettings, ticked: Iterable[str]) -> list[Group]:
    on_page, chosen = set(known), set(ticked)
    groups = []
    for name, about, rungs in _sets(settings):
        left = tuple((rung, size_words(rung)) for rung in rungs if rung.id not in on_page)
        if left:
            groups.append(Group(name, about, left, open=any(rung.id in chosen for rung, _ in left)))
    return groups


def _stored(state: care.CareState) -> Form:
    return Form.of(
        rungs=[rung.id for rung in _on_it(state)],
        rung=state.rung,
        half_step=state.half_step or "",
    )


async def _page(
    request: web.Request,
    seat: PatientSeat,
    form: Form | None,
    *,
    rungs: tuple[Rung, ...] | None = None,
    moved: bool = False,
    status: int = 200,
) -> web.Response:
    book = request.app[wiring.CARE]
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    state = await book.state(clinic_id, patient_id)
    history = await book.history(clinic_id, patient_id)
    clinic = await house(request, clinic_id)
    known = _known(state, clinic.settings)
    if rungs is None:
        rungs = tuple(known[rung.id] for rung in _on_it(state))
    # What was unticked stays in sight until it is stored, so that a tick can come back.
    listed = in_order(rungs, [known[rung.id] for rung in _on_it(state) if rung.id not in {one.id for one in rungs}])
    filled = _stored(state) if form is None else form
    return page(
        request,
        "ladder",
        login=seat.login,
        status=status,
        form=filled,
        patient=seat.patient,
        care=state,
        # A form that comes back was made for what was shown then.
        shown=history[-1].seq if form is None or status == 409 else form.value("shown"),
        said="The ladder is stored." if form is None and request.query.get("said") == "stored" else "",
        moved=moved,
        orders=len(listed) > 1 and any(rung.diameter_mm is None for rung in listed),
        rungs=[(rung, size_words(rung), rung.diameter_mm is None) for rung in listed],
        groups=_groups([rung.id for rung in listed], clinic.settings, [rung.id for rung in rungs]),
        half_steps=[(name, capitalised(words)) for name, words in HALF_STEPS.items()],
        clinic=clinic,
    )


routes = [
    web.get("/patients/{id}/ladder", show),
    web.post("/patients/{id}/ladder", store),
]
