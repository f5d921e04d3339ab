"""How `ebb load` opens a visit: each step is read off what the therapist was told, however late that was."""

import asyncio
from pathlib import Path

from websockets.asyncio.client import ClientConnection
from yarl import URL

from server.load.person import Person
from server.load.running import Couple
from server.load.seats import calling, pairs_of, sign_in
from tests.live.demo import Demo

LATE_S = 0.2


class Late(Person):
    """Hears everything a moment after it was told."""

    async def _read(self, socket: ClientConnection) -> None:
        recv = socket.recv

        async def received(decode: bool | None = None) -> str | bytes:
            frame = await recv(decode)
            await asyncio.sleep(LATE_S)
            return frame

        socket.recv = received  # type: ignore[assignment, method-assign]
        await super()._read(socket)


async def test_nothing_is_asked_before_the_therapist_was_told_of_what_came_before(tmp_path: Path) -> None:
    async with Demo(tmp_path, pairs=1) as demo:
        base = URL(demo.url)
        async with calling(base) as http:
            (seats,) = await sign_in(http, await pairs_of(http, wanted=1))
        couple = Couple(0, *seats)
        couple.therapist = Late(seats[0], couple.table)
        couple.people = (couple.therapist, couple.patient)
        try:
            await couple.begin(base)
        finally:
            for person in couple.people:
                await person.leave()

    assert couple.therapist.view["running"] == "running"
    assert (couple.therapist.refused, couple.patient.refused) == ({}, {})
