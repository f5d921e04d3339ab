"""Copies that take a while: made one after the other beside everything else, told how far they are, kept for a
quarter of an hour, and gone.

What is made lies sealed in the data folder, under a key that is in this process's memory alone. A restart forgets
both, and the person asks again; nothing of a record is left where it could be read.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final, Literal
from uuid import uuid4

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server import logs
from server.clock import Clock
from server.exports.sealed import KEY_BYTES, SealedWriter, opened, private_file

log = structlog.get_logger()

State = Literal["waiting", "making", "ready", "failed"]
KEPT_MS: Final = 15 * 60_000
#: A folder that nobody has written to for so long is of a server that ended without a word.
LEFT_AFTER_S: Final = 3600
#: Waiting or being made at a time, of all people together: more would fill a small disk for nobody's good.
MOST: Final = 20


class TooMany(Exception):
    """There is no place for another copy now."""


class Job:
    """One copy, asked for by `person_id`; `about` is the patient, or None where it is of a whole clinic.

    `done` of `total` sessions (or patients); `missing` is what no font could show.
    """

    def __init__(self, *, person_id: str, file_name: str, made_ms: int, path: Path, about: str | None) -> None:
        self.id, self.person_id, self.file_name, self.made_ms = uuid4().hex, person_id, file_name, made_ms
        self.about = about
        self.state: State = "waiting"
        self.done, self.total, self.size_bytes = 0, 0, 0
        self.missing: list[str] = []
        self.ended_ms: int | None = None
        self.over = asyncio.Event()
        self._path, self._key = path / f"{self.id}.copy", AESGCM.generate_key(bit_length=8 * KEY_BYTES)

    @property
    def open(self) -> bool:
        return self.state in ("waiting", "making")

    @contextlib.contextmanager
    def sink(self) -> Iterator[SealedWriter]:
        file: BinaryIO = private_file(self._path)
        with file:
            writer = SealedWriter(file, self._key)
            yield writer
            writer.close()
            self.size_bytes = writer.size_bytes

    def read(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            yield from opened(file, self._key)

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


#: Makes the copy: writes into `job.sink()`, and says in `job.done` and `job.total` how far it is.
Making = Callable[[Job], Awaitable[None]]


class Exports:
    """The copies of this process. One person has one of a patient at a time: asking again leads to it."""

    def __init__(
        self, folder: Path, clock: Clock, *, alone: bool = True, say: Callable[..., None] = lambda *_about: None
    ) -> None:
        """`alone`: no other node has copies in this folder; `say` tells the others."""
        self._alone, self._say = alone, say
        # A folder of one's own where another node's copies may lie beside it.
        self._shared = folder
        self.folder, self._clock = folder if alone else folder / token_hex(8), clock
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # One at a time: a copy is nobody's emergency, and the machine belongs to those who are in a visit.
        self._turn = asyncio.Semaphore(1)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._clear_up()
        self.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=5.0)
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, person_id: str, file_name: str, making: Making, *, about: str | None = None) -> Job:
        """Raises TooMany. Of the same patient, what waits or is being made already is what they get."""
        self._forget_old()
        mine = [job for job in self._jobs.values() if job.person_id == person_id]
        for job in mine:
            if job.open and job.about == about:
                return job
        if sum(job.open for job in self._jobs.values()) >= MOST:
            raise TooMany
        for job in mine:
            if not job.open:
                self._forget(job)
        now_ms = self._clock.now_ms()
        job = Job(person_id=person_id, file_name=file_name, made_ms=now_ms, path=self.folder, about=about)
        self._jobs[job.id] = job
        task = asyncio.create_task(self._make(job, making))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def of(self, person_id: str, job_id: str) -> Job | None:
        """This person's own, while it is kept."""
        self._forget_old()
        job = self._jobs.get(job_id)
        return job if job is not None and job.person_id == person_id else None

    def newest_of(self, person_id: str) -> Job | None:
        self._forget_old()
        return next((job for job in reversed(self._jobs.values()) if job.person_id == person_id), None)

    def forget_about(self, patient_id: str) -> None:
        """Copies of this patient's record that wait to be fetched, whoever asked: it was erased meanwhile."""
        self.forget_here(patient_id)
        self._say("erased", patient_id)

    def forget_here(self, patient_id: str) -> None:
        """Those of this node."""
        for job in [one for one in self._jobs.values() if one.about == patient_id and not one.open]:
            self._forget(job)

    async def _make(self, job: Job, making: Making) -> None:
        async with self._turn:
            job.state = "making"
            try:
                await making(job)
            except asyncio.CancelledError:
                job.state = "failed"
                raise
            except Exception as error:  # noqa: BLE001 - whoever waits is told; the log gets the place and no word
                job.state = "failed"
                job.forget()
                log.error("export.failed", error=type(error).__name__, where=logs.where(error))
            else:
                job.state = "ready"
            finally:
                job.ended_ms = self._clock.now_ms()
                job.over.set()

    def _clear_up(self) -> None:
        """What lies there from before was sealed under keys that are gone, unless another node is making it."""
        before_s = self._clock.now() / 1000 - LEFT_AFTER_S
        for left in self._shared.glob("*"):
            if self._alone or left.stat().st_mtime < before_s:
                left.unlink() if left.is_file() else shutil.rmtree(left, ignore_errors=True)

    def _forget_old(self) -> None:
        now_ms = self._clock.now_ms()
        for job in [one for one in self._jobs.values() if one.ended_ms is not None]:
            if job.ended_ms is not None and now_ms - job.ended_ms > KEPT_MS:
                self._forget(job)

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        job.forget()
