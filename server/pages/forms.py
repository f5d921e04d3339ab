"""What a person typed into a form: read field by field, kept as typed, with a sentence for each thing to mend."""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from aiohttp import web

from exercises.saying import say
from server.care.caring import Held
from server.db import errors
from sessions.people import Refused

_MOST_FIELDS: Final = 300
#: Deliberately loose: only a letter that arrives proves an address.
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
UNSTORED: Final = "This could not be stored. What you gave still stands here: try again in a moment."
_OVERTAKEN: Final = "Somebody else was a moment earlier. What you gave still stands here: try once more."


class Form:
    """Typed values by field name, and what is wrong with them. An empty one is a form that nobody filled in yet.

    Every reader returns something usable, so that one look at the form finds all of its problems: check `errors`
    before using what was read.
    """

    def __init__(self, typed: Mapping[str, list[str]] | None = None) -> None:
        self._typed = dict(typed or {})
        self.errors: dict[str, str] = {}
        #: What the page is answered with when it is shown again: 409 or 503 where nothing in the form was wrong.
        self.status = 422

    @classmethod
    def of(cls, **values: str | Iterable[str] | bool | None) -> "Form":
        """A form that shows what is stored already."""
        return cls({name: _shown(value) for name, value in values.items()})

    # What the template shows

    def value(self, name: str) -> str:
        return next(iter(self._typed.get(name, [])), "")

    def has(self, name: str, value: str) -> bool:
        """Whether this box was ticked, or this of several was chosen."""
        return value in self._typed.get(name, [])

    def error(self, name: str) -> str | None:
        return self.errors.get(name)

    def put(self, name: str, value: str) -> None:
        """What the page writes into a field by itself, such as the name of a template that was chosen."""
        self._typed[name] = [value]

    def leave(self, name: str, values: Iterable[str]) -> None:
        """Which of the ticked boxes stay ticked on the page."""
        self._typed[name] = list(values)

    def note(self, name: str, words: str) -> None:
        """Something to mend that only the handler can know. What was noted first stays."""
        self.errors.setdefault(name, words)

    # What the handler reads

    def text(self, name: str, *, ask: str | None = None, most: int = 200, lines: bool = False) -> str:
        """What was typed, without what no keyboard types. `ask` is said where it is needed and was left out."""
        text = _plain(self.value(name), lines=lines)
        if not text and ask is not None:
            self.errors[name] = ask
        elif len(text) > most:
            self.errors[name] = say(
                "That is {count} characters. {most} are the most that fit here.", count=len(text), most=most
            )
        return text

    def email(self, name: str, *, ask: str | None = None) -> str:
        text = self.text(name, ask=ask, most=254)
        if text and name not in self.errors and not _EMAIL.fullmatch(text):
            self.errors[name] = "Write an address such as robin@example.org."
        return text

    def secret(self, name: str) -> str:
        """A password, as it was typed: spaces belong to it."""
        return unicodedata.normalize("NFC", self.value(name))

    def ticked(self, name: str) -> bool:
        return bool(self._typed.get(name))

    def chosen(self, name: str, among: Collection[str], *, ask: str | None = None) -> str:
        """One of several, or an empty text. Anything else than what the form offers counts as nothing chosen."""
        value = self.value(name)
        if value in among:
            return value
        if ask is not None:
            self.errors[name] = ask
        return ""

    def several(self, name: str, among: Iterable[str]) -> tuple[str, ...]:
        """Those that were ticked, in the order of `among`."""
        given = set(self._typed.get(name, []))
        return tuple(value for value in among if value in given)

    def every(self, name: str) -> list[str]:
        """All values of one name, in the order in which they stand in the form."""
        return list(self._typed.get(name, []))

    def whole(self, name: str, *, least: int, most: int, ask: str) -> int:
        text = _plain(self.value(name), lines=False)
        if text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most:
            return int(text)
        self.errors[name] = ask
        return least

    def one_of(self, name: str, among: Collection[int]) -> int | None:
        """A number that was chosen, or None: nothing is ever filled in for a question that was left alone."""
        text = self.value(name)
        return int(text) if text in {str(number) for number in among} else None

    def once(self) -> str:
        """An id for what this form asks for: the same when it is sent twice, another one for other words.

        The page gives each form a hidden `id`. Who goes back in the browser and writes something else sends the
        old id again, so the words belong to it; otherwise their second message would be taken for the first.
        """
        if not self.value("id"):
            return secrets.token_hex(16)
        typed = repr(sorted(self._typed.items())).encode("utf-8", "replace")
        return hashlib.blake2b(typed, digest_size=16).hexdigest()

    def moment(self, date: str, time: str, *, zone: str) -> int:
        """A day and a time of day at the clinic, as milliseconds since the epoch."""
        day, clock = self.value(date).strip(), self.value(time).strip()
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            self.errors[date] = "Choose a day, such as 2026-03-12."
        if not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", clock):
            self.errors[time] = "Choose a time, such as 10:30."
        if date in self.errors or time in self.errors:
            return 0
        try:
            local = datetime.fromisoformat(f"{day}T{clock[:5]}").replace(tzinfo=ZoneInfo(zone))
            return int(local.astimezone(UTC).timestamp() * 1000)
        except (ValueError, OverflowError):
            self.errors[date] = "There is no such day or time."
            return 0


async def posted(request: web.Request, *, most_fields: int = _MOST_FIELDS) -> Form:
    """The form of this request. Raises HTTPUnsupportedMediaType and HTTPBadRequest for what is none."""
    if request.content_type != _FORM_TYPE:
        raise web.HTTPUnsupportedMediaType
    body = await request.read()
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=most_fields,
            errors="replace",
        )
    except ValueError:
        raise web.HTTPBadRequest from None
    typed: dict[str, list[str]] = {}
    for name, value in pairs:
        typed.setdefault(name, []).append(value)
    return Form(typed)


async def attempt(form: Form, doing: Awaitable[object]) -> bool:
    """True once it is done. A refusal's sentences then stand beside the fields that they are about.

    Where storage fails, the page is shown again too: nobody writes down twice what was hard to say once.
    """
    try:
        await doing
    except Refused as refused:
        # What stands under `id` is a word for programs; people are told the sentence.
        fields = {name: words for name, words in (refused.fields or {}).items() if name != "id"}
        form.errors.update(fields or {"": refused.message})
    except (errors.Conflict, Held):
        form.status = 409
        form.errors[""] = _OVERTAKEN
    except errors.Unavailable:
        form.status = 503
        form.errors[""] = UNSTORED
    else:
        return True
    return False


def _plain(text: str, *, lines: bool) -> str:
    kept = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(
        char if char == "\n" and lines else " " if char in "\n\t" else char
        for char in kept
        if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
    )
    return kept.strip()


def _shown(value: str | Iterable[str] | bool | None) -> list[str]:
    match value:
        case None | False:
            return []
        case True:
            return ["yes"]
        case str():
            return [value]
        case _:
            return list(value)
