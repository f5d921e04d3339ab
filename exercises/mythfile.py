"""Myths and facts: pairs of what people hear and what is known, loaded whole or not at all.

myths/en.toml, es.toml ...    each language whole; without one it is English
"""

import re
from pathlib import Path
from typing import Final

from msgspec import Struct

from exercises import uneasy
from exercises.loader import ENGLISH, LibraryBroken
from exercises.model import Review, ReviewStatus, Source
from exercises.tomlfile import Problem, Table, read

MYTHS_ROOT: Final = Path(__file__).parent / "myths"
#: Longer than this is not read on a phone.
HEARD_MOST: Final = 90
KNOWN_MOST: Final = 320

_ID: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class Myth(Struct, frozen=True):
    id: str
    heard: str
    known: str
    sources: tuple[Source, ...]


class Myths(Struct, frozen=True):
    """In the order in which they are shown. `language` is that of the words: English, for want of others."""

    language: str
    review: Review
    pairs: tuple[Myth, ...]


def load_myths(root: Path = MYTHS_ROOT, language: str = ENGLISH) -> Myths:
    """Raises LibraryBroken, naming all problems, if there is a single one."""
    path = root / f"{language}.toml"
    if language != ENGLISH and not path.exists():
        path, language = root / f"{ENGLISH}.toml", ENGLISH
    file = read(path)
    if isinstance(file, Problem):
        raise LibraryBroken([file])
    notes: list[Problem] = []
    top = Table(file, file.data, notes=notes)
    review = _review(top.table("review") if top.has("review") else None)
    pairs = tuple(_pair(table, language) for table in top.tables("myth"))
    top.done()
    if not pairs:
        top.note(None, "There is no myth here.")
    seen: set[str] = set()
    for pair in pairs:
        if pair.id in seen:
            top.note("myth", f'"{pair.id}" stands here twice.')
        seen.add(pair.id)
    if notes:
        raise LibraryBroken(sorted(notes))
    return Myths(language=language, review=review, pairs=pairs)


def _pair(table: Table, language: str) -> Myth:
    rate, harsh = (found.get(uneasy.base(language)) for found in (uneasy.RATES, uneasy.HARSH))
    pair = Myth(
        id=table.text("id"),
        heard=table.text("heard"),
        known=table.text("known"),
        sources=tuple(_source(source) for source in table.tables("source")),
    )
    table.done()
    if pair.id and not _ID.fullmatch(pair.id):
        table.note("id", f'"{pair.id}" is not an id: small letters, digits and single hyphens.')
    if not pair.sources:
        table.note(None, "Every pair says where it comes from: at least one [[myth.source]].")
    for key, words, most in (("heard", pair.heard, HEARD_MOST), ("known", pair.known, KNOWN_MOST)):
        if len(words) > most:
            table.note(key, f"{len(words)} characters; {most} are the most that is read on a phone.")
        if rate and rate.search(words):
            table.note(key, "No figures of success: nobody can promise them.")
        if key == "known" and harsh and (found := harsh.search(words)):
            table.note(key, f'"{found[0]}" can be read as a reproach. Say it in another way.')
    return pair


def _source(table: Table) -> Source:
    source = Source(supports=table.text("supports"), cite=table.text("cite"))
    table.done()
    return source


def _review(table: Table | None) -> Review:
    if table is None:
        return Review(ReviewStatus.DRAFT)
    status = table.text("status")
    if status and status not in tuple(ReviewStatus):
        table.note("status", f'"{status}" is not one of {", ".join(ReviewStatus)}.')
        status = ReviewStatus.DRAFT
    review = Review(ReviewStatus(status or ReviewStatus.DRAFT), table.maybe_text("reviewer"), table.maybe_text("date"))
    if review.status is not ReviewStatus.DRAFT and not (review.reviewer and review.date):
        table.note("status", "Who has reviewed it, and when? Both are needed for anything but a draft.")
    table.done()
    return review
