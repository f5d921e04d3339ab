"""Everybody of the demo and of the house goes through every page, and through every form on it, in the pseudo-locale.

The demo brings eight weeks of history, the house an empty record; together they show most of what Ebb can say.
"""

import html
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from msgspec import Struct

from exercises.wording import PLACES_IN
from server import wiring
from server.db import logins
from server.demo import seed, story
from server.languages import COOKIE, ENGLISH, PSEUDO
from server.middleware import SENTENCES
from server.pages.frame import ZONES
from sessions.notes import FIELDS
from sessions.pathway import SOURCE
from tests.languages.reading import direction, left_in_english, untranslated
from tests.live.house import CLEARED, House
from tests.pages import walls
from tests.pages.practices import practised

#: What no page translates: the name of the software, and how addresses and files are written.
ALWAYS: Final = (
    *("Ebb", "English", "Español", "UTC", "112", "robin@example.org", "2 % gel"),
    *("PDF", "CSV", "FHIR R4", "ebb open-export", SOURCE),
    # The library's own checks are for authors, and speak English.
    "There are no words for open eyes.",
    # What a clinic's template names its fields by, and letters that a font has not, by their names in Unicode.
    *(f"{{{field}}}" for field in FIELDS),
    *("U+27E6 MATHEMATICAL LEFT WHITE SQUARE BRACKET", "U+27E7 MATHEMATICAL RIGHT WHITE SQUARE BRACKET"),
)
#: What a friend of the demo is to somebody, in their words.
TYPED: Final = ("partner",)
#: Names of published measures and how a problem is called when somebody tells of it; a key of the keyboard.
NAMES: Final = ("FSFI", "FSFI-6", "FSDS-R", "VPCQ", "VPSS", "PCS", "N", "S", "U", "ms")
#: Those who treat somebody come after them and see what came of it; a support person comes again when it was ended.
_ORDER: Final = (
    "support of the demo",
    "support",
    "patient of the demo",
    "other_patient of the demo",
    "patient",
    "other_patient",
    "therapist of the demo",
    "therapist",
    "colleague",
    "stranger",
    "owner of the demo",
    "owner",
    "nobody",
    "support",
    "patient of the demo",
)
#: Those of the house who do what somebody else does too, at another clinic or with somebody else.
_ROLES: Final = {"other_patient": "patient", "colleague": "therapist", "stranger": "therapist"}
_WITH_A_PAST: Final = ("patient", "therapist")
#: So many pages of one route for one person: more of them say the same.
_OF_ONE_ROUTE: Final = 3
_ENDS_THE_LOGIN: Final = re.compile(r"/sign-out|/i/|/revoke|/disable|/account/password|/blank|/language")
#: A name or a sentence, and no id.
_NAMED: Final = re.compile(r"^[A-Z]|\w \w")
_TAKES_AWAY: Final = re.compile(r"/(drop|end|take-back|remove|withdraw|off|suspend)$")
_LINK: Final = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
_WAY_IN: Final = re.compile(r'value="http[^"]*(/i/[^"]+)"')
_FORM: Final = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD: Final = re.compile(r"<(input|textarea)\b([^>]*)>|<select\b([^>]*)>(.*?)</select>", re.DOTALL)
#: Nothing, what cannot be right, and what a person might type.
_TYPED: Final = ("", "999999", "Robin types this")


class Found(Struct, frozen=True):
    """Where something is left in English: whose page, of which route, and the line."""

    who: str
    route: str
    line: str


