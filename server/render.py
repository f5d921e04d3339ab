"""Pages from templates: one environment, autoescaped, strict about what is missing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import CodeType
from typing import Any

from aiohttp import web
from babel.dates import format_date, format_skeleton, format_time
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from server import languages, wiring
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


def environment(static: StaticFiles, *, offered: Sequence[Language], source_url: str = "") -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=_COMPILED,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        enable_async=False,
        extensions=["jinja2.ext.i18n"],
    )
    # The language is that of the request which is being answered, so one environment serves all of them.
    made.install_gettext_callables(languages.gettext, languages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.policies["ext.i18n.trimmed"] = True
    made.globals["language"] = languages.current
    made.globals["languages"] = offered
    made.filters["t"] = languages.told
    made.globals["static"] = static.url
    made.globals["source_url"] = source_url
    made.globals["figures_of"] = figures_of
    made.filters["day"] = _day
    made.filters["clock"] = _clock
    made.filters["iso"] = _iso
    made.filters["date"] = _date
    return made


def page(request: web.Request, template: str, /, *, status: int = 200, **values: Any) -> web.Response:
    """The page `templates/pages/{template}.html.jinja`, never stored by anybody."""
    text = request.app[wiring.TEMPLATES].get_template(f"pages/{template}.html.jinja").render(**values)
    response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    if len(text) > _COMPRESS_ABOVE_BYTES:
        response.enable_compression()
    return response


def _day(at_ms: int, zone: str = "UTC") -> str:
    """Such as `Wednesday, 12 March`."""
    moment, locale = moment_at(at_ms, zone), languages.current().locale
    if locale.language == languages.ENGLISH:
        return str(format_date(moment.date(), "EEEE, d MMMM", locale=locale))
    return str(format_skeleton("MMMMEEEEd", moment, locale=locale))


def _clock(at_ms: int, zone: str = "UTC") -> str:
    return str(format_time(moment_at(at_ms, zone).time(), "HH:mm", locale=languages.current().locale))


def _date(day: date | int, zone: str = "UTC") -> str:
    """Such as `3 March 2026`: for what may be longer ago than a year."""
    if isinstance(day, int):
        day = moment_at(day, zone).date()
    return str(format_date(day, "long", locale=languages.current().locale))


def _iso(at_ms: int) -> str:
    """For `<time datetime>`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
