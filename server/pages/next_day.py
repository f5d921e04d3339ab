"""How it is on the days after: a short form that works without a script, and where it leads when it is not well."""

import uuid
from typing import Any, Final

import msgspec
from aiohttp import web

from server import arriving, wiring
from server.accounts import access
from server.accounts.access import Seat
from server.care import following
from server.care.following import FollowUp
from server.pages import red_flags
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page
from sessions import safety
from sessions.checkins import parse
from sessions.commands import CheckinRecord
from sessions.people import Actor, Role
from sessions.records import FOLLOWED_FOR_MS

_OUTCOMES: Final = (
    ("fine", "Fine, nothing left of it"),
    ("sore", "Still a little sore"),
    ("worse", "Worse than before"),
)
_BLEEDING: Final = (
    ("none", "None"),
    ("trace", "A trace"),
    ("pink", "Pink"),
    ("fresh_red", "Fresh red"),
    ("heavy", "Heavy"),
)
_PAIN: Final = tuple(str(number) for number in range(11))
#: From here on the screen says whom to call, whatever the rules make of it.
_HELP_FROM: Final = 4


async def show(request: web.Request) -> web.StreamResponse:
    seat, one = await _asked(request)
    return await _page(request, seat, one, _said(one))


async def store(request: web.Request) -> web.StreamResponse:
    seat, one = await _asked(request)
    form = await posted(request)
    answers = _read(form, one)
    command = CheckinRecord(id=_command_id(form), kind="next_day", answers=msgspec.Raw(msgspec.json.encode(answers)))
    done = not form.errors and await attempt(
        form,
        arriving.confirm(
            request.app[wiring.ROOMS], seat.place, command, actor=Actor(id=seat.person_id, role=Role.PATIENT)
        ),
    )
    if not done:
        return await _page(request, seat, one, form, status=form.status)
    care = await request.app[wiring.CARE].state(seat.session.clinic_id, seat.person_id)
    found = safety.noticed(parse("next_day", command.answers), care.thresholds)
    tier = safety.soonest([finding.tier for finding in found])
    clinic = await house(request, seat.session.clinic_id)
    return page(
        request,
        "next_day_kept",
        login=seat.login,
        place="today",
        tier=tier,
        help=tier is not None or int(answers.get("pain", 0)) >= _HELP_FROM,
        read=red_flags.read_words(request, clinic),
        clinic=clinic,
    )


async def _asked(request: web.Request) -> tuple[Seat, FollowUp]:
    """The patient's own place, and what there is to follow up. Raises HTTPNotFound where there is nothing."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    one = None
    if seat.role is Role.PATIENT and seat.session.phase != "scheduled":
        one = await following.follow_up_of(request.app, seat.session)
    if one is None:
        raise web.HTTPNotFound
    return seat, one


def _read(form: Form, one: FollowUp) -> dict[str, Any]:
    """Only what was given. What stands behind "fine" was taken back with it."""
    outcome = form.chosen("outcome", dict(_OUTCOMES), ask="Say how it is. One tap is enough.")
    answers: dict[str, Any] = {"of": one.of, "outcome": outcome}
    pain = form.chosen("pain", _PAIN)
    if pain and outcome != "fine":
        answers["pain"] = int(pain)
    bleeding = form.chosen("bleeding", dict(_BLEEDING))
    if bleeding:
        answers["bleeding"] = bleeding
    note = form.text("note", most=500, lines=True)
    return {**answers, "note": note} if note else answers


def _said(one: FollowUp) -> Form:
    said = one.said
    if said is None:
        return Form()
    pain = None if said.pain is None else str(said.pain)
    return Form.of(outcome=said.outcome, pain=pain, bleeding=said.bleeding, note=said.note)


def _command_id(form: Form) -> str:
    try:
        return str(uuid.UUID(form.value("id")))
    except ValueError:
        return str(uuid.uuid4())


async def _page(
    request: web.Request, seat: Seat, one: FollowUp, form: Form, *, status: int = 200
) -> web.StreamResponse:
    now_ms = request.app[wiring.CLOCK].now_ms()
    clinic = await house(request, seat.session.clinic_id)
    return page(
        request,
        "next_day",
        login=seat.login,
        place="today",
        status=status,
        form=form,
        late=now_ms - one.at_ms > FOLLOWED_FOR_MS,
        again=one.said is not None,
        private=one.private,
        session_id=seat.session_id,
        # Another one for each page: what is sent twice counts once, what is said anew corrects.
        command_id=str(uuid.uuid4()),
        day=following.day_words(one.at_ms, now_ms, clinic.zone),
        outcomes=_OUTCOMES,
        bleeding=_BLEEDING,
        pain=_PAIN,
        clinic=clinic,
    )


routes = [
    web.get("/sessions/{id}/next-day", show),
    web.post("/sessions/{id}/next-day", store),
]
