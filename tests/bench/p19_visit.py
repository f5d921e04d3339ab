"""P19: what one whole visit costs the server and its disk: what a clinic's day, and a second machine, are sized by."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.bench import rooms, servers
from tests.bench.figures import Figure, for_information
from tests.bench.rooms import Pair
from tests.bench.servers import Server

VISITS: Final = 50
MINUTES: Final = 45
#: Each side asks for the time about as often once its clock has settled: P3 counts them.
PINGS: Final = MINUTES * 6
EXERCISES: Final = ("soft-belly-breathing", "pelvic-floor-drop")


class Held(Struct, frozen=True):
    """What lies in the database: its pages, and the rows of each table."""

    pages_bytes: int
    rows: dict[str, int]


async def measure() -> list[Figure]:
    """The same visit 50 times at once; a visit alone has no batch to share, and P1.even says what that costs."""
    async with servers.ebb(VISITS, "--talkative") as ebb:
        pairs = await rooms.ebb_pairs(ebb, VISITS)
        async with rooms.connected(pairs):
            before, cpu_s, sent = _held(ebb), ebb.cpu_s(), _received(pairs)
            await asyncio.gather(*(_visit(pair) for pair in pairs))
            spoken_s, heard = ebb.cpu_s() - cpu_s, _received(pairs) - sent
            cpu_s = ebb.cpu_s()
            await asyncio.gather(*(_pings(pair) for pair in pairs))
            pinged_s = ebb.cpu_s() - cpu_s
            await asyncio.gather(*(pair.therapist.ask("visit.end") for pair in pairs))
            # What rules and cards make of a visit comes a little later.
            await asyncio.sleep(3)
            after = _held(ebb)
    events = after.rows["event"] - before.rows["event"]
    grown = {name: (rows - before.rows[name]) / VISITS for name, rows in after.rows.items() if rows > before.rows[name]}
    told = ", ".join(f"{name} {rows:.0f}" for name, rows in sorted(grown.items(), key=lambda item: -item[1]))
    each = events / VISITS
    return [
        for_information(
            "P19.cpu",
            f"server CPU of a visit of {MINUTES} minutes with {each:.0f} events, {VISITS} at once",
            (spoken_s + pinged_s) / VISITS * 1000,
            "ms",
            beside=f"commands {spoken_s / VISITS * 1000:.0f} ms, {2 * PINGS} questions for the time "
            f"{pinged_s / VISITS * 1000:.0f} ms",
            commands_ms=spoken_s / VISITS * 1000,
            pings_ms=pinged_s / VISITS * 1000,
            events=each,
        ),
        for_information("P19.rows", "rows of such a visit", sum(grown.values()), "rows", beside=told, rows=grown),
        for_information(
            "P19.disk",
            "growth of the database by such a visit, indexes included",
            (after.pages_bytes - before.pages_bytes) / VISITS / 1024,
            "KiB",
            beside=f"{(after.pages_bytes - before.pages_bytes) / events:.0f} bytes an event",
        ),
        for_information(
            "P19.wire",
            "sent to both sides of such a visit, the page and its scripts apart",
            heard / VISITS / 1024,
            "KiB",
            beside=f"{heard / events:.0f} bytes an event",
        ),
    ]


async def _visit(pair: Pair) -> None:
    """What two people do in a visit, without their pauses: two exercises, and what is said on the way."""
    therapist, patient = pair.people
    await patient.ask("arrival.confirm", **rooms.ARRIVAL)
    await therapist.ask("visit.admit")
    for exercise in EXERCISES:
        await therapist.ask("activity.offer", exercise=exercise)
        await patient.ask("activity.answer", ask=therapist.view["asking"]["seq"], answer="yes")
        await therapist.ask("activity.start")
        for step in range(1, therapist.view["activity"]["steps"]):
            await therapist.ask("message.say", text="Let the belly be soft, and let the breath come by itself.")
            await therapist.ask("pacer.set", in_ms=4000, hold_in_ms=0, out_ms=6000 + 500 * (step % 2), hold_out_ms=0)
            await patient.ask("message.say", text="It goes well. The left side holds on a little.")
            await therapist.ask("step.go", to=step)
        await patient.ask("comfort.set", level="uneasy")
        await patient.ask("comfort.set", level="settled")
        await therapist.ask("note.write", text="Breath evens out after the third minute; shoulders down.")
        await therapist.ask("activity.finish")
        answers = {"outcome": "done", "felt": "let_go", "worry": 3}
        await patient.ask("checkin.record", kind="relaxation", answers=answers)


async def _pings(pair: Pair) -> None:
    """All that both sides ask in 45 minutes. An answer comes before the next question, as it does 10 seconds apart."""
    for number in range(PINGS):
        for person in pair.people:
            person.send("clock.ping", {"rtt_ms": 40 + number % 7, "bound_ms": 20, "sync": "in-sync"})
        await asyncio.sleep(0)
        if number % 10 == 9:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)


def _received(pairs: list[Pair]) -> int:
    return sum(person.wire.received_bytes for pair in pairs for person in pair.people if person.wire is not None)


def _held(server: Server) -> Held:
    file = Path(server.told["data"]) / "ebb.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608
        free, pages, size = (
            db.execute(f"PRAGMA {what}").fetchone()[0] for what in ("freelist_count", "page_count", "page_size")
        )
    return Held((pages - free) * size, rows)
