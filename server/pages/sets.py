"""The clinic's sets of dilators: typed in by whoever works with them, in millimetres, size by size."""

import re
import secrets
from collections.abc import Callable
from typing import Final, Literal

import msgspec
from aiohttp import web
from msgspec import Struct, structs

from exercises.ladder import DIAMETER_MM, LENGTH_MM, Size, ToolSet, checked_set, rungs_of
from exercises.saying import joined, kept, say, say_many
from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.clinic_settings import settings_of
from server.db import people
from server.db.people import Role
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions.people import Refused

Sets = tuple[ToolSet, ...]

_SIZES_MOST: Final = 30
_SETS_MOST: Final = 60
_ROWS_FIRST: Final = 6
_ROWS_MORE: Final = 4
_TYPES: Final = ("sizes", "continuous")
#: Millimetres as people write them: 22, 22.5 or 22,5. A third place after the point nobody can measure.
_MM: Final = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?")
_SAID: Final = {
    "stored": "The set is stored. Tick its sizes on a patient’s ladder.",
    "removed": "The set is removed. Ladders that have its sizes keep them.",
}


class Listed(Struct, frozen=True):
    """A set as the list shows it."""

    id: str
    name: str
    about: str
    sizes: tuple[str, ...]


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.OWNER, Role.THERAPIST)
    clinic = await house(request, login.clinic_id)
    return page(
        request,
        "sets",
        login=login,
        place="sets",
        said=_SAID.get(request.query.get("said", ""), ""),
        sets=[_listed(one) for one in clinic.settings.sets],
        clinic=clinic,
    )


async def show_new(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.OWNER, Role.THERAPIST)
    return _form_page(request, login, Form.of(type="sizes"), None, rows=_ROWS_FIRST)


async def add(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.OWNER, Role.THERAPIST)
    return await _store(request, login, None)


async def show_one(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.OWNER, Role.THERAPIST)
    known = await _known(request, login)
    rows = min(len(known.sizes) + (1 if known.type == "sizes" else 0), _SIZES_MOST)
    return _form_page(request, login, _filled(known), known, rows=rows)


async def change(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.OWNER, Role.THERAPIST)
    return await _store(request, login, await _known(request, login))


async def remove(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.OWNER, Role.THERAPIST)
    known = await _known(request, login)
    await _change(request, login, lambda sets: tuple(one for one in sets if one.id != known.id))
    return see_other("/clinic/sets?said=removed")


async def _store(request: web.Request, login: Login, known: ToolSet | None) -> web.Response:
    form = await posted(request)
    rows = _rows(form)
    if form.value("do") == "rows":
        # Room for more sizes: nothing is stored, and nothing is complained about yet.
        return _form_page(request, login, form, known, rows=min(rows + _ROWS_MORE, _SIZES_MOST))
    tool_set = _read(form, rows, set_id=known.id if known is not None else secrets.token_hex(4))
    if not form.errors:
        for number, words in enumerate(checked_set(tool_set), start=1):
            form.note(f"set-{number}", words)
    if form.errors or not await attempt(form, _change(request, login, lambda sets: _with(sets, tool_set))):
        return _form_page(request, login, form, known, rows=rows, status=form.status)
    return see_other("/clinic/sets?said=stored")


def _with(sets: Sets, tool_set: ToolSet) -> Sets:
    if any(one.id == tool_set.id for one in sets):
        return tuple(tool_set if one.id == tool_set.id else one for one in sets)
    return (*sets, tool_set)


async def _change(request: web.Request, login: Login, what: Callable[[Sets], Sets]) -> None:
    """Only the sets change, as they are at that moment: somebody else may be setting other things of the clinic.

    Raises Refused where there would be too many.
    """
    async with request.app[wiring.STORE].write() as tx:
        clinic = await people.clinic(tx, login.clinic_id)
        assert clinic is not None, "a person belongs to a clinic"
        known = settings_of(clinic)
        sets = what(known.sets)
        if len(sets) > _SETS_MOST:
            raise Refused(
                "not_now", say("{most} sets are the most that fit here. Remove one that nobody uses.", most=_SETS_MOST)
            )
        settings = msgspec.json.encode(structs.replace(known, sets=sets))
        await people.change_clinic(tx, login.clinic_id, name=clinic.name, phone=clinic.phone, settings=settings)


async def _known(request: web.Request, login: Login) -> ToolSet:
    """A set of one's own clinic. Raises HTTPNotFound for everything else."""
    clinic = await house(request, login.clinic_id)
    found = next((one for one in clinic.settings.sets if one.id == request.match_info["set"]), None)
    if found is None:
        raise web.HTTPNotFound
    return found


