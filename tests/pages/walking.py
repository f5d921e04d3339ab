"""Opening every page that the router has, and sending an empty form to each: what breaks is told."""

from functools import cache

from server.app import create_app
from server.settings import Settings
from tests.live.house import House
from tests.pages.living import Life
from tests.pages.reader import PAGE
from tests.pages.walls import READS, WRITES, address

#: What would end the walk, or the login that it goes with.
_LEAVE_ALONE = ("/account", "/erase", "/clinic/people", "/clinic/erasures", "/second-step", "/prove", "/choose")


@cache
def routes(method: str) -> list[str]:
    """Of an app that is never started; the same for every walk."""
    app = create_app(Settings(data="/nonexistent", server_key="1f2a" * 16))  # type: ignore[arg-type,call-arg]
    found = {route.resource.canonical for route in app.router.routes() if route.method == method and route.resource}
    # A socket is no page, and a page that ends the login would end the walk.
    return sorted(found - {"/live/{session}", "/sign-out", "/check/line", "/desk/events"})


def let_in(method: str, route: str, who: str) -> bool:
    """Whether it is theirs by the tables of the walls; where those have nobody, it may be."""
    there = WRITES[route] if method == "POST" else {one for one, status in READS[route].items() if status < 400}
    return who in there or there <= {"nobody"}


def addresses(house: House, life: Life, route: str, *, every: bool) -> list[str]:
    """Each of the patient's sessions has its own: planned, over with a note, over with a draft, practised at home.

    Whoever is turned away at the door is so from all of them: one that is over with a note is enough.
    """
    if route.startswith("/sessions/{id}"):
        others = (house.cast.visit, house.cast.next_visit, life.lately, life.practice)
        sessions = (life.visit, *(others if every else ()))
        return [address(house, route.replace("{id}", session)) for session in sessions]
    if route == "/clinic/emergency/{id}":
        return [route.replace("{id}", house.cast.patient)]
    return [address(house, route)]


async def walk(house: House, life: Life, who: str) -> list[str]:
    """Answers of 500 and more, with where they came from."""
    broken = []
    headers = {**PAGE, "Origin": str(house.url.origin())}
    typed = {"id": "x", "text": "Something", "do": "save", "back": "/today"}
    async with house.browsing(who) as http:
        for method in ("GET", "POST"):
            for route in routes(method):
                if method == "POST" and route.startswith(_LEAVE_ALONE):
                    continue
                for path in addresses(house, life, route, every=let_in(method, route, who)):
                    data = None if method == "GET" else typed
                    async with http.request(method, path, headers=headers, data=data, allow_redirects=False) as answer:
                        await answer.read()
                    if answer.status >= 500:
                        broken.append(f"{method} {path} {answer.status}")
    return broken
