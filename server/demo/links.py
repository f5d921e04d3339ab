"""The demo's links: a GET of one signs in. They exist in the demo and nowhere else, in memory alone."""

import secrets
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts import signing
from server.db import people
from server.demo.seed import Cast


class Door(Struct, frozen=True):
    clinic: str
    person: str
    to: str


class DemoLinks:
    """Tokens of this run, and whom they sign in."""

    def __init__(self) -> None:
        self._doors: dict[str, Door] = {}
        #: Links of the pairs that were made for load; None while they are still being made.
        self.of_pairs: list[dict[str, str]] | None = None

    def add(self, clinic: str, person: str, *, to: str) -> str:
        token = secrets.token_urlsafe(12)
        self._doors[token] = Door(clinic=clinic, person=person, to=to)
        return f"/demo/{token}"

    async def open(self, request: web.Request) -> web.StreamResponse:
        door = self._doors.get(request.match_info["token"])
        if door is None:
            raise web.HTTPNotFound(text="This link belongs to an earlier start of the demo. Take the new one.")
        async with request.app[wiring.STORE].reader() as tx:
            person = await people.person(tx, door.clinic, door.person)
        if person is None:
            raise web.HTTPNotFound
        response = web.Response(status=302, headers={"Location": door.to})
        await signing.sign_in(request, response, person, mfa=True)
        return response

    async def pairs(self, request: web.Request) -> web.StreamResponse:
        """The links of all pairs, for `ebb load`, which runs on this machine as well.

        The demo listens on loopback alone and knows itself by those names alone. What comes through a tunnel or out of
        a browser gets nothing here: a page of somebody else's, open beside the demo, is not asked whether it may.
        """
        if any(name in request.headers for name in _NOT_FROM_A_PROGRAM_HERE):
            raise web.HTTPNotFound
        if self.of_pairs is None:
            raise web.HTTPServiceUnavailable(text="The demo is still making its people. Try again in a moment.")
        body = msgspec.json.encode({"pairs": self.of_pairs})
        return web.Response(body=body, content_type="application/json")


#: Browsers say where a request comes from, and proxies for whom they ask.
_NOT_FROM_A_PROGRAM_HERE: Final = frozenset(
    {"Origin", "Referer", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host"}
)


def links_of(links: DemoLinks, cast: Cast) -> dict[str, object]:
    """Paths of all the demo's people, by the names that `ebb demo --json` prints."""
    clinic, room = cast.clinic, f"/sessions/{cast.visit}"
    links.of_pairs = [
        {
            "therapist": links.add(clinic, pair.therapist, to="/desk"),
            "patient": links.add(clinic, pair.patient, to=f"/sessions/{pair.visit}"),
            "visit": pair.visit,
        }
        for pair in cast.pairs
    ]
    return {
        "therapist": links.add(clinic, cast.therapist, to="/desk"),
        "patient": links.add(clinic, cast.patient, to=room),
        "other_patient": links.add(clinic, cast.other_patient, to="/today"),
        "stranger": links.add(cast.stranger_clinic, cast.stranger, to="/desk"),
        "owner": links.add(clinic, cast.owner, to="/clinic"),
        "support": links.add(clinic, cast.support, to=room),
        "pairs": links.of_pairs,
    }
