"""Somebody with a browser and without JavaScript: opens pages, fills in forms, reads what is there."""

import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from msgspec import Struct

from tests.live.house import House

#: A field's value, or the values of several boxes of one name.
Fields = Mapping[str, str | list[str]]
PAGE = {"Accept": "text/html,application/xhtml+xml"}


class Read(Struct, frozen=True):
    status: int
    path: str
    body: str

    @property
    def words(self) -> str:
        """The text of the page, as somebody reads it."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.body)).split())

    def value(self, name: str) -> str:
        """What stands in the field `name`."""
        found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', self.body)
        assert found is not None, f"no field {name}"
        return html.unescape(found[1])

    def chosen(self) -> list[str]:
        """Every box that is ticked and every choice that is made, as `name=value`."""
        boxes = re.findall(r'<input[^>]*name="([^"]*)" value="([^"]*)"[^>]*\bchecked\b', self.body)
        return [f"{name}={value}" for name, value in boxes]


class Reader:
    def __init__(self, http: aiohttp.ClientSession, house: House) -> None:
        self._http, self._origin = http, str(house.url.origin())
        #: What this browser sends with everything.
        self.headers = dict(PAGE)

    async def opens(self, path: str) -> Read:
        async with self._http.get(path, headers=self.headers) as answer:
            return Read(answer.status, answer.url.raw_path_qs, await answer.text())

    async def sends(self, path: str, fields: Fields | None = None, *, own: bool = True) -> Read:
        """`own=False`: from a page of another site."""
        pairs = [
            (name, value)
            for name, given in (fields or {}).items()
            for value in ([given] if isinstance(given, str) else given)
        ]
        headers = {**self.headers, "Origin": self._origin if own else "https://evil.example"}
        async with self._http.post(path, data=aiohttp.FormData(pairs)(), headers=headers) as answer:
            return Read(answer.status, answer.url.raw_path_qs, await answer.text())


@asynccontextmanager
async def reading(house: House, who: str = "") -> AsyncIterator[Reader]:
    """Somebody of the cast, signed in, or nobody."""
    # The server's address is a number, and for those a jar keeps cookies only when it is told to.
    jar = aiohttp.CookieJar(unsafe=True)
    if who:
        jar.update_cookies({"ebb": house.cast.tokens[who]}, house.url)
    async with aiohttp.ClientSession(base_url=house.url, cookie_jar=jar) as http:
        yield Reader(http, house)
