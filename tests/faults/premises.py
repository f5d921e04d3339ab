"""`ebb serve` as a process of its own, on either database: to be furnished, killed, started again and checked."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, Self

from aiohttp import web

from server import wiring
from server.app import create_app
from server.db import logins, people
from server.db.people import Role
from server.settings import read_settings
from tests.commands import Program
from tests.faults import subject
from tests.faults.checker.checking import check
from tests.faults.checker.findings import Finding, Report
from tests.faults.person import Door, Seat
from tests.ports import free_port

ROOT: Final = Path(__file__).parents[2]
START_S: Final = 300.0
CHECK_S: Final = 300.0
YEAR_MS: Final = 400 * 86_400_000
DUE_IN_MS: Final = 120_000
MINUTES: Final = 45


class Premises:
    """One installation: its folder, its database, and at most one server at a time. `database_url` empty: SQLite."""

    def __init__(self, folder: Path, *, database_url: str = "") -> None:
        self.data = folder / "data"
        self.log = folder / "log"
        self.notes = folder / "transcripts"
        self.database_url = database_url
        self.door = Door(free_port())
        #: Where the checker reads; a server may be led to the same database by a worse way.
        self.checked_url = database_url or str(self.data / "ebb.db")
        self.pairs: list[tuple[Seat, Seat]] = []
        self.clinic = ""
        #: Whether the disk of the next server can be filled.
        self.disk = False
        #: Whether the next server is read from its files, as an operator's is; else it is forked and starts at once.
        self.from_nothing = False
        self._process: subprocess.Popen[bytes] | Program | None = None

    # The server

    async def start(self) -> None:
        """Returns once it accepts connections."""
        self.launch()
        async with asyncio.timeout(START_S):
            while not await self._answers():
                assert self.process.poll() is None, f"the server did not start: {self.told()}"
                await asyncio.sleep(0.01)

    def launch(self) -> None:
        self.end()
        environment = {**os.environ, **self.settings}
        if not self.from_nothing:
            begins = subject.main if self.disk else None
            self._process = Program("serve", environment=environment, out=self.log, err=self.log, begins=begins)
            return
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "server", "serve"]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def settings(self) -> dict[str, str]:
        return {
            "EBB_DATA": str(self.data),
            "EBB_DATABASE_URL": self.database_url,
            "EBB_PORT": str(self.door.port),
            "EBB_PUBLIC_URL": self.door.origin,
            "EBB_LOG_LEVEL": "info",
        }

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.door.port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    @property
    def process(self) -> subprocess.Popen[bytes] | Program:
        assert self._process is not None
        return self._process

    def kill(self) -> None:
        """As a power cut ends it: no good-bye, nothing finished."""
        self.process.kill()
        self.process.wait()

    async def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 20)

    def end(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self.kill()
        self._process = None

    def told(self) -> str:
        """The end of what the server wrote."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.end()

    # Its people

    async def furnish(self, pairs: int) -> None:
        """An empty installation gets so many pairs with a visit that is due, everybody with a cookie."""
        self.data.mkdir(parents=True)
        async with self._app() as app:
            now_ms = app[wiring.CLOCK].now_ms()
            async with app[wiring.STORE].write() as tx:
                self.clinic = await people.create_clinic(tx, name="Clinic", phone="01632 960118", now_ms=now_ms)
            for number in range(pairs):
                self.pairs.append(await self._pair(app, number))

    async def let_in_again(self, role: str, person: str, visit: str) -> Seat:
        """A new sign-in, as it is needed after a restore. The server does not run meanwhile."""
        async with self._app() as app:
            return await self._seat(app, role, person, visit)

    @contextlib.asynccontextmanager
    async def _app(self) -> Any:
        """The server's parts in this process, to write what no request could."""
        app = create_app(read_settings(data=self.data, database_url=self.database_url, log_level="error"))
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            yield app
        finally:
            await runner.cleanup()

    async def _pair(self, app: web.Application, number: int) -> tuple[Seat, Seat]:
        clinic, now_ms = self.clinic, app[wiring.CLOCK].now_ms()
        async with app[wiring.STORE].write() as tx:
            therapist, patient = [
                await people.create_person(tx, clinic_id=clinic, role=role, name=f"{role} {number}", now_ms=now_ms)
                for role in (Role.THERAPIST, Role.PATIENT)
            ]
            await people.add_to_caseload(
                tx, clinic_id=clinic, therapist_id=therapist.id, patient_id=patient.id, now_ms=now_ms
            )
        await app[wiring.CARE].open(clinic, patient.id)
        due_ms = now_ms + DUE_IN_MS
        place = await app[wiring.VISITS].plan(clinic, patient.id, therapist.id, due_ms=due_ms, minutes=MINUTES)
        return (
            await self._seat(app, "therapist", therapist.id, place.session_id),
            await self._seat(app, "patient", patient.id, place.session_id),
        )

    async def _seat(self, app: web.Application, role: str, person: str, visit: str) -> Seat:
        cookie, now_ms = secrets.token_urlsafe(32), app[wiring.CLOCK].now_ms()
        async with app[wiring.STORE].write() as tx:
            await logins.create_login(
                tx,
                clinic_id=self.clinic,
                person_id=person,
                token_hash=app[wiring.KEYS].token_hash(cookie),
                device_label="a device",
                now_ms=now_ms,
                expires_ms=now_ms + YEAR_MS,
                mfa=True,
                proved_ms=now_ms,
            )
        return Seat(role, person, cookie, visit)

    def seats(self, first: int, count: int) -> list[Seat]:
        return [seat for pair in self.pairs[first : first + count] for seat in pair]

    # Its record

    async def look(self, folder: Path) -> Report:
        """The same checks without a program of their own to start: for after each of hundreds of kills."""
        return await asyncio.to_thread(
            check,
            self.checked_url,
            keys=str(self.data / "keys.db"),
            server_key=self.data / "server.key",
            transcripts=folder,
        )

    async def check(
        self,
        folder: Path | None = None,
        *,
        final: bool = False,
        everything: bool = False,
        epoch: int = 1,
        stop_within_ms: float | None = None,
    ) -> Report:
        """The checker, as a program of its own."""
        command = ["-m", "tests.faults.checker", "--json", "--database", self.checked_url]
        command += ["--keys", str(self.data / "keys.db"), "--server-key", str(self.data / "server.key")]
        command += ["--epoch", str(epoch), *(["--final"] if final else []), *(["--everything"] if everything else [])]
        command += [] if everything and folder is None else ["--transcripts", str(folder or self.notes)]
        command += [] if stop_within_ms is None else ["--stop-within-ms", str(stop_within_ms)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), CHECK_S)
        assert process.returncode in (0, 1) and out, err.decode()[-2000:]  # noqa: PT018 - one question: did it run?
        found = json.loads(out)
        return Report(**{**found, "findings": [Finding(**one) for one in found["findings"]]})
