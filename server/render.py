"""Pages from templates: one environment, autoescaped, strict about what is missing."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import CodeType
from typing import Any, Final, cast

from aiohttp import web
from babel.dates import format_time
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, nodes, pass_context
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from markupsafe import escape

from exercises.saying import Said
from server import dates, languages, wiring
from server.days import moment_at
from server.languages import Language
from server.pictures.figures import figures_of
from server.static_files import StaticFiles

TEMPLATES = Path(__file__).parent / "templates"
_COMPRESS_ABOVE_BYTES = 1_000


class _Compiled(BytecodeCache):
    """Templates as they were compiled in this process, by their text: a second server in it compiles none again."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None, "it was compiled just now"
        self._code[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()
#: What `escape` replaces, and nothing else.
_TO_ESCAPE: Final = re.compile("[&<>\"']")


def environment(static: StaticFiles, *, offered: Sequence[Language], source_url: str = "") -> Environment:
    """For pages."""
    made = plain_environment()
    made.globals["languages"] = offered
    made.globals["static"] = static.url
    made.globals["scripts"] = static.scripts
    made.globals["source_url"] = source_url
    made.globals["figures_of"] = figures_of
    return made


class _OneCall(CodeGenerator):
    """Writes one call for each value that a template shows, in place of one that finishes it and one that escapes it.

    A drawing shows thousands of numbers, and there is nothing in a number to escape.
    """

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("environment.shown(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write(")")
        else:
            super()._output_child_post(node, frame, finalize)


class _Environment(Environment):
    code_generator_class = _OneCall

    @staticmethod
    def shown(value: object) -> str:
        """As it stands in the page: ours in the language of the request, everything but numbers and markup escaped."""
        kind = type(value)
        if kind is int or kind is float:
            return str(value)
        told = _told(value)
        if type(told) is str and _TO_ESCAPE.search(told) is None:
            # Nearly all of a page; looking costs a fifth of making markup of it.
            return told
        return escape(told)


def plain_environment() -> Environment:
    """For what is no page, and shows no more than words, days and shapes."""
    made = _Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=_COMPILED,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        enable_async=False,
        finalize=_told,
        extensions=["jinja2.ext.i18n"],
    )
    # The language is that of the request which is being answered, so one environment serves all of them.
    made.install_gettext_callables(languages.gettext, languages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    for name in ("gettext", "ngettext"):
        made.globals[name] = _looking_up_values(cast("Callable[..., str]", made.globals[name]))
    made.globals["_"] = made.globals["gettext"]
    made.policies["ext.i18n.trimmed"] = True
    made.globals["language"] = languages.current
    made.filters["t"] = languages.told
    made.filters["first_great"] = _first_great
    made.filters["day"] = _day
    made.filters["clock"] = _clock
    made.filters["iso"] = _iso
    made.filters["date"] = _date
    return made


def _told(value: object) -> object:
    """A sentence of ours is shown in the language of the request, wherever a template shows it."""
    return languages.told(value) if isinstance(value, Said) else value


def _first_great(text: str) -> str:
    """Words that begin a sentence. Unlike `capitalize` it leaves all others as they are."""
    return f"{text[:1].upper()}{text[1:]}"


def _looking_up_values(look_up: Callable[..., str]) -> Callable[..., str]:
    """What a template puts into a sentence may be a sentence itself."""

    @pass_context
    def looked_up(context: Context, *texts: object, **values: object) -> str:
        return look_up(context, *texts, **{name: _told(value) for name, value in values.items()})

    return looked_up


def page(request: web.Request, template: str, /, *, status: int = 200, **values: Any) -> web.Response:
    """The page `templates/pages/{template}.html.jinja`, never stored by anybody."""
    text = request.app[wiring.TEMPLATES].get_template(f"pages/{template}.html.jinja").render(**values)
    response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    if len(text) > _COMPRESS_ABOVE_BYTES:
        response.enable_compression()
    return response


def _day(at_ms: int, zone: str = "UTC") -> str:
    """Such as `Wednesday, 12 March`."""
    return dates.weekday_and_day(moment_at(at_ms, zone))


def _clock(at_ms: int, zone: str = "UTC") -> str:
    return str(format_time(moment_at(at_ms, zone).time(), "HH:mm", locale=languages.current().locale))


def _date(day: date | int, zone: str = "UTC") -> str:
    """Such as `3 March 2026`: for what may be longer ago than a year."""
    if isinstance(day, int):
        day = moment_at(day, zone).date()
    return dates.whole_date(day)


def _iso(at_ms: int) -> str:
    """For `<time datetime>`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
