"""A copy as one ZIP, written from front to back while the sessions go by: no more than one of them is in memory.

What has to stand in one file but comes from many sessions (a table, the bundle, the events) grows beside it in a
sealed spool and is poured in at the end.
"""

import asyncio
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec
from aiohttp import web

from exercises.saying import say
from server import wiring
from server.days import moment_at
from server.exports import beside, fhir, gather, printed, tables
from server.exports.columns import TABLES
from server.exports.fhir_parts import Resource
from server.exports.gather import Reader, Sitting, Whose
from server.exports.sealed import Sink, Spool
from server.exports.tables import Sheet
from server.exports.typeset import typeset
from server.languages import current, told

_BUNDLE_HEAD: Final = '{"resourceType":"Bundle","type":"collection","timestamp":"%s","entry":['
#: Called after each session with how many are done.
Progress = Callable[[int], None]


class Archive:
    """A ZIP that only grows. Dates in it are those of the copy, in UTC."""

    def __init__(self, sink: Sink, *, now_ms: int) -> None:
        self._zip = zipfile.ZipFile(_Unseekable(sink), "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        moment = datetime.fromtimestamp(now_ms / 1000, UTC)
        self._date = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)

    def put(self, name: str, data: bytes, *, packed: bool = True) -> None:
        """`packed=False` for what is packed already, such as a PDF."""
        self._zip.writestr(self._info(name, packed=packed), data)

    async def pour(self, name: str, parts: Iterator[bytes]) -> None:
        with self._zip.open(self._info(name), "w", force_zip64=True) as member:
            for part in parts:
                member.write(part)
                await asyncio.sleep(0)

    def close(self) -> None:
        self._zip.close()

    def _info(self, name: str, *, packed: bool = True) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._date)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        return info


