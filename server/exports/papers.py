"""What people wrote and signed, as headings and texts, whatever kind it is."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Struct

from exercises.saying import say
from server.db import documents
from server.db.documents import Document
from sessions.letters import Letter
from sessions.notes import Note

TITLES: Final = {
    documents.NOTE: say("Note"),
    documents.LETTER: say("Letter"),
    documents.PATHWAY: say("Pathway"),
    documents.COMMENT: say("Comment"),
}
_AMENDMENT: Final = say("Addition to a note")


class Part(Struct, frozen=True):
    """`title` is empty where a text has no heading."""

    title: str
    text: str


class Comment(Struct, frozen=True):
    """What a therapist wrote beside a moment; `seq` is the line of the ledger that it stands beside."""

    seq: int
    text: str


def comment_of(paper: Document) -> Comment:
    assert paper.body is not None, "only what can be read is gathered"
    return msgspec.json.decode(paper.body, type=Comment)


def parts_of(paper: Document) -> list[Part]:
    """Empty where the key is gone."""
    if paper.body is None:
        return []
    return READERS.get(paper.kind, _any)(paper.body)


def title_of(paper: Document) -> str:
    if paper.of_id is not None:
        return _AMENDMENT
    return TITLES.get(paper.kind, say("Document"))


def _note(body: bytes) -> list[Part]:
    note = msgspec.json.decode(body, type=Note)
    parts = [Part(section.title, section.text) for section in (*note.sections, *note.billing) if section.text]
    return [*parts, Part("", note.reason)] if note.reason else parts


def _any(body: bytes) -> list[Part]:
    """Of a kind that has no reader of its own: its texts as they stand, so that nothing signed is left out."""
    found: list[Part] = []
    _walk(msgspec.json.decode(body), "", found)
    return found


def _walk(value: Any, name: str, found: list[Part]) -> None:
    match value:
        case str():
            if value.strip():
                found.append(Part(name.replace("_", " "), value))
        case dict():
            title, text = value.get("title"), value.get("text")
            if isinstance(title, str) and isinstance(text, str):
                if text.strip():
                    found.append(Part(title, text))
                return
            for key, one in value.items():
                _walk(one, str(key), found)
        case list():
            for one in value:
                _walk(one, name, found)
        case bool() | None:
            pass
        case _:
            found.append(Part(name.replace("_", " "), str(value)))


#: How the body of each kind is read; whoever adds a kind adds a line.
def _letter(body: bytes) -> list[Part]:
    letter = msgspec.json.decode(body, type=Letter)
    tables = [
        Part(one.title, "\n".join("; ".join(cell for cell in row if cell) for row in (one.head, *one.rows)))
        for one in letter.pictures
    ]
    return [*([Part("", letter.address)] if letter.address else []), Part(letter.subject, letter.text), *tables]


def _comment(body: bytes) -> list[Part]:
    return [Part("", msgspec.json.decode(body, type=Comment).text)]


READERS: Final[dict[str, Callable[[bytes], list[Part]]]] = {
    documents.NOTE: _note,
    documents.LETTER: _letter,
    documents.COMMENT: _comment,
}
