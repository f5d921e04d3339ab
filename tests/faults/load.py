"""Two people who never rest: commands without a limit, as fast as they are answered, over every restart."""

import asyncio
import contextlib
from typing import Any
from uuid import uuid4

from websockets.exceptions import ConnectionClosed

from tests.live.demo import Demo
from tests.live.talker import ARRIVAL, Gone, Talker


class Person:
    """Keeps what was sent and not answered, and sends it again with the next socket, as clients do."""

    def __init__(self, demo: Demo, who: str) -> None:
        self.demo, self.who = demo, who
        self.transcript: list[dict[str, Any]] = []
        self.id = ""
        self.talker: Talker | None = None
        self.unanswered: dict[str, tuple[str, dict[str, Any]]] = {}
        self.done = 0
        self.answered = asyncio.Event()

    async def connect(self) -> Talker:
        self.talker = await self.demo.come(self.who)
        self.id = self.talker.frames[0]["you"]["id"]
        for command, (kind, fields) in list(self.unanswered.items()):
            await self._ask(self.talker, command, kind, fields)
        return self.talker

    def hang_up(self) -> None:
        """The socket is gone; what it brought is kept."""
        if self.talker is not None:
            self.transcript += self.talker.frames
            self.talker = None

    async def go_on(self, commands: list[tuple[str, dict[str, Any]]]) -> None:
        """One after the other, over and over, until the line breaks."""
        talker = await self.connect()
        with contextlib.suppress(ConnectionClosed, Gone):
            while True:
                for kind, fields in commands:
                    command = str(uuid4())
                    self.unanswered[command] = (kind, fields)
                    await self._ask(talker, command, kind, fields)
        self.hang_up()

    async def _ask(self, talker: Talker, command: str, kind: str, fields: dict[str, Any]) -> None:
        reply = await talker.ask(kind, id=command, **fields)
        # Nothing runs that could be paused; what counts is that this was answered.
        assert reply.code in ("done", "not_now"), reply
        del self.unanswered[command]
        self.done += 1
        self.answered.set()


UNEASY = ("comfort.set", {"level": "uneasy"})
SETTLED = ("comfort.set", {"level": "settled"})
PAUSE: tuple[str, dict[str, Any]] = ("activity.pause", {})


async def begin(demo: Demo) -> tuple[Person, Person]:
    """A visit that is open, with nobody connected."""
    patient, therapist = Person(demo, "patient"), Person(demo, "therapist")
    await (await patient.connect()).must("arrival.confirm", **ARRIVAL)
    await (await therapist.connect()).must("visit.admit")
    for person in (patient, therapist):
        assert person.talker is not None
        await person.talker.close()
        person.hang_up()
    return patient, therapist


async def until_killed(demo: Demo, patient: Person, therapist: Person, *, after_s: float) -> None:
    """Both talk, the server dies in the middle of it, and what each of them was sent is kept."""
    talking = [
        asyncio.create_task(patient.go_on([UNEASY, SETTLED])),
        asyncio.create_task(therapist.go_on([PAUSE])),
    ]
    patient.answered.clear()
    await patient.answered.wait()
    await asyncio.sleep(after_s)
    demo.kill()
    await asyncio.gather(*talking)
