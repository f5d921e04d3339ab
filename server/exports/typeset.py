"""Documents as PDF: words and numbers in, a tagged PDF out, and what its fonts could not show.

A template is a file `templates/{name}.typ`. It gets its data as `sys.inputs.data` (JSON) and holds no sentence of its
own: all words come in told, in the language of whoever will read them. What people wrote goes in as text and is never
read as markup.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

import msgspec
import typst
from msgspec import Struct

from exercises.saying import Said, say
from server.exports import beside, drawings, fonts
from server.languages import Language, speaking, told
from server.pictures.chart import Sign, Still
from server.pictures.lane_shapes import Lanes

TEMPLATES: Final = Path(__file__).parent / "templates"


class Pdf(Struct, frozen=True):
    """`missing_glyphs` are signs that no font here has, such as `ა U+10D0 GEORGIAN LETTER AN`; empty as a rule."""

    data: bytes
    missing_glyphs: list[str]


class _Press:
    """One compiler, which keeps what it has read; it does one thing at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._compiler: typst.Compiler | None = None

    def set(self, template: str, data: str, *, form: str, made_ms: int, standards: list[Any]) -> bytes:
        with self._lock:
            if self._compiler is None:
                self._compiler = typst.Compiler(root=str(TEMPLATES), font_paths=fonts.fonts(), ignore_system_fonts=True)
            made = self._compiler.compile(
                input=str(TEMPLATES / f"{template}.typ"),
                format=form,  # type: ignore[arg-type]  # one of two words of ours
                ppi=72.0,
                sys_inputs={"data": data},
                timestamp=datetime.fromtimestamp(made_ms // 1000, UTC),
                pdf_standards=standards,
            )
        if isinstance(made, list):
            made = made[0]
        assert made is not None, "no file was asked for"
        return made


_PRESS: Final = _Press()


def pdf(
    template: str, data: dict[str, Any], *, language: Language, made_ms: int = 0, standards: tuple[str, ...] = ()
) -> Pdf:
    """`data` are texts, numbers, lists and dicts; sentences of ours (`Said`) are told in `language`, pictures drawn.

    `data["title"]` and `data["clinic"]` stand on each page and in the document's own description. It blocks for 5 to
    300 ms: from a request use `typeset`.
    """
    whole, letters = _whole(data, language)
    made = _PRESS.set(template, whole, form="pdf", made_ms=made_ms, standards=list(standards))
    return Pdf(made, letters.missing)


def picture(template: str, data: dict[str, Any], *, language: Language) -> bytes:
    """The first page as PNG, for looking at it."""
    whole, _ = _whole(data, language)
    return _PRESS.set(template, whole, form="png", made_ms=0, standards=[])


async def typeset(
    template: str, gathering: Callable[[], dict[str, Any]], *, language: Language, made_ms: int = 0
) -> Pdf:
    """The same beside the event loop, what is gathered for it too."""
    return await beside.run(lambda: pdf(template, gathering(), language=language, made_ms=made_ms))


async def missing(gathering: Callable[[], dict[str, Any]], *, language: Language) -> list[str]:
    """The signs that no font has, without setting them."""
    return await beside.run(lambda: _whole(gathering(), language)[1].missing)


def _whole(data: dict[str, Any], language: Language) -> tuple[str, fonts.Letters]:
    letters = fonts.Letters()
    with speaking(language):
        shown = letters.shown(_spoken(data))
        frame = {
            "language": language.code.split("-")[0],
            "direction": language.direction,
            "fonts": fonts.families(language.code),
            "lacking": letters.names,
            "lacking_words": told(
                say("These signs are in the record, and none of the fonts here can print them. “[…]” stands for them:")
            ),
            "pages_words": told(say("Page")),
        }
    return msgspec.json.encode({**shown, "frame": frame}).decode(), letters


def _spoken(value: Any) -> Any:
    match value:
        case Said():
            return told(value)
        case Lanes() | Still() | Sign():
            return msgspec.to_builtins(drawings.drawing(value))
        case dict():
            return {name: _spoken(one) for name, one in value.items()}
        case list() | tuple():
            return [_spoken(one) for one in value]
        case _:
            return value