class _Unseekable:
    """`zipfile` writes sizes behind each member where it cannot go back, and keeps count by itself."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, data: bytes) -> int:
        return self._sink.write(bytes(data))

    def flush(self) -> None:
        self._sink.flush()

    def close(self) -> None:
        """The archive closes itself alone: the sink is whose it was."""


class Growth:
    """What grows while sessions go by: a spool for each file, opened with its first bytes."""

    def __init__(self, folder: Path, reader: Reader) -> None:
        self._folder, self._reader = folder, reader
        self._sheets = {name: Sheet(name) for name in TABLES}
        self._spools: dict[str, Spool] = {}
        self._resources = 0

    def rows(self, rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
        for name, values in rows:
            self._spool(name).write(self._sheets[name].row(values))

    def has(self, name: str) -> bool:
        return name in self._spools

    def resources(self, resources: Iterable[Resource]) -> None:
        for resource in resources:
            between = b",\n" if self._resources else b"\n"
            self._spool("bundle").write(between + msgspec.json.encode(fhir.entry(resource)))
            self._resources += 1

    def events(self, sitting: Sitting) -> None:
        for line in sitting.lines:
            told = {
                "session": sitting.session.id,
                "seq": line.seq,
                "at": tables.moment(line.at),
                "by": line.role,
                "event": gather.event_for(self._reader, line.event),
            }
            self._spool("events").write(msgspec.json.encode(told) + b"\n")

    def sitting(self, sitting: Sitting, whose: Whose, *, now_ms: int) -> None:
        """All of one session. Of a very long one it takes a while: from the event loop it is done beside."""
        self.rows(tables.of_sitting(sitting, whose.names))
        self.resources(fhir.of_sitting(sitting, whose, now_ms=now_ms))
        self.events(sitting)

    def table(self, name: str) -> Iterator[bytes]:
        yield self._sheets[name].head()
        yield from self._poured(name)

    def bundle(self, now_ms: int) -> Iterator[bytes]:
        yield (_BUNDLE_HEAD % tables.moment(now_ms)).encode()
        yield from self._poured("bundle")
        yield b"]}\n"

    def all_events(self) -> Iterator[bytes]:
        yield from self._poured("events")

    def forget(self) -> None:
        for spool in self._spools.values():
            spool.forget()
        self._spools.clear()

    def _spool(self, name: str) -> Spool:
        if name not in self._spools:
            self._spools[name] = Spool(self._folder / f"{uuid4().hex}.part")
        return self._spools[name]

    def _poured(self, name: str) -> Iterator[bytes]:
        if name in self._spools:
            yield from self._spools.pop(name).pour()


async def write_patient(
    app: web.Application,
    archive: Archive,
    whose: Whose,
    *,
    by: str,
    spools: Path,
    folder: str = "",
    pages: bool = True,
    progress: Progress | None = None,
) -> list[str]:
    """One patient's record into `folder` of the archive. `pages`: with a PDF for each session and each signed text.

    `by` is who makes the copy; `spools` a folder for what grows meanwhile. Answers the signs that no font could
    show. Raises Unreadable or Erased, and leaves nothing behind.
    """
    now_ms = app[wiring.CLOCK].now_ms()
    record, course, press = await gather.record(app, whose), printed.Course(), _Press(archive, now_ms)
    growth = Growth(spools, whose.reader)
    try:
        growth.rows(tables.of_record(record))
        growth.resources(chain(fhir.of_people(whose), fhir.of_record(record, now_ms=now_ms)))
        done = 0
        async for sitting in gather.sittings(app, whose):
            course.add(sitting, whose)
            await beside.run(partial(growth.sitting, sitting, whose, now_ms=now_ms))
            if pages:
                await press.put(
                    f"{folder}sessions/{session_name(sitting, whose.zone)}.pdf",
                    "session",
                    partial(printed.session, sitting, whose),
                )
            done += 1
            if progress is not None:
                progress(done)
            # However small a session is, somebody's Stop may wait behind it.
            await asyncio.sleep(0)
        growth.resources([fhir.provenance(whose, by=by, now_ms=now_ms)])
        if pages:
            for number, paper in enumerate(record.papers, start=1):
                name = f"{folder}documents/{paper.kind}-{number:03}.pdf"
                await press.put(name, "paper", partial(printed.paper, paper, whose))
        await press.put(f"{folder}record.pdf", "record", partial(printed.record, record, course, made_ms=now_ms))
        for name in TABLES:
            await archive.pour(f"{folder}tables/{name}.csv", growth.table(name))
        await archive.pour(f"{folder}record.fhir.json", growth.bundle(now_ms))
        await archive.pour(f"{folder}events.jsonl", growth.all_events())
    finally:
        growth.forget()
    archive.put(f"{folder}README.txt", read_me(whose, press.missing).encode())
    return press.missing


async def write_tables(archive: Archive, sitting: Sitting, whose: Whose, *, spools: Path) -> None:
    """The tables of one session; those without a row are left out."""
    growth = Growth(spools, whose.reader)
    try:
        await beside.run(lambda: growth.rows(tables.of_sitting(sitting, whose.names)))
        for name in TABLES:
            if growth.has(name):
                await archive.pour(f"{name}.csv", growth.table(name))
    finally:
        growth.forget()


def bundle_of(sitting: Sitting, whose: Whose, *, by: str, now_ms: int) -> bytes:
    """One session by itself as a bundle, with whom it is about."""
    resources = chain(
        fhir.of_people(whose),
        fhir.of_sitting(sitting, whose, now_ms=now_ms),
        [fhir.provenance(whose, by=by, now_ms=now_ms)],
    )
    entries = b",\n".join(msgspec.json.encode(fhir.entry(resource)) for resource in resources)
    return (_BUNDLE_HEAD % tables.moment(now_ms)).encode() + entries + b"]}\n"


def session_name(sitting: Sitting, zone: str) -> str:
    """Such as `2026-03-12-1030-visit-3f2a`: sorted by day, and never two of one name."""
    began = moment_at(sitting.line.from_ms, zone)
    return f"{began:%Y-%m-%d-%H%M}-{sitting.session.kind}-{sitting.session.id[:4]}"


def read_me(whose: Whose, missing: list[str]) -> str:
    lines = [
        say("This is a copy of a record, made by Ebb for {name} of {clinic}.", name=whose.name, clinic=whose.clinic),
        "",
        say("record.pdf: the record as a whole, for reading."),
        say("sessions, documents: each session and each signed text by itself, where this copy holds them."),
        say("tables: the same as tables (CSV). Times are in UTC; an empty cell means that nothing was given."),
        say("record.fhir.json: the same for other programs, as a FHIR R4 bundle."),
        say("events.jsonl: every event of every session as it stands in the record, one a line."),
    ]
    if whose.reader is Reader.PATIENT:
        lines += ["", say("What your therapists wrote for each other alone is not in it.")]
    if missing:
        lines += ["", say("No font here has these signs, so the printed pages name them instead:"), *missing]
    return "\r\n".join(told(line) for line in lines) + "\r\n"


class _Press:
    """Prints into the archive, and remembers what no font could show."""

    def __init__(self, archive: Archive, now_ms: int) -> None:
        self._archive, self._now_ms = archive, now_ms
        self._missing: dict[str, None] = {}

    @property
    def missing(self) -> list[str]:
        return list(self._missing)

    async def put(self, name: str, template: str, gathering: Callable[[], printed.Data]) -> None:
        made = await typeset(template, gathering, language=current(), made_ms=self._now_ms)
        self._missing |= dict.fromkeys(made.missing_glyphs)
        self._archive.put(name, made.data, packed=False)


class Memory:
    """Where an archive goes that is small, such as that of one session's tables."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes, /) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""