class Walk:
    """One person's way through the house."""

    def __init__(
        self, http: aiohttp.ClientSession, house: House, *, who: str, known: frozenset[str], tried: set[tuple[str, str]]
    ) -> None:
        self._http, self._house, self._who, self._known, self._tried = http, house, who, known, tried
        role = who.partition(" of the ")[0]
        self._role = _ROLES.get(role, role)
        self._routes = [
            (re.compile(re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(resource.canonical))), resource.canonical)
            for resource in house.app.router.resources()
        ]
        self._often: dict[str, int] = {}
        self._forms: dict[str, tuple[str, str]] = {}
        self._seen: set[str] = set()
        self._ways_in: list[str] = []
        self.found: list[Found] = []
        self.left_to_right: list[str] = []
        self.opened: set[str] = set()

    async def through(self, beginnings: Iterable[str]) -> None:
        """Every page that can be reached from these, then every form that stood on one of them."""
        waiting = list(beginnings)
        while waiting:
            path = waiting.pop(0)
            route = self.route_of(path)
            if path in self._seen or self._often.get(route, 0) >= _OF_ONE_ROUTE:
                continue
            self._seen.add(path)
            self._often[route] = self._often.get(route, 0) + 1
            waiting += await self.opens(path, route)
        sent: set[str] = set()
        # An answer to a form may show another form.
        while left := [route for route in self._forms if route not in sent]:
            for route in sorted(left, key=lambda one: bool(_TAKES_AWAY.search(one.partition(" ")[0]))):
                sent.add(route)
                action, inside = self._forms[route]
                # What is wrong with a form is said alike to all of one role: whoever comes first fills it in wrongly.
                first = (self._role, route) not in self._tried
                self._tried.add((self._role, route))
                # One of a button alone is the same each time: once, and once more when that is done.
                # Nothing may be right; and where one of several is chosen, the number chose another. A patient and a
                # therapist of the house fill in everything: they have a past that the others have not.
                all_of_it = first or self._who in _WITH_A_PAST or 'type="radio"' in inside
                some = _TYPED if all_of_it else (_TYPED[0], _TYPED[-1])
                ways = dict.fromkeys(tuple(_filled(inside, typed)) for typed in some)
                for fields in ways:
                    wrong = await self.sends(action, route.partition(" ")[0], fields, as_="text/html")
                    if first and (wrong or len(ways) == 1):
                        # A script is told as data what is wrong.
                        await self.sends(action, route.partition(" ")[0], fields, as_="application/json")
        for path in self._ways_in:
            await self.opens(path, "/i/{token}")

    async def opens(self, path: str, route: str) -> list[str]:
        """Where it leads on: the links of a page, or where one is sent to instead."""
        async with self._http.get(path, headers={"Accept": "text/html"}, allow_redirects=False) as answer:
            if "Location" in answer.headers:
                return [answer.headers["Location"]]
            if answer.content_type != "text/html":
                return []
            body = await answer.text()
        self._read(body, route, path)
        return [html.unescape(link) for link in _LINK.findall(body)]

    async def sends(self, action: str, route: str, fields: Iterable[tuple[str, str]], *, as_: str) -> bool:
        """Whether something was wrong with it."""
        origin = str(self._house.url.origin())
        headers = {"Accept": as_, "Origin": origin, "Sec-Fetch-Site": "same-origin"}
        async with self._http.post(action, data=aiohttp.FormData(fields)(), headers=headers) as answer:
            assert answer.status < 500, f"{action}: {answer.status}"
            # What is no page may be a file, in no alphabet at all.
            body = (await answer.read()).decode(errors="replace")
            if answer.content_type == "text/html":
                self._read(body, f"POST {route}", answer.url.raw_path)
            elif answer.content_type == "application/json":
                said = msgspec.json.decode(body)
                words = [said.get("message", ""), *said.get("fields", {}).values()] if "code" in said else []
                self._note(f"POST {route} as JSON", untranslated("\n".join(words), self._known))
            return answer.status >= 400

    def route_of(self, path: str) -> str:
        path = path.partition("?")[0]
        return next((route for pattern, route in self._routes if pattern.fullmatch(path)), path)

    def _read(self, body: str, route: str, path: str) -> None:
        self.opened.add(route)
        self._ways_in += _WAY_IN.findall(body)
        for attributes, inside in _FORM.findall(body):
            action = html.unescape((re.search(r'action="([^"]*)"', attributes) or ["", path])[1])
            if 'method="post"' in attributes and not _ENDS_THE_LOGIN.search(action):
                names = " ".join(sorted({name for name, _ in _filled(inside, "")}))
                self._forms.setdefault(f"{self.route_of(action)} {names}", (action, inside))
        if direction(body) != "rtl":
            self.left_to_right.append(route)
        self._note(route, left_in_english(body, known=self._known))

    def _note(self, route: str, lines: Iterable[str]) -> None:
        self.found += [Found(self._who, route, line) for line in lines]


async def look(folder: Path) -> list[Walk]:
    """Everybody's way through everything."""
    house = House(folder, languages=f"es {PSEUDO}")
    await house.open()
    try:
        await house.settle_in()
        session = await practised(house, days_ago=1)
        cast = await seed.cast(house.app, folder, pairs=0)
        library, spoken = house.app[wiring.LIBRARY], house.app[wiring.LIBRARIES]["es"]
        # A clinic words an exercise in any language, and whoever does reads the library's words of that one.
        texts = _texts([library.exercises, library.presets, house.app[wiring.MYTHS][ENGLISH], spoken.exercises])
        words = {word for places in PLACES_IN.values() for pair in places.values() for word in pair}
        codes = (code for code, _ in SENTENCES.values())
        known = frozenset(
            {*ALWAYS, *TYPED, *NAMES, *ZONES, *words, *codes, *filter(_NAMED.search, (*_names(house, cast), *texts))}
        )
        tokens = {**house.cast.tokens, **await _let_in(house, cast), "nobody": ""}
        walks, tried, refused = [], set[tuple[str, str]](), set[str]()
        for who in _ORDER:
            token = tokens[who]
            cookies = {COOKIE: PSEUDO, **({"ebb": token} if token else {})}
            async with aiohttp.ClientSession(base_url=house.url, cookies=cookies) as http:
                walk = Walk(http, house, who=who, known=known, tried=tried)
                beginnings = list(_beginnings(house, who, refused))
                await walk.through([*beginnings, f"/sessions/{session}", f"/sessions/{session}/next-day"])
                walks.append(walk)
        return walks
    finally:
        await house.close()


