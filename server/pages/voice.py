"""The therapist's own voice: said step by step in the browser, kept sealed, heard by their own patients at home."""

from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from exercises.model import Exercise, Step
from exercises.wording import PLAIN, spoken, worded_parts
from server import middleware, wiring
from server.accounts import access
from server.accounts.access import Login
from server.db import approvals, people, recordings
from server.db.people import Role
from server.db.recordings import Recording
from server.db.store import new_id
from server.languages import told
from server.pages import exercises
from server.pages.frame import house, page, see_other
from server.practice import voice
from server.uploads import Bounds
from sessions.people import Refused

LENGTH_HEADER: Final = "Ebb-Length-Ms"
#: A body that trickles in for longer is no browser of a therapist who waits for it.
READ_SECONDS: Final = 60.0


class Part(Struct, frozen=True):
    """A step as the page shows it. `keep` is where a recording of exactly these words is sent."""

    number: int
    step: Step
    keep: str
    recording: Recording | None


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST)
    exercise = _asked_for(request, login)
    async with request.app[wiring.STORE].reader() as tx:
        kept = await recordings.of_people(tx, login.clinic_id, [login.person.id], exercises=[exercise.slug])
        approved = await approvals.is_approved(tx, login.clinic_id, exercise.slug, exercise.version)
    path = _path(request, exercise)
    known = {step.id for step in exercise.steps}
    current: dict[str, Recording] = {}
    for one in reversed(kept):
        if one.version == exercise.version:
            current[one.step] = one
    response = page(
        request,
        "voice",
        login=login,
        place="library",
        exercise=exercise,
        title=spoken(exercise).title,
        of=exercises.path(request, exercise),
        steps=[
            Part(index + 1, step, f"{path}/{index}?version={exercise.version}", current.get(step.id))
            for index, step in enumerate(exercise.steps)
        ],
        resting=[one for one in kept if one.version != exercise.version or one.step not in known],
        parts=lambda text: worded_parts(text, PLAIN),
        acts=exercises.ACTS,
        approved=approved,
        most_s=voice.MOST_MS // 1000,
        clinic=await house(request, login.clinic_id),
    )
    # On this page alone: everywhere else a script that got in would find the microphone closed.
    response.headers["Permissions-Policy"] = middleware.permissions(microphone=True)
    return response


async def keep(request: web.Request) -> web.StreamResponse:
    """One step, as it was recorded: the bytes as they are, their type and their length."""
    login = await access.require(request, Role.THERAPIST)
    exercise = _asked_for(request, login)
    step = _step(request, exercise)
    kind = request.content_type
    if kind not in voice.KINDS:
        raise web.HTTPUnsupportedMediaType(text=told(_OTHER_KIND))
    length_ms = _length_ms(request)
    now_ms = request.app[wiring.CLOCK].now_ms()
    kept = Recording(
        id=new_id(),
        person_id=login.person.id,
        exercise=exercise.slug,
        version=exercise.version,
        step=step.id,
        mime=voice.KINDS[kind],
        length_ms=min(length_ms, voice.MOST_MS),
        created_ms=now_ms,
    )
    arriving = request.app[wiring.UPLOADS].whole(request, login.person.id, _bounds(kind))
    async with arriving as body, request.app[wiring.STORE].write() as tx:
        await recordings.put(tx, login.clinic_id, kept, body)
    answer = {"listen": listen_path(kept), "away": away_path(kept), "ms": kept.length_ms}
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


async def listen(request: web.Request) -> web.StreamResponse:
    """For whoever said it."""
    login = await access.require(request, Role.THERAPIST)
    return await _sound(request, login, whose=[login.person.id])


async def hear(request: web.Request) -> web.StreamResponse:
    """For the phones of the patients whom this therapist treats."""
    login = await access.require(request, Role.PATIENT)
    async with request.app[wiring.STORE].reader() as tx:
        therapists = await people.therapists_of(tx, login.clinic_id, login.person.id)
    return await _sound(request, login, whose=therapists)


async def take_away(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST)
    async with request.app[wiring.STORE].write() as tx:
        gone = await recordings.remove(tx, login.clinic_id, login.person.id, request.match_info["id"])
    exercise = None if gone is None else request.app[wiring.LIBRARY].get(gone.exercise)
    if gone is None:
        raise web.HTTPNotFound
    return see_other("/library" if exercise is None else _path(request, exercise))


def hear_path(kept: Recording) -> str:
    return f"/practice/recordings/{kept.id}"


