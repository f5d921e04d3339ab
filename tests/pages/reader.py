"""Somebody with a browser and without JavaScript: opens pages, fills in forms, reads what is there."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from msgspec import Struct

from tests.live.house import House

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
        boxes = re.findall(r"<input[^>]*\bchecked\b[^>]*>", self.body)
        return [
            f"{re.search(r'name="([^"]*)"', box)[1]}={re.search(r'value="([^"]*)"', box)[1]}"  # type: ignore[index]
            for box in boxes
        ]


class Reader:
    def __init__(self, http: aiohttp.ClientSession, house: House) -> None:
        self._http, self._origin = http, str(house.url.origin())

    async def opens(self, path: str) -> Read:
        async with self._http.get(path, headers=PAGE) as answer:
            return Read(answer.status, answer.url.raw_path_qs, await answer.text())

    async def sends(self, path: str, fields: dict[str, str | list[str]] | None = None, *, own: bool = True) -> Read:
        """`own=False`: from a page of another site."""
        pairs = [
            (name, value)
            for name, given in (fields or {}).items()
            for value in ([given] if isinstance(given, str) else given)
        ]
        headers = {**PAGE, "Origin": self._origin if own else "https://evil.example"}
        async with self._http.post(path, data=aiohttp.FormData(pairs)(), headers=headers) as answer:
            return Read(answer.status, answer.url.raw_path_qs, await answer.text())


@asynccontextmanager
async def reading(house: House, who: str = "") -> AsyncIterator[Reader]:
    """Somebody of the cast, signed in, or nobody."""
    async with house.browsing(who) as http:
        yield Reader(http, house)
