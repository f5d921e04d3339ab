"""Two people who let each other into a visit by their sockets alone, for tests that begin where a visit is open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yarl import URL

from server.load.running import Couple
from server.load.seats import Seat


@asynccontextmanager
async def doors_open(url: str, therapist: Seat, patient: Seat, *, running: bool) -> AsyncIterator[None]:
    """
    Arrived and admitted, with soft belly breathing begun if it is to be `running`. They stay until the block is left:
    whoever comes meanwhile is the same person at a second screen, and nobody was ever away.
    """
    couple = Couple(0, therapist, patient)
    try:
        await couple.begin(URL(url), exercise=running)
        assert couple.therapist.view["running"] == ("running" if running else "idle"), couple.patient.refused
        yield
    finally:
        for person in couple.people:
            await person.leave()