def listen_path(kept: Recording) -> str:
    return f"/library/recordings/{kept.id}"


def away_path(kept: Recording) -> str:
    return f"/library/recordings/{kept.id}/take-away"


async def _sound(request: web.Request, login: Login, *, whose: list[str]) -> web.StreamResponse:
    """Sent on piece by piece: of however many who listen at once, each costs one piece of memory."""
    store = request.app[wiring.STORE]
    async with store.reader() as tx:
        kept = await recordings.recording(tx, login.clinic_id, request.match_info["id"])
        mine = kept is not None and kept.person_id in whose
        sound = await recordings.sound_of(tx, login.clinic_id, kept) if kept is not None and mine else None
        # What cannot be read is told as such, while there is still an answer to tell it in.
        piece = b"" if sound is None else await sound.piece(tx, 0)
    if kept is None or sound is None:
        raise web.HTTPNotFound
    answer = web.StreamResponse(headers={"Content-Type": kept.mime})
    answer.content_length = sound.size_bytes
    await answer.prepare(request)
    if request.method == "HEAD":
        return answer
    await answer.write(piece)
    for number in range(1, sound.count):
        async with store.reader() as tx:
            piece = await sound.piece(tx, number)
        await answer.write(piece)
    await answer.write_eof()
    return answer


def _path(request: web.Request, exercise: Exercise) -> str:
    return f"{exercises.path(request, exercise)}/voice"


def _asked_for(request: web.Request, login: Login) -> Exercise:
    """One that may be practised at home, in this clinic's words: what two people do together is never heard there."""
    slug = exercises.asked_for(request).slug
    exercise = request.app[wiring.OWN_LIBRARY].home(login.clinic_id).get(slug)
    if exercise is None or exercise.with_support:
        raise web.HTTPNotFound
    return exercise


def _step(request: web.Request, exercise: Exercise) -> Step:
    """Raises HTTPConflict where the page showed the words of another version."""
    number = int(request.match_info["step"])
    if request.query.get("version") != str(exercise.version) or number >= len(exercise.steps):
        raise web.HTTPConflict(text=told(_OTHER_WORDS))
    return exercise.steps[number]


def _length_ms(request: web.Request) -> int:
    """What the browser measured. A wrong one harms nobody: how much is stored is bounded by its size."""
    text = request.headers.get(LENGTH_HEADER, "")
    length_ms = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not voice.is_short_enough(length_ms):
        raise web.HTTPRequestEntityTooLarge(max_size=voice.MOST_MS, actual_size=length_ms, text=told(_TOO_LONG))
    if not voice.is_long_enough(length_ms):
        raise Refused("bad_message", told(_NOTHING))
    return length_ms


def _bounds(kind: str) -> Bounds:
    return Bounds(
        most_bytes=voice.MOST_BYTES,
        seconds=READ_SECONDS,
        begins_right=lambda head: voice.is_sound(head, kind),
        too_large=lambda size: web.HTTPRequestEntityTooLarge(
            max_size=voice.MOST_BYTES, actual_size=size, text=told(_TOO_LONG)
        ),
        other=lambda: web.HTTPUnsupportedMediaType(text=told(_OTHER_KIND)),
        nothing=lambda: Refused("bad_message", told(_NOTHING)),
        # Where nobody is there any more to read this, the page still has the whole of it.
        half=lambda late: (web.HTTPRequestTimeout if late else web.HTTPBadRequest)(text=told(_HALF)),
    )


_NOTHING: Final = "Nothing was recorded: it is empty, or shorter than a word. Nothing was stored. Record it again."
_TOO_LONG: Final = "That is longer than 2 minutes, which is the most for one step. Nothing was stored. Record it again."
_OTHER_KIND: Final = "This browser recorded it in a form that phones cannot play. Nothing was stored. Use another one."
_OTHER_WORDS: Final = (
    "These words have changed since you opened the page, so nothing was stored. Open the page again, and record the "
    "new ones."
)
_HALF: Final = "It did not arrive whole, so nothing was stored. Keep it once more."

routes = [
    web.get("/library/{exercise:[0-9a-f]+}/voice", show),
    web.post(r"/library/{exercise:[0-9a-f]+}/voice/{step:\d{1,3}}", keep),
    web.get("/library/recordings/{id}", listen),
    web.post("/library/recordings/{id}/take-away", take_away),
    web.get("/practice/recordings/{id}", hear),
]
