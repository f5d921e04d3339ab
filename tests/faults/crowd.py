"""Many pairs at once, over real sockets, that come back whenever they are cut off."""

import asyncio
import random
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.faults.person import PATIENCE_S, Door, Gone, Person, Seat
from tests.faults.scripts import Script

#: Between two attempts to come back.
KNOCK_S: Final = 0.05


class Crowd:
    """Everybody of some visits. `settle` brings all of it to rest, with nothing unanswered."""

    def __init__(self, seats: list[Seat], door: Door, folder: Path, *, chance: random.Random) -> None:
        self.door, self.folder = door, folder
        self.people = [Person(seat, door, folder) for seat in seats]
        self._scripts = [Script(person, random.Random(chance.random())) for person in self.people]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._rest()
        for person in self.people:
            await person.close()

    @property
    def acknowledged(self) -> int:
        return sum(person.acknowledged for person in self.people)

    @property
    def unavailable(self) -> int:
        return sum(person.unavailable for person in self.people)

    def begin(self) -> None:
        self._tasks = [asyncio.create_task(self._live(script), name="somebody") for script in self._scripts]

    async def until_acknowledged(self, more: int) -> None:
        """So many more commands are done."""
        before = self.acknowledged
        async with asyncio.timeout(PATIENCE_S):
            while self.acknowledged < before + more:
                self._raise()
                await asyncio.sleep(0.005)

    async def until_refused(self, more: int) -> None:
        """So many more commands could not be stored."""
        before = self.unavailable
        async with asyncio.timeout(PATIENCE_S):
            while self.unavailable < before + more:
                self._raise()
                await asyncio.sleep(0.005)

    async def cut_off(self) -> None:
        """The server is gone, and everybody has noticed it."""
        await asyncio.gather(*(person.cut_off() for person in self.people))
        self._raise()
        self.flush()

    async def settle(self) -> None:
        """Everybody is there, says nothing new, and has an answer to all that the contract sends again."""
        await self._rest()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(self._finish(person) for person in self.people))
        self.flush()

    def flush(self) -> None:
        for person in self.people:
            person.flush()

    async def _live(self, script: Script) -> None:
        person = script.person
        while True:
            await self.door.open.wait()
            try:
                if not person.is_there:
                    await person.come()
                while True:
                    await script.turn()
            except Gone:
                await asyncio.sleep(KNOCK_S)

    async def _finish(self, person: Person) -> None:
        while True:
            try:
                if not person.is_there:
                    await person.come()
                await person.finish()
            except Gone:
                await asyncio.sleep(KNOCK_S)
            else:
                return

    async def _rest(self) -> None:
        tasks, self._tasks = self._tasks, []
        self._raise(tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _raise(self, tasks: list[asyncio.Task[None]] | None = None) -> None:
        """A mistake of the load's own is told, not mistaken for a quiet moment."""
        for task in self._tasks if tasks is None else tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error
