"""Clearance: what lifts the suspension of internal work, which exercises and sizes are open, and who decided when."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.ladder import in_order, neutral_ladder
from exercises.model import Ladder, Rung
from exercises.saying import joined, lowered, say
from exercises.wording import spoken
from server import wiring
from server.accounts import access
from server.accounts.access import PatientSeat
from server.care.caring import CareHistory, Moved
from server.db import approvals, people
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions import care
from sessions.intake import CONDITIONS
from sessions.moment import Find
from sessions.people import Actor, Role
from sessions.telling import rung_words


class _Told(Struct, frozen=True):
    """A line of the history as the page shows it."""

    at_ms: int
    who: str
    words: str
    more: str


_MOVED: Final = (
    "Nothing was stored: this care was changed since you opened the page. The newest line under “Who decided what” "
    "says by whom. What you typed is still here; look again, then store it once more if it still holds."
)
_PREGNANCY: Final = ("not_pregnant", "cleared")
_SAY: Final = (
    "Work inside the body waits until we have talked. Breathing and letting go stay here for you, as often as you like."
)


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _page(request, seat, None, suspend=Form.of(say=_SAY))


async def store(request: web.Request) -> web.StreamResponse:
    """Clears where it is suspended; else changes which exercises and sizes are open."""
    seat = await access.patient(request, request.match_info["id"])
    state = await request.app[wiring.CARE].state(seat.login.clinic_id, seat.patient.id)
    form = await posted(request)
    # What the page showed decides what was meant: somebody else may have suspended meanwhile.
    wants_to_clear = form.value("wants") == "clear"
    enabled = form.several("enabled", _to_enable(request))
    ladder = _ladder(form, state)
    rung = form.chosen("rung", [one.id for one in ladder.rungs] if ladder is not None else []) or None
    if form.value("rung") and rung is None:
        form.note("rung", "Choose one of the sizes that are ticked.")
    half_step = state.half_step if rung == state.rung else None
    command: care.CareCommand = care.Arrange(enabled=enabled, ladder=ladder, rung=rung, half_step=half_step)
    if wants_to_clear:
        command = care.Clear(clearance=_clearance(form), enabled=enabled, ladder=ladder, rung=rung)
    try:
        done = not form.errors and await _change(request, seat, form, command, shown_seq=_shown_seq(form))
    except Moved:
        form.note("", _MOVED)
        return await _page(request, seat, form, suspend=Form.of(say=_SAY), status=409)
    if not done:
        return await _page(request, seat, form, suspend=Form.of(say=_SAY), status=form.status)
    return see_other(f"/patients/{seat.patient.id}/clearance")


def _shown_seq(form: Form) -> int | None:
    """The last line of the history that was on the page; None from a form that does not say."""
    typed = form.value("shown")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


async def suspend(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    form = await posted(request)
    reason = form.text("why", ask="Write why. Only therapists read it.", most=300, lines=True)
    say = form.text("say", ask="Write what the patient reads.", most=500, lines=True)
    done = not form.errors and await _change(request, seat, form, care.Suspend(say=say, reason=reason))
    if not done:
        return await _page(request, seat, None, suspend=form, status=form.status)
    return see_other(f"/patients/{seat.patient.id}/clearance")


async def _change(
    request: web.Request, seat: PatientSeat, form: Form, command: care.CareCommand, *, shown_seq: int | None = None
) -> bool:
    actor = Actor(id=seat.login.person.id, role=Role.THERAPIST)
    changing = request.app[wiring.CARE].change(
        seat.login.clinic_id, seat.patient.id, command, actor=actor, shown_seq=shown_seq
    )
    return await attempt(form, changing)


def _clearance(form: Form) -> care.Clearance:
    unasked = [words for name, words in CONDITIONS.items() if not form.has("asked", name)]
    if unasked:
        form.note(
            "asked",
            say("Ask about these too, then tick them: {what}.", what=joined(lowered(words) for words in unasked)),
        )
    examined = form.text("examined", most=300, lines=True)
    if len(examined) < 3:
        form.note("examined", "Write who examined, and when, or why no examination is needed.")
    if not form.ticked("adult"):
        form.note("adult", "Ebb is for adults. Confirm that this person is one.")
    pregnancy = form.chosen("pregnancy", _PREGNANCY, ask="Choose one of the two.")
    return care.Clearance(
        examined=examined,
        conditions_screened=not unasked,
        adult=form.ticked("adult"),
        pregnancy="cleared" if pregnancy == "cleared" else "not_pregnant",
        pregnancy_cleared_by=form.text("pregnancy_cleared_by", most=300) or None,
        reason=form.text("reason", most=300, lines=True) or None,
    )


def _to_enable(request: web.Request) -> list[str]:
    return [exercise.slug for exercise in request.app[wiring.LIBRARY] if exercise.needs_enabling]


def _offered(state: care.CareState) -> list[Rung]:
    """The rungs to tick from: the patient's own, then those of the neutral set that are not among them."""
    own = list(state.ladder.rungs) if state.ladder is not None else []
    known = {rung.id for rung in own}
    # The order of the patient's own ladder is a therapist's word, and stays.
    return list(in_order(own, [rung for rung in neutral_ladder().rungs if rung.id not in known]))


def _ladder(form: Form, state: care.CareState) -> Ladder | None:
    ticked = form.several("rungs", [rung.id for rung in _offered(state)])
    rungs = tuple(rung for rung in _offered(state) if rung.id in ticked)
    return Ladder(version=1, rungs=rungs) if rungs else None


