"""Two people who let each other into a visit by their sockets alone, for tests that begin where a visit is open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yarl import URL

from server.load.person import Person, Table
from server.load.seats import Seat
from server.rehearsal import EXERCISE

_ARRIVAL = {
    "safe": True,
    "alone": True,
    "telehealth_consent": True,
    "identity": True,
    "hang_up": {"call_back_ok": True},
}


@asynccontextmanager
async def doors_open(url: str, therapist: Seat, patient: Seat, *, running: bool) -> AsyncIterator[None]:
    """
    Arrived and admitted, with soft belly breathing begun if it is to be `running`. They stay until the block is left:
    whoever comes meanwhile is the same person at a second screen, and nobody was ever away.
    """
    table = Table()
    them, one = Person(therapist, table), Person(patient, table)

    async def said(who: Person, kind: str, **fields: object) -> None:
        seq = await who.ask(kind, **fields)
        assert seq, f"{kind} was refused: {who.refused}"
        for person in (them, one):
            await person.hears(seq)

    try:
        for person in (them, one):
            await person.come(URL(url))
        await said(one, "arrival.confirm", **_ARRIVAL)
        await said(them, "visit.admit")
        if running:
            await said(them, "activity.offer", exercise=EXERCISE)
            await said(one, "activity.answer", ask=one.view["asking"]["seq"], answer="yes")
            await said(them, "activity.start")
        yield
    finally:
        for person in (them, one):
            await person.leave()
