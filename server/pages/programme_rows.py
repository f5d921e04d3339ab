"""The rows of the programme's form: one exercise each, as it stands on the page, typed or stored."""

import re
import secrets
from collections.abc import Iterable
from typing import Final

from msgspec import Struct, structs

from exercises.model import Pattern, Preset
from exercises.saying import say
from server.pages.forms import Form
from sessions.people import Refused
from sessions.programme import MINUTES, NOTE_MOST, TIMES_A_WEEK, Item, Programme, Shelf, prescribed, unfit
from sessions.programme_templates import Template

#: More than fit, so that whoever sends too many gets them all back with a sentence.
_ROWS_MOST: Final = 40
_ID: Final = re.compile(r"[0-9a-z-]{1,32}")
#: A pattern that no preset has any more stays what it is.
AS_IT_WAS: Final = "as-it-was"
_USUAL_TIMES: Final = 3


class Row(Struct, frozen=True):
    """What is typed for one exercise. `was` is the item of this id as it is stored, if it is."""

    id: str
    exercise: str
    times: str
    minutes: str = ""
    pattern: str = ""
    rung: str = ""
    note: str = ""
    was: Item | None = None


def rows_of(programme: Programme | None, presets: Iterable[Preset]) -> list[Row]:
    """The programme as it is stored."""
    return [] if programme is None else [_row(item, presets, was=item) for item in programme.items]


def typed_rows(form: Form, programme: Programme | None) -> list[Row]:
    ids = dict.fromkeys(one for one in form.every("row") if _ID.fullmatch(one))
    return [
        Row(
            id=one,
            exercise=form.value(f"exercise_{one}")[:80],
            times=form.value(f"times_{one}"),
            minutes=form.value(f"minutes_{one}"),
            pattern=form.value(f"pattern_{one}"),
            rung=form.value(f"rung_{one}"),
            note=form.value(f"note_{one}"),
            was=None if programme is None else programme.item(one),
        )
        for one in list(ids)[:_ROWS_MOST]
    ]


def begun_row(slug: str, shelf: Shelf, rung: str | None) -> Row:
    """A new exercise: with an ordinary number of times, on the rung where the patient is now."""
    return Row(id=secrets.token_hex(4), exercise=slug, times=str(_USUAL_TIMES), rung=_rung_for(slug, shelf, rung))


def from_template(
    template: Template, rows: list[Row], shelf: Shelf, presets: Iterable[Preset], *, rung: str | None
) -> tuple[list[Row], int]:
    """The rows that a template makes, and how many of its exercises the library does not have any more.

    What is on the page already keeps its id, its rung and its line, so that what was practised stays counted.
    """
    made, left_out = [], 0
    here = list(rows)
    for one in template.items:
        if shelf.find(one.exercise) is None:
            left_out += 1
            continue
        known = next((row for row in here if row.exercise == one.exercise), None)
        if known is not None:
            here.remove(known)
        item = Item(
            id=known.id if known is not None else secrets.token_hex(4),
            exercise=one.exercise,
            version=1,
            times_a_week=one.times_a_week,
            minutes=one.minutes,
            pattern=one.pattern,
        )
        row = _row(item, presets, was=known.was if known is not None else None)
        kept = known.rung if known is not None and known.rung else _rung_for(one.exercise, shelf, rung)
        made.append(structs.replace(row, rung=kept, note=known.note if known is not None else ""))
    return made, left_out


def moved(rows: list[Row], row_id: str, by: int) -> list[Row]:
    place = next((index for index, row in enumerate(rows) if row.id == row_id), None)
    if place is None or not 0 <= place + by < len(rows):
        return rows
    rows = list(rows)
    rows.insert(place + by, rows.pop(place))
    return rows


def form_of(rows: Iterable[Row], typed: Form | None = None) -> Form:
    """A form that holds these rows, and of what was typed all that belongs to no row."""
    values = {name: typed.value(name) for name in ("reason", "template", "template_name")} if typed is not None else {}
    for row in rows:
        values |= {
            f"{name}_{row.id}": getattr(row, name)
            for name in ("times", "minutes", "pattern", "rung", "note", "exercise")
        }
    form = Form.of(**values)
    if typed is not None:
        form.errors.update(typed.errors)
        form.status = typed.status
    return form


