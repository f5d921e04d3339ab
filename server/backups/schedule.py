"""Backups that nobody has to remember: every so many hours, as many as are to be kept, and told where one is missing.

A backup is written under another name, read back to its end, and only then takes its place; the ones before it are
removed after that. So the folder holds a good one from the first success on, whatever happens during the next.
"""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import select

from server import logs
from server.backups import places, taking
from server.backups.files import PART, RECORDS, NoBackup
from server.backups.places import SUFFIX, Kept
from server.clock import Clock
from server.db.engine import Database
from server.db.errors import StorageError
from server.db.tables import ClinicRow
from server.each_minute import each_minute
from server.keys import Keys
from server.metrics import Metrics
from server.security import Event, Stream
from server.settings import Settings

log = structlog.get_logger()

HOUR_MS: Final = 3_600_000
#: After a failure it is tried again; and so often the folder is looked at, where another node may have been first.
AGAIN_MS: Final = 15 * 60_000
#: What is still unfinished after so long was cut off with its server.
CUT_OFF_AFTER_MS: Final = 24 * HOUR_MS
LEFT_FREE_BYTES: Final = 256 * 1024 * 1024
_NAME: Final = "ebb-%Y%m%dT%H%M%SZ"


class House(Struct, frozen=True):
    """What a schedule needs of its server."""

    settings: Settings
    database: Database
    keys: Keys
    clock: Clock
    security: Stream
    metrics: Metrics


def scheduled(house: House) -> contextlib.AbstractAsyncContextManager[None]:
    """Backups while the block is entered; nothing where no folder for them is set."""
    folder = house.settings.backup_folder
    if folder is None:
        return contextlib.nullcontext()
    schedule = Schedule(house, folder)
    house.metrics.registry.register(schedule)
    return schedule.running()


def name_of(at_ms: int) -> str:
    """Of a backup that was begun then. It says a day and a time, and nothing of whom."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):{_NAME}}{SUFFIX}"


class Schedule(Collector):
    """Looks each minute whether a backup is due. What lies in the folder is all that it goes by: a restart takes no
    other one, and of several servers with one folder none takes what another has just taken."""

    def __init__(self, house: House, folder: Path) -> None:
        self._house, self._folder = house, folder
        self._every_ms = house.settings.backup_every_h * HOUR_MS
        self._keep = house.settings.backup_keep
        self._next_look_ms = 0
        self._newest: Kept | None = None
        self._made = self._failed = 0

    def running(self) -> contextlib.AbstractAsyncContextManager[None]:
        house = self._house
        return each_minute(
            self.look, name="backups", clock=house.clock, failed="backup.look_failed", among=house.database
        )

    async def look(self) -> None:
        now_ms = self._house.clock.now_ms()
        if now_ms < self._next_look_ms:
            return
        self._next_look_ms = now_ms + AGAIN_MS
        try:
            await asyncio.to_thread(self._learn, now_ms)
            if self._due_ms <= now_ms and await self._has_records():
                await self._take(now_ms)
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody has to hear that there is no backup
            self._failed += 1
            why = error.code if isinstance(error, NoBackup | StorageError) else type(error).__name__
            self._house.security.tell(Event.BACKUP_FAILED, why=why)
            says = str(error) if isinstance(error, NoBackup) else logs.where(error)
            log.error("backup.failed", why=why, says=says)
        else:
            self._next_look_ms = min(self._next_look_ms, self._due_ms)

    def collect(self) -> Iterator[Metric]:
        newest = self._newest
        if newest is not None:
            at_s = newest.head.made_ms / 1000
            yield GaugeMetricFamily("ebb_backup_last_good_seconds", "When the last good backup was taken.", value=at_s)
            yield GaugeMetricFamily("ebb_backup_size_bytes", "Its size.", value=newest.size_bytes)
        yield GaugeMetricFamily("ebb_backup_every_seconds", "How often one is due.", value=self._every_ms / 1000)
        yield CounterMetricFamily("ebb_backups_made", "Backups that were taken by this server.", value=self._made)
        yield CounterMetricFamily("ebb_backups_failed", "Backups that failed on this server.", value=self._failed)

    @property
    def _due_ms(self) -> int:
        return 0 if self._newest is None else self._newest.head.made_ms + self._every_ms

    def _learn(self, now_ms: int) -> None:
        """What lies there. The folder is never made: where a disk is away, it would be made on another."""
        if not self._folder.is_dir():
            raise NoBackup(f"There is no folder {self._folder} (EBB_BACKUP_FOLDER).", code="no_folder")
        if sentence := places.no_place_for_records(self._folder, self._house.settings):
            raise NoBackup(sentence, code="beside_keys")
        own = self._own(now_ms)
        self._newest = own[0] if own and own[0].head.made_ms <= now_ms else None

    async def _has_records(self) -> bool:
        """Else the first backup would be one of nothing, and the next of them a day later."""
        async with self._house.database.reader() as db:
            return (await db.scalars(select(ClinicRow.clinic_id).limit(1))).first() is not None

    async def _take(self, now_ms: int) -> None:
        house = self._house
        await asyncio.to_thread(self._make_room, now_ms)
        path = self._folder / name_of(now_ms)
        taken = await taking.take_records(house.database, house.keys, path, now_ms=now_ms, tell=lambda *_: None)
        self._made += 1
        removed = await asyncio.to_thread(self._keep_the_newest, now_ms)
        size_bytes = 0 if self._newest is None else self._newest.size_bytes
        house.security.tell(Event.BACKUP_MADE, rows=taken.rows, size_bytes=size_bytes, removed=removed)

    def _keep_the_newest(self, now_ms: int) -> int:
        own = self._own(now_ms)
        self._newest = own[0]
        removed = 0
        for one in own[self._keep :]:
            # What cannot be removed is more than was asked for, not less.
            with contextlib.suppress(OSError):
                one.path.unlink()
                removed += 1
        return removed

    def _own(self, now_ms: int) -> list[Kept]:
        """The newest first. Another installation may use the same folder; and what was taken while the clock ran ahead
        comes last, or nothing would be due until its time."""
        mark = self._house.keys.backup_mark
        own = [one for one in places.kept(self._folder, RECORDS) if one.head.mark == mark]
        return sorted(own, key=lambda one: one.head.made_ms > now_ms)

    def _make_room(self, now_ms: int) -> None:
        """The records may lie on the same disk, and a backup is not to be what fills it."""
        self._sweep(now_ms)
        free = shutil.disk_usage(self._folder).free
        if free < LEFT_FREE_BYTES + (0 if self._newest is None else self._newest.size_bytes):
            raise NoBackup(
                f"Only {free // 1024**2} MiB are free in {self._folder}: too little for another backup. Make room, or "
                "set EBB_BACKUP_KEEP lower.",
                code="no_room",
            )

    def _sweep(self, now_ms: int) -> None:
        """What a server left unfinished that was killed meanwhile. The name says when it was begun."""
        for path in self._folder.glob(f"ebb-*{SUFFIX}{PART}"):
            try:
                begun = datetime.strptime(path.name, f"{_NAME}{SUFFIX}{PART}").replace(tzinfo=UTC)
            except ValueError:
                continue
            if now_ms - begun.timestamp() * 1000 > CUT_OFF_AFTER_MS:
                with contextlib.suppress(OSError):
                    path.unlink()