def _rows(form: Form) -> int:
    """How many rows the form had on screen."""
    typed = form.value("rows")
    rows = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else _ROWS_FIRST
    return max(2, min(rows, _SIZES_MOST))


def _read(form: Form, rows: int, *, set_id: str) -> ToolSet:
    kind: Literal["sizes", "continuous"] = "continuous" if form.chosen("type", _TYPES) == "continuous" else "sizes"
    name = form.text("name", ask="Give the set a name.", most=60)
    material = form.text("material", most=60)
    sizes = tuple(size for row in range(rows) if (size := _size(form, row, kind=kind)) is not None)
    if not sizes and not form.errors:
        form.note("diameter_0", "Write at least one size.")
    return ToolSet(id=set_id, name=name, material=material, type=kind, sizes=sizes)


def _size(form: Form, row: int, *, kind: str) -> Size | None:
    """One row, or None where nothing was written in it."""
    label = form.text(f"label_{row}", most=60)
    colour = form.text(f"colour_{row}", most=40)
    if not any(form.value(f"{field}_{row}").strip() for field in ("label", "colour", "diameter", "length")):
        return None
    if not label:
        label = (
            ("Narrowest", "Widest")[row] if kind == "continuous" and row < 2 else kept("Size {number}", number=row + 1)
        )
    if not form.value(f"diameter_{row}").strip():
        form.note(
            f"diameter_{row}",
            say(
                "Write how wide {label} is, from {least} to {most} mm.",
                label=label,
                least=DIAMETER_MM[0],
                most=DIAMETER_MM[1],
            ),
        )
    diameter = _millimetres(form, f"diameter_{row}", DIAMETER_MM)
    length = _millimetres(form, f"length_{row}", LENGTH_MM) if form.value(f"length_{row}").strip() else None
    return Size(label=label, diameter_mm=diameter or 0.0, length_mm=length, colour=colour or None)


def _millimetres(form: Form, name: str, limits: tuple[int, int]) -> float | None:
    """With a point or a comma. What cannot be read, or cannot be right, gets a sentence."""
    typed = form.value(name).strip().removesuffix("mm").strip()
    found = _MM.fullmatch(typed)
    value = float(f"{found[1]}.{found[2] or 0}") if found is not None and typed.isascii() else None
    if value is None or not limits[0] <= value <= limits[1]:
        form.note(
            name, say("Write millimetres from {least} to {most}, such as 22 or 22.5.", least=limits[0], most=limits[1])
        )
        return None
    return value


def _filled(known: ToolSet) -> Form:
    values: dict[str, str] = {"name": known.name, "material": known.material, "type": known.type}
    for row, size in enumerate(known.sizes):
        values |= {
            f"label_{row}": size.label,
            f"colour_{row}": size.colour or "",
            f"diameter_{row}": f"{size.diameter_mm:g}",
            f"length_{row}": "" if size.length_mm is None else f"{size.length_mm:g}",
        }
    return Form.of(**values)


def _listed(one: ToolSet) -> Listed:
    about = [one.material] if one.material else []
    if one.type == "continuous":
        first, last = one.sizes[0], one.sizes[-1]
        about.append(say("one device, set in steps of 1 mm"))
        sizes = [say("{narrowest} to {widest} mm wide", narrowest=first.diameter_mm, widest=last.diameter_mm)]
    else:
        about.append(say_many("{count} size", "{count} sizes", count=len(one.sizes)))
        sizes = [_words(rung.label, rung.diameter_mm, rung.length_mm, rung.colour) for rung in rungs_of(one)]
    return Listed(id=one.id, name=one.name, about=joined(about), sizes=tuple(sizes))


def _words(label: str, diameter_mm: float | None, length_mm: float | None, colour: str | None) -> str:
    name = say("{label} ({colour})", label=label, colour=colour) if colour else label
    if length_mm is None:
        return say("{name}: {width} mm wide", name=name, width=diameter_mm)
    return say("{name}: {width} mm wide, {length} mm long", name=name, width=diameter_mm, length=length_mm)


def _form_page(
    request: web.Request, login: Login, form: Form, known: ToolSet | None, *, rows: int, status: int = 200
) -> web.Response:
    return page(
        request,
        "set",
        login=login,
        place="sets",
        status=status,
        form=form,
        known=known,
        rows=rows,
        more=rows < _SIZES_MOST,
        diameter=DIAMETER_MM,
        length=LENGTH_MM,
    )


routes = [
    web.get("/clinic/sets", show),
    web.get("/clinic/sets/new", show_new),
    web.post("/clinic/sets/new", add),
    web.get("/clinic/sets/{set}", show_one),
    web.post("/clinic/sets/{set}", change),
    web.post("/clinic/sets/{set}/remove", remove),
]