def items_of(form: Form, rows: list[Row], shelf: Shelf, presets: Iterable[Preset]) -> tuple[Item, ...]:
    """What the rows prescribe. What is wrong with one is noted in the form, and its item is not to be used then."""
    return tuple(_item(form, row, shelf, presets) for row in rows)


def examined(
    form: Form, items: tuple[Item, ...], shelf: Shelf, before: Programme | None, *, reason: str, template: str | None
) -> None:
    """Notes in the form whatever forbids this programme, each beside its field."""
    for item in items:
        for field, words in unfit(item, shelf, before).items():
            form.note(f"{field}_{item.id}", words)
    try:
        prescribed(before, items, ladder=shelf.ladder, reason=reason, template=template, now_ms=0)
    except Refused as refused:
        for name, words in (refused.fields or {"": refused.message}).items():
            field, _, number = name.rpartition("_")
            form.note(f"{field}_{items[int(number)].id}" if field and number.isdigit() else name, words)


def lenient(row: Row, shelf: Shelf, presets: Iterable[Preset]) -> Item:
    """The item for the picture beside the form, whatever is typed by now. A number that is none counts as 0."""
    exercise = shelf.find(row.exercise)
    return Item(
        id=row.id,
        exercise=row.exercise,
        version=exercise.version if exercise is not None else 1,
        times_a_week=_number(row.times, TIMES_A_WEEK) or 0,
        minutes=_number(row.minutes, MINUTES),
        pattern=_pattern(row, presets),
        rung=row.rung or None,
        note=row.note.strip()[:NOTE_MOST] or None,
    )


def _item(form: Form, row: Row, shelf: Shelf, presets: Iterable[Preset]) -> Item:
    exercise = shelf.find(row.exercise)
    if exercise is None and (row.was is None or row.was.exercise != row.exercise):
        form.note(f"exercise_{row.id}", "This exercise is not in the library any more. Take it out.")
    least, most = TIMES_A_WEEK
    times = form.whole(
        f"times_{row.id}",
        least=least,
        most=most,
        ask=say("Write how many times a week, from {least} to {most}.", least=least, most=most),
    )
    minutes = None
    if row.minutes.strip():
        least, most = MINUTES
        ask = say("Write minutes from {least} to {most}, or leave it empty.", least=least, most=most)
        minutes = form.whole(f"minutes_{row.id}", least=least, most=most, ask=ask)
    pattern = _pattern(row, presets)
    if row.pattern and pattern is None:
        form.note(f"pattern_{row.id}", "Choose from the list.")
    note = form.text(f"note_{row.id}", most=NOTE_MOST)
    version = 1 if exercise is None else exercise.version
    stored = row.was is not None and row.was.exercise == row.exercise
    if row.was is not None and stored and (exercise is None or (exercise.slug, version) not in shelf.approved):
        # Words that nobody has read are not taken over: it stays prescribed as it was, and rests.
        version = row.was.version
    return Item(
        id=row.id,
        exercise=row.exercise,
        version=version,
        times_a_week=times,
        minutes=minutes,
        pattern=pattern,
        rung=row.rung or None,
        note=note or None,
    )


def _row(item: Item, presets: Iterable[Preset], *, was: Item | None) -> Row:
    preset = next((one.id for one in presets if one.pattern == item.pattern), AS_IT_WAS)
    return Row(
        id=item.id,
        exercise=item.exercise,
        times=str(item.times_a_week),
        minutes="" if item.minutes is None else str(item.minutes),
        pattern="" if item.pattern is None else preset,
        rung=item.rung or "",
        note=item.note or "",
        was=was,
    )


def _pattern(row: Row, presets: Iterable[Preset]) -> Pattern | None:
    if row.pattern == AS_IT_WAS:
        return None if row.was is None else row.was.pattern
    return next((one.pattern for one in presets if one.id == row.pattern), None)


def _rung_for(slug: str, shelf: Shelf, rung: str | None) -> str:
    exercise = shelf.find(slug)
    return rung if rung is not None and exercise is not None and exercise.uses_ladder else ""


def _number(typed: str, limits: tuple[int, int]) -> int | None:
    text = typed.strip()
    within = text.isascii() and text.isdigit() and len(text) < 4 and limits[0] <= int(text) <= limits[1]
    return int(text) if within else None
