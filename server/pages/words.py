"""A patient's own words: how they like to be spoken to, set by themselves, or by their therapist as they heard it."""

from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from exercises.saying import joined, say
from exercises.wording import PLACES, Tone, Wording, kept, usual
from server import languages, wiring
from server.accounts import access
from server.accounts.access import Login, PatientSeat
from server.db import people
from server.db.people import Role as PersonRole
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions import care
from sessions.people import Actor, Role

_TONES: Final[tuple[Tone, Tone]] = ("plain", "clinical")
#: What each place is, and a sentence as scripts have it, to see there what a word becomes.
_PLACES: Final = {
    "vagina": ("Inside, the vagina", "Your {vagina} widens and settles by itself as you breathe."),
    "vulva": ("Outside, the vulva", "Rest a hand on the {vulva}, if you like."),
    "entrance": ("The entrance", "Let the tip rest at the {entrance}, no further."),
    "floor": ("The pelvic floor, the muscles underneath", "As air comes in, your {floor} widens and sinks."),
    "dilator": ("A dilator", "Your hands and your {dilator} are clean."),
    "tailbone": ("The tailbone", "Let your {tailbone} grow heavy."),
}


class Place(Struct, frozen=True):
    """A place of the scripts on the page: its field, and its sentence on both sides of the word."""

    id: str
    name: str
    plain: str
    clinical: str
    before: str
    word: str
    after: str


async def show_own(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, PersonRole.PATIENT)
    return await _own_page(request, login, None)


async def store_own(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, PersonRole.PATIENT)
    form = await posted(request)
    if not await _stored(request, form, login.clinic_id, login.person.id, Actor(id=login.person.id, role=Role.PATIENT)):
        return await _own_page(request, login, form, status=form.status)
    return see_other("/words?said=kept")


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _heard_page(request, seat, None)


async def store(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    form = await posted(request)
    actor = Actor(id=seat.login.person.id, role=Role.THERAPIST)
    if not await _stored(request, form, seat.login.clinic_id, seat.patient.id, actor):
        return await _heard_page(request, seat, form, status=form.status)
    return see_other(f"/patients/{seat.patient.id}/words?said=kept")


async def _stored(request: web.Request, form: Form, clinic_id: str, patient_id: str, actor: Actor) -> bool:
    tone: Tone = "clinical" if form.chosen("tone", _TONES, ask="Choose one of the two.") == "clinical" else "plain"
    own = {place: word for place in PLACES if (word := kept(form.text(f"own_{place}"))) is not None}
    wording = Wording(tone=tone, address=kept(form.text("address")), own=own)
    if form.errors:
        return False
    return await attempt(
        form, request.app[wiring.CARE].change(clinic_id, patient_id, care.SetWording(wording), actor=actor)
    )


async def _own_page(request: web.Request, login: Login, form: Form | None, *, status: int = 200) -> web.Response:
    therapists = await _therapists(request, login.clinic_id, login.person.id)
    values = await _values(request, login.clinic_id, login.person.id, form)
    return page(
        request,
        "words",
        login=login,
        place="words",
        status=status,
        therapists=therapists,
        clinic=await house(request, login.clinic_id),
        **values,
    )


async def _heard_page(request: web.Request, seat: PatientSeat, form: Form | None, *, status: int = 200) -> web.Response:
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    values = await _values(request, clinic_id, patient_id, form)
    return page(
        request,
        "words_heard",
        login=seat.login,
        status=status,
        patient=seat.patient,
        last=await _last(request, clinic_id, patient_id),
        clinic=await house(request, clinic_id),
        **values,
    )


async def _values(request: web.Request, clinic_id: str, patient_id: str, form: Form | None) -> dict[str, Any]:
    """`form` is what was typed, or None: then what is stored. The sentences say what the form says."""
    wording = (await request.app[wiring.CARE].state(clinic_id, patient_id)).wording
    if form is None:
        own = {f"own_{place}": word for place, word in wording.own.items()}
        form = Form.of(tone=wording.tone, address=wording.address, **own)
    else:
        wording = Wording(
            tone="clinical" if form.value("tone") == "clinical" else "plain",
            own={place: word for place in PLACES if (word := kept(form.value(f"own_{place}"))) is not None},
        )
    return {
        "form": form,
        "places": [_place(place, wording) for place in PLACES],
        "tones": [("plain", "Plain", _differing("plain")), ("clinical", "Clinical", _differing("clinical"))],
        "said": "kept" if request.query.get("said") == "kept" and not form.errors else "",
    }


def _differing(tone: Tone) -> str:
    """The words in which the two ways of speaking differ."""
    code = languages.current().code
    pairs = [[usual(place, each, language=code) for each in _TONES] for place in PLACES]
    words = [pair[_TONES.index(tone)] for pair in pairs if pair[0] != pair[1]]
    return say("Such as {words}", words=joined(words))


def _place(place: str, wording: Wording) -> Place:
    name, sentence = _PLACES[place]
    before, after = languages.gettext(sentence).split(f"{{{place}}}")
    code = languages.current().code
    return Place(
        id=place,
        name=name,
        plain=usual(place, "plain", language=code),
        clinical=usual(place, "clinical", language=code),
        before=before,
        # In a page the element isolates the word, so that it goes in as it is.
        word=wording.own.get(place) or usual(place, wording.tone, language=code),
        after=after,
    )


async def _therapists(request: web.Request, clinic_id: str, patient_id: str) -> list[str]:
    async with request.app[wiring.STORE].reader() as tx:
        found = await people.people(tx, clinic_id, await people.therapists_of(tx, clinic_id, patient_id))
    return [person.name for person in found.values() if person.name]


async def _last(request: web.Request, clinic_id: str, patient_id: str) -> tuple[int, str] | None:
    """When these words were set last, and by whom."""
    history = await request.app[wiring.CARE].history(clinic_id, patient_id)
    line = next((line for line in reversed(history) if isinstance(line.event, care.CareWordingSet)), None)
    if line is None or line.person_id is None:
        return None
    async with request.app[wiring.STORE].reader() as tx:
        who = await people.person(tx, clinic_id, line.person_id)
    return line.at_ms, (who.name if who is not None else None) or line.role.value


routes = [
    web.get("/words", show_own),
    web.post("/words", store_own),
    web.get("/patients/{id}/words", show),
    web.post("/patients/{id}/words", store),
]