def _stored(state: care.CareState) -> Form:
    """What is open already. A clearance is never filled in by us: it is said anew each time."""
    return Form.of(
        enabled=state.enabled,
        rungs=[rung.id for rung in state.ladder.rungs] if state.ladder is not None else [],
        rung=state.rung,
    )


async def _page(
    request: web.Request, seat: PatientSeat, form: Form | None, *, suspend: Form, status: int = 200
) -> web.Response:
    book = request.app[wiring.CARE]
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    state = await book.state(clinic_id, patient_id)
    history = await book.history(clinic_id, patient_id)
    async with request.app[wiring.STORE].reader() as tx:
        who = await people.people(tx, clinic_id, list({line.person_id for line in history if line.person_id}))
        approved = await approvals.approvals_of(tx, clinic_id)
    library = request.app[wiring.OWN_LIBRARY].live(clinic_id)
    return page(
        request,
        "clearance",
        login=seat.login,
        status=status,
        form=_stored(state) if form is None else form,
        suspend=suspend,
        patient=seat.patient,
        care=state,
        shown=history[-1].seq,
        again=state.suspended is not None and (state.clearance is not None or _was_suspended(history)),
        conditions=[(name, words, _at_intake(state, name)) for name, words in CONDITIONS.items()],
        exercises=[spoken(exercise) for exercise in library if exercise.needs_enabling],
        approved={slug for slug, version in approved if (one := library.get(slug)) and one.version == version},
        rungs=[(rung, _size(rung)) for rung in _offered(state)],
        history=[
            _Told(line.at_ms, who_words(line, {one.id: one.name for one in who.values()}), *told(line, library.get))
            for line in reversed(history)
        ],
        clinic=await house(request, clinic_id),
    )


def _at_intake(state: care.CareState, condition: str) -> str:
    """What the intake says of it. It is asked again here, because it may have changed; nothing is ticked by us."""
    intake = state.intake
    if intake is None or condition not in intake.asked:
        return ""
    return "Found at intake" if condition in intake.conditions else "Not found at intake"


def _was_suspended(history: list[CareHistory]) -> bool:
    return any(isinstance(line.event, care.CareSuspended) for line in history)


def _size(rung: Rung) -> str:
    if rung.diameter_mm is None:
        return ""
    wide = say("{width} mm wide", width=rung.diameter_mm)
    return wide if rung.length_mm is None else joined([wide, say("{length} mm long", length=rung.length_mm)])


_ROLES: Final = {
    Role.PATIENT: say("Patient"),
    Role.THERAPIST: say("Therapist"),
    Role.SUPPORT: say("Support"),
    Role.SYSTEM: say("System"),
}


def who_words(line: CareHistory, names: dict[str, str | None]) -> str:
    if line.person_id is None:
        return "Ebb"
    return names.get(line.person_id) or _ROLES[line.role]


def told(line: CareHistory, find: Find) -> tuple[str, str]:
    """What happened, and what belongs to it."""
    match line.event:
        case care.CareOpened():
            return "Internal work suspended, as for everybody new", ""
        case care.CareSuspended(suspension=suspension):
            return "Internal work suspended", suspension.reason
        case care.CareCleared(clearance=clearance):
            return "Internal work cleared", _clearance_words(clearance)
        case care.CareArranged(enabled=enabled, ladder=ladder, rung=rung):
            return "Exercises and sizes set", _arranged_words(enabled, ladder, rung, find)
        case care.CareIntakeTaken(intake=intake):
            found = joined(lowered(CONDITIONS[one]) for one in intake.conditions)
            return "History taken", say("Found: {what}.", what=found) if found else ""
        case care.CareDecided(taken=taken, reason=reason):
            return "Suggestion taken" if taken else "Suggestion not taken", reason
        case care.CareThresholdsSet():
            return "The clinic’s thresholds changed", ""
        case care.CareWordingSet():
            return "Own words set", ""
        case care.CareProgrammeSet(programme=programme, reason=reason):
            return say("Home programme, version {number}", number=programme.version), reason
        case care.CareHandedOver(reason=reason):
            return "Handed over to another therapist", reason


def _arranged_words(enabled: tuple[str, ...], ladder: Ladder | None, rung: str | None, find: Find) -> str:
    titles = [spoken(exercise).title for slug in enabled if (exercise := find(slug)) is not None]
    rungs = () if ladder is None else ladder.rungs
    words = [
        say(
            "Exercises: {exercises}. Sizes: {sizes}.",
            exercises=joined(titles) or say("none"),
            sizes=joined(rung_words(one) for one in rungs) or say("none"),
        ),
        *(say("Now at {size}.", size=one.label) for one in rungs if one.id == rung),
    ]
    return joined(words, by=" ")


def _clearance_words(clearance: care.Clearance) -> str:
    words = [
        say("Examined: {who}. Conditions asked about. Adult.", who=clearance.examined),
        say("Pregnancy: cleared by {who}.", who=clearance.pregnancy_cleared_by)
        if clearance.pregnancy == "cleared"
        else say("Not pregnant."),
        *([clearance.reason] if clearance.reason else []),
    ]
    return joined(words, by=" ")


routes = [
    web.get("/patients/{id}/clearance", show),
    web.post("/patients/{id}/clearance", store),
    web.post("/patients/{id}/suspend", suspend),
]