def _beginnings(house: House, who: str, refused: set[str]) -> Iterator[str]:
    """The address of every route that they can read, filled in as the test of the walls does.

    A page that is not for somebody reads the same for all of them, which the walls test too: each is `refused` once.
    """
    role, _, of_the_demo = who.partition(" of the ")
    for route, answers in walls.READS.items():
        if "{version}" in route or route.startswith(("/live", "/i/")):
            continue
        # What is named in an address belongs to the house.
        if answers[role] == 404 or (of_the_demo and "{" in route):
            if route in refused:
                continue
            refused.add(route)
        yield walls.address(house, route)


async def _let_in(house: House, cast: seed.Cast) -> dict[str, str]:
    """Logins of the demo's people, who have a history."""
    now_ms, keys = house.app[wiring.CLOCK].now_ms(), house.app[wiring.KEYS]
    told = {
        f"{who} of the demo": f"{who}-with-eight-weeks-of-history"
        for who in ("therapist", "patient", "other_patient", "owner", "support")
    }
    async with house.app[wiring.STORE].write() as tx:
        for who, token in told.items():
            await logins.create_login(
                tx,
                clinic_id=cast.clinic,
                person_id=getattr(cast, who.partition(" ")[0]),
                token_hash=keys.token_hash(token),
                device_label="a device",
                now_ms=now_ms,
                expires_ms=now_ms + 400 * 86_400_000,
                mfa=True,
                proved_ms=now_ms,
            )
    return told


def _filled(inside: str, typed: str) -> Iterator[tuple[str, str]]:
    """The fields of a form: what can be chosen is chosen, what can be written is `typed`."""
    chosen: set[str] = set()
    for kind, attributes, select, options in _FIELD.findall(inside):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes or select))
        name, of_type = html.unescape(given.get("name", "")), given.get("type", "text")
        if not name or (of_type in ("radio", "checkbox") and (not typed or name in chosen)):
            continue
        # What is wrong is said of the last of several, what is right of the first; a browser sends but one.
        if of_type == "radio" and not typed.isdigit():
            chosen.add(name)
        if select:
            found = re.findall(r'<option[^>]*value="([^"]+)"', options)
            yield name, (found[-1] if found and typed else "")
        elif kind == "input" and of_type in ("radio", "checkbox", "hidden"):
            yield name, html.unescape(given.get("value", "on"))
        else:
            yield name, _of_its_kind(of_type, given) if typed.startswith("Robin") else typed


def _of_its_kind(of_type: str, given: dict[str, str]) -> str:
    match of_type:
        case "number":
            return given.get("min", "1")
        case "date":
            return "2025-06-20"
        case "time":
            return "10:30"
        case "email":
            return "robin@example.org"
        case _:
            return given.get("value", "") or "Robin types this"


def _texts(of: Any) -> Iterator[str]:
    """Every text in a part of the library."""
    if isinstance(of, str):
        # What a patient's own words were put into is known in parts.
        yield from (line for part in re.split(r"\{\w+\}", of) for line in part.strip(" .,;:").split("\n"))
    elif isinstance(of, dict):
        for one in of.values():
            yield from _texts(one)
    elif isinstance(of, list | tuple | frozenset | set):
        for one in of:
            yield from _texts(one)
    elif isinstance(of, Struct):
        for name in of.__struct_fields__:
            yield from _texts(getattr(of, name))


def _names(house: House, cast: seed.Cast) -> Iterator[str]:
    """Who people are, what they are called, and what the story had them type."""
    yield from (name.replace("_", " ").title() for name in house.cast.tokens)
    yield from (seed.THERAPIST, seed.CLINIC, "Hill Road Clinic", "Harbour Clinic", "Hill Clinic", "Kit Owner")
    yield from ("Jo Stranger", "Ash Vale", "Maren", "Kit", "Other", "a device", "Robin types this")
    today = datetime.fromtimestamp(house.clock.now_ms() / 1000, UTC).date()
    for one in story.PATIENTS:
        yield from _texts([one, [line.command for line in story.journal_of(one, today)]])
        yield one.name.partition(" ")[0]
    yield from (story.CLEARED, story.WHY_CLEARED, CLEARED.examined, CLEARED.reason or "")
