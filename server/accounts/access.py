"""The only door to a patient's things. Whoever may not see one is told the same as if it were not there."""

import contextlib
from typing import Final
from urllib.parse import quote

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts import looking
from server.accounts.looking import Look
from server.accounts.signing import STAFF, TOUCH_EVERY_MS, expires_ms, token_of
from server.db import emergencies, errors, grants, logins, people, visits
from server.db.emergencies import Emergency
from server.db.grants import Grant
from server.db.people import Person
from server.db.people import Role as PersonRole
from server.live.book import Place, Unavailable
from sessions.people import Role

_LOGIN = web.RequestKey("login", object)
_LOOK = web.RequestKey("look", object)
#: With these nothing of anybody's is shown: a sentence, or a way elsewhere before the door.
_NOTHING_SEEN: Final = frozenset({400, 401, 403, 404, 405, 408, 410, 413, 415, 421, 429, 500})

#: All that a support person is told where there is nothing for them any more, and where there is nothing now.
VIEW_ENDED: Final = "This view has ended."
NOT_NOW: Final = "Not now."
SECOND_STEP_FIRST: Final = "Your second step comes first. Open Ebb in a new tab, and go on there."


class Closed(web.HTTPNotFound):
    """A support person's 404. Its page says one sentence, and never why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(text=sentence)
        self.sentence = sentence


class Login(Struct, frozen=True):
    """Who is signed in, on which device. `mfa`: with a second step; `proved_ms`: when they last showed who they are."""

    id: str
    person: Person
    mfa: bool = False
    proved_ms: int | None = None
    begun_ms: int = 0

    @property
    def clinic_id(self) -> str:
        return self.person.clinic_id

    @property
    def is_half(self) -> bool:
        """Staff whose second step is still to come: there is nothing here for them before."""
        return self.person.role in STAFF and not self.mfa


class PatientSeat(Struct, frozen=True):
    """A patient, and the therapist who may see this record."""

    login: Login
    patient: Person


class EmergencySeat(Struct, frozen=True):
    """A patient whose record an owner opened in an emergency, to read alone."""

    login: Login
    patient: Person
    emergency: Emergency


class Seat(Struct, frozen=True):
    """Somebody's place in one session. `checkins`: a support person is shown what the patient writes down too.

    `voice`: whether they may take part in voice, which patient and therapist always may.
    """

    login: Login
    session: visits.Session
    role: Role
    checkins: bool = False
    voice: bool = True

    @property
    def person_id(self) -> str:
        return self.login.person.id

    @property
    def session_id(self) -> str:
        return self.session.id

    @property
    def place(self) -> Place:
        return Place(self.session.clinic_id, self.session.id, self.session.patient_id)


async def login_of(request: web.Request) -> Login | None:
    """The login of this request, looked up once, or None."""
    if _LOGIN in request:
        found = request[_LOGIN]
        assert found is None or isinstance(found, Login)
        return found
    login = await _look_up(request)
    request[_LOGIN] = login
    return login


def forget(request: web.Request) -> None:
    """Give back what was looked up for a request that goes on for long after it was answered."""
    request.pop(_LOGIN, None)


async def _look_up(request: web.Request) -> Login | None:
    token = token_of(request)
    if not token:
        return None
    now_ms = request.app[wiring.CLOCK].now_ms()
    store = request.app[wiring.STORE]
    async with store.reader() as tx:
        row = await logins.login_by_token_hash(tx, request.app[wiring.KEYS].token_hash(token), now_ms=now_ms)
        person = None if row is None else await people.person(tx, row.clinic_id, row.person_id)
    if row is None or person is None:
        return None
    login = Login(id=row.id, person=person, mfa=row.mfa, proved_ms=row.proved_ms, begun_ms=row.created_ms)
    if now_ms - row.seen_ms > TOUCH_EVERY_MS and not login.is_half:
        # Never sooner than it would have been: it may be held for a visit.
        until_ms = max(row.expires_ms, expires_ms(person.role, created_ms=row.created_ms, now_ms=now_ms))
        # A disk that is full shuts nobody out of what can still be read, nor out of a visit: it is noted next time.
        with contextlib.suppress(errors.StorageError):
            async with store.write() as tx:
                await logins.touch_login(tx, row.clinic_id, row.id, now_ms=now_ms, expires_ms=until_ms)
    return login


async def require(request: web.Request, *roles: PersonRole) -> Login:
    """A signed-in person of one of these roles (any, where none is named).

    Raises a redirect to sign-in for a page, 401 for anything else, and 404 for another role: whoever has
    no business with a page does not learn that it exists. Staff without their second step get no further than this.
    """
    login = await require_half(request)
    if login.is_half:
        if _is_page(request):
            raise web.HTTPFound(f"/second-step?next={quote(request.path, safe='/')}")
        raise web.HTTPForbidden(text=SECOND_STEP_FIRST)
    if roles and login.person.role not in roles:
        raise _not_theirs(request, login)
    return login


async def require_half(request: web.Request) -> Login:
    """Whoever is signed in, also staff whose second step is still to come: for the pages where it comes alone."""
    login = await login_of(request)
    if login is None:
        if _is_page(request):
            raise web.HTTPFound(f"/sign-in?next={quote(request.path, safe='/')}")
        raise web.HTTPUnauthorized
    return login


def _is_page(request: web.Request) -> bool:
    """Whether a person looks at this address, rather than a script that could not follow to a form."""
    data = request.path.endswith((".json", "/door", "/events"))
    return request.method == "GET" and not data and "text/html" in request.headers.get("Accept", "")


async def patient(request: web.Request, patient_id: str) -> PatientSeat:
    """A patient of the therapist's own caseload. Raises HTTPNotFound for everybody else's."""
    login = await require(request, PersonRole.THERAPIST)
    async with request.app[wiring.STORE].reader() as tx:
        mine = await people.is_on_caseload(
            tx, clinic_id=login.clinic_id, therapist_id=login.person.id, patient_id=patient_id
        )
        found = await people.person(tx, login.clinic_id, patient_id) if mine else None
    if found is None:
        raise _not_theirs(request, login)
    _looks_at(request, login, patient_id)
    return PatientSeat(login=login, patient=found)


async def emergency(request: web.Request, patient_id: str, *, reads: bool = True) -> EmergencySeat:
    """A patient whose record this owner opened in an emergency, for as long as it lasts. Raises HTTPNotFound.

    `reads`: not where it is closed again, and nothing of it shown.
    """
    login = await require(request, PersonRole.OWNER)
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].reader() as tx:
        opened = await emergencies.open_one(
            tx, login.clinic_id, owner_id=login.person.id, patient_id=patient_id, now_ms=now_ms
        )
        found = await people.person(tx, login.clinic_id, patient_id) if opened is not None else None
    if opened is None or found is None:
        raise _not_theirs(request, login)
    if reads:
        _looks_at(request, login, patient_id)
    return EmergencySeat(login=login, patient=found, emergency=opened)


async def seat_in_session(request: web.Request, session_id: str) -> Seat:
    """Somebody's place in a session: the patient's own, that of a therapist of the session and the caseload, or that
    of a support person for as long as the patient grants it.

    Raises a redirect or 401 without a login, HTTPNotFound for whoever has no place in it.
    """
    login = await require(request)
    person = login.person
    if person.role is PersonRole.SUPPORT:
        return await _support_seat(request, login, session_id)
    async with request.app[wiring.STORE].reader() as tx:
        session = await visits.session(tx, login.clinic_id, session_id)
        if session is None:
            raise _not_theirs(request, login)
        role = (await visits.people_of_session(tx, login.clinic_id, session_id)).get(person.id)
        past = session.kind == visits.PRACTICE or session.phase == visits.ENDED
        if role is None and past and person.role is PersonRole.THERAPIST:
            # Nobody planned a practice, and a visit that is over belongs to the care that goes on: both are there for
            # whoever has this patient on their caseload now, also after another therapist handed them over.
            role = Role.THERAPIST
        if role == Role.THERAPIST and not await people.is_on_caseload(
            tx, clinic_id=login.clinic_id, therapist_id=person.id, patient_id=session.patient_id
        ):
            role = None
    if role is None:
        raise _not_theirs(request, login)
    _looks_at(request, login, session.patient_id)
    return Seat(login=login, session=session, role=Role(role))


async def granted(request: web.Request, login: Login) -> Grant:
    """What this support person is let see. Raises Closed where it has ended, or never began."""
    async with request.app[wiring.STORE].reader() as tx:
        grant = await grants.live_grant(tx, login.clinic_id, login.person.id)
    if grant is None:
        raise Closed(VIEW_ENDED)
    return grant


async def _support_seat(request: web.Request, login: Login, session_id: str) -> Seat:
    """The grant lives, the session is this patient's, and the patient did not say "not this time".

    Raises Closed, HTTPNotFound, or HTTPServiceUnavailable where the room has not read so far yet.
    """
    grant = await granted(request, login)
    async with request.app[wiring.STORE].reader() as tx:
        session = await visits.session(tx, login.clinic_id, session_id)
        roles = await visits.people_of_session(tx, login.clinic_id, session_id)
    # A practice at home is between the patient and their therapists.
    if session is None or session.patient_id != grant.patient_id or session.kind != visits.VISIT:
        raise _not_theirs(request, login)
    if login.person.id not in roles:
        # Over before they were let in; else a ledger that could not be told of them then, and is now.
        if session.phase == visits.ENDED:
            raise web.HTTPNotFound
        await request.app[wiring.COMPANY].settle(login.clinic_id, grant.patient_id)
    seat = Seat(login=login, session=session, role=Role.SUPPORT, checkins=grant.checkins, voice=grant.voice)
    try:
        room = await request.app[wiring.ROOMS].open(seat.place)
    except Unavailable:
        raise web.HTTPServiceUnavailable from None
    if login.person.id not in room.state.people:
        # Let in a moment ago; the room has not read that far.
        room.nudge()
        raise web.HTTPServiceUnavailable
    if not room.state.admits(login.person.id):
        raise Closed(NOT_NOW)
    _looks_at(request, login, session.patient_id)
    return seat


def _looks_at(request: web.Request, login: Login, patient_id: str) -> None:
    """Noted when the answer goes out. A patient among their own things is nobody who looks."""
    if login.person.id != patient_id:
        request[_LOOK] = Look(
            clinic_id=login.clinic_id,
            patient_id=patient_id,
            person_id=login.person.id,
            login_id=login.id,
            what=looking.kind_of(request),
        )


async def note_look(request: web.Request, status: int) -> None:
    """Before the first byte of an answer: that somebody passed the door to a patient's things, and was shown some.

    Whoever was turned away behind the door, as by a page for other roles, saw nothing.
    """
    look = request.pop(_LOOK, None)
    if look is not None and status not in _NOTHING_SEEN:
        assert isinstance(look, Look)
        await request.app[wiring.LOOKING].looked(look)


def _not_theirs(request: web.Request, login: Login) -> web.HTTPNotFound:
    """The same answer as for what is not there; only whoever watches the server is told apart."""
    request.app[wiring.LOOKING].turned_away(
        clinic_id=login.clinic_id,
        person_id=login.person.id,
        role=login.person.role.value,
        route=looking.route_of(request),
    )
    return web.HTTPNotFound()
