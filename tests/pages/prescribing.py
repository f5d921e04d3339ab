"""Prescribing in tests: what the clinic approved, what stands on the page, and typing into it."""

import re
from typing import Any

from msgspec import structs

from server import wiring
from server.db import approvals
from sessions import care
from sessions.people import Actor
from sessions.people import Role as SessionRole
from sessions.programme import Item, Programme
from tests.live.house import BREATHING, House
from tests.pages.reader import Read, Reader

DROP = "pelvic-floor-drop"


async def approve(house: House, *slugs: str) -> None:
    for slug in slugs:
        async with house.app[wiring.STORE].write() as tx:
            version = house.app[wiring.LIBRARY].exercises[slug].version
            cast = house.cast
            await approvals.approve(tx, cast.clinic, slug, version, person_id=cast.therapist, now_ms=1)


async def withdraw(house: House, slug: str) -> None:
    async with house.app[wiring.STORE].write() as tx:
        version = house.app[wiring.LIBRARY].exercises[slug].version
        await approvals.withdraw(tx, house.cast.clinic, slug, version, person_id=house.cast.therapist, now_ms=2)


def library_with(house: House, **changed: Any) -> None:
    """The next release of the library: exercises by slug as they are then, None for those that left it."""
    library = house.app[wiring.LIBRARY]
    exercises = {slug: one for slug, one in library.exercises.items() if changed.get(_key(slug), one) is not None}
    exercises |= {slug: changed[_key(slug)] for slug in exercises if _key(slug) in changed}
    released = structs.replace(library, exercises=exercises)
    house.app._state[wiring.LIBRARY] = house.app[wiring.LIBRARIES][released.language] = released


def _key(slug: str) -> str:
    return slug.replace("-", "_")


async def programme_of(house: House) -> Programme | None:
    return (await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)).programme


async def prescribe(house: House, *items: Item, reason: str = "To begin with") -> None:
    await house.app[wiring.CARE].change(
        house.cast.clinic,
        house.cast.patient,
        care.SetProgramme(items, reason),
        actor=Actor(id=house.cast.therapist, role=SessionRole.THERAPIST),
    )


def item(house: House, slug: str = BREATHING, **more: Any) -> Item:
    given = {"id": slug[:4], "exercise": slug, "version": house.app[wiring.LIBRARY].exercises[slug].version}
    return Item(**{**given, "times_a_week": 3, **more})


def path_of(house: House) -> str:
    return f"/patients/{house.cast.patient}/programme"


def fields(page: Read) -> dict[str, str | list[str]]:
    """The form as it stands: what would be sent if nothing were touched."""
    typed: dict[str, str | list[str]] = {"shown": page.value("shown"), "template": page.value("template")}
    typed["row"] = ids(page)
    for row in ids(page):
        typed |= {f"{name}_{row}": page.value(f"{name}_{row}") for name in ("exercise", "times", "minutes", "note")}
        for name in ("pattern", "rung"):
            select = re.search(rf'<select[^>]*name="{name}_{row}".*?</select>', page.body, re.DOTALL)
            chosen = re.search(r'value="([^"]*)" selected', select[0]) if select is not None else None
            typed[f"{name}_{row}"] = chosen[1] if chosen is not None else ""
    return typed


async def sends(reader: Reader, house: House, page: Read, **changed: str | list[str]) -> Read:
    return await reader.sends(path_of(house), {**fields(page), **changed})


def ids(page: Read) -> list[str]:
    return re.findall(r'name="row" value="([^"]+)"', page.body)


def rows(page: Read) -> list[str]:
    given = fields(page)
    return [str(given[f"exercise_{row}"]) for row in ids(page)]


def seen(page: Read) -> str:
    """What the patient sees, as the picture beside the form has it."""
    part = page.body[page.body.index("data-seen") : page.body.index("</aside>")]
    return Read(200, "", part).words


async def added(reader: Reader, house: House, *slugs: str) -> Read:
    page = await reader.opens(path_of(house))
    for slug in slugs:
        page = await sends(reader, house, page, do="add", add=slug)
    return page
