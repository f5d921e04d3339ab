"""The load itself: visits are opened, everybody speaks for so long, and what was told is held against the record."""

import asyncio
import itertools
import resource
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from msgspec import Struct
from yarl import URL

from server.load.person import Person, Table
from server.load.seats import AT_ONCE, NoLoad, Seat, calling, ledger_of, pairs_of, sign_in
from server.load.tally import Losses, Report, losses_of, spread
from server.rehearsal import ARRIVAL, EXERCISE

#: Just under what the server lets anybody say for ever.
EVERY_S: Final = 1.05
#: What one run can keep in mind, to hold it against the record in the end: some 300 MB.
MOST_SECONDS_OF_SESSIONS: Final = 200_000
_STEPS_TO_BEGIN: Final = 8
_LOOK_EVERY_S: Final = 0.25
_SPARE_FILES: Final = 64

Command = tuple[str, dict[str, Any]]


class Now(Struct, frozen=True):
    """How far it is. `stage` is in words, `of` so many steps or seconds of it that `at` has come to."""

    stage: str
    at: float
    of: float
    events: int = 0
    p95_ms: float | None = None


Telling = Callable[[Now], None]


class Couple:
    """The two of one visit."""

    def __init__(self, number: int, therapist: Seat, patient: Seat) -> None:
        self.table = Table()
        self.therapist, self.patient = Person(therapist, self.table), Person(patient, self.table)
        self.people = (self.therapist, self.patient)
        self._number = number
        self._before = 0

    async def begin(self, base: URL, *, exercise: bool = True) -> None:
        """Both come in, and an exercise runs if there is to be one, unless the visit is somewhere else already.

        Raises NoLoad.
        """
        for person in self.people:
            await person.come(base)
        for _ in range(_STEPS_TO_BEGIN):
            step = self._next_step()
            if step is None:
                break
            person, kind, fields = step
            if kind == "activity.offer" and not exercise:
                break
            # What comes next is read off the therapist's view, and whoever asked may have been told before them.
            await self.therapist.hears(await person.ask(kind, **fields))
        if self.therapist.view["phase"] != "open":
            raise NoLoad("A visit of this demo is over. Start the demo again: it plans new ones")

    def _next_step(self) -> tuple[Person, str, dict[str, Any]] | None:
        view = self.therapist.view
        if view["phase"] == "scheduled":
            return self.patient, "arrival.confirm", ARRIVAL
        if view["phase"] == "waiting":
            return self.therapist, "visit.admit", {}
        if view["phase"] != "open" or view["stopped"]:
            return None
        if view["asking"]:
            return self.patient, "activity.answer", {"ask": view["asking"]["seq"], "answer": "yes"}
        if view["running"] == "idle":
            return self.therapist, "activity.offer", {"exercise": EXERCISE}
        return (self.therapist, "activity.start", {}) if view["running"] == "agreed" else None

    def count_from_here(self) -> None:
        """What opening the visit took is no part of the figures; that nothing of it is lost, is."""
        self._before = len(self.therapist.told.events)
        self.table = self.therapist.table = self.patient.table = Table()
        for person in self.people:
            person.commands = 0

    @property
    def events(self) -> int:
        """A therapist is told every event there is."""
        return len(self.therapist.told.events) - self._before

    def lines(self) -> Iterator[tuple[Person, Iterator[Command]]]:
        running = self.therapist.view["running"] == "running"
        yield self.therapist, _of_therapist(f"{self._number}", running=running)
        yield self.patient, _of_patient(f"{self._number}")


def _of_therapist(number: str, *, running: bool) -> Iterator[Command]:
    """What is done in a visit, over and over. No two messages of a run are the same."""
    paces = itertools.cycle(((4000, 6000), (4000, 7000), (5000, 7000)))
    for line, (in_ms, out_ms) in zip(itertools.count(), paces, strict=False):
        yield "message.say", {"text": f"Let the belly be soft. {number}.{line}.{time.monotonic_ns()}"}
        if running:
            yield "pacer.set", {"in_ms": in_ms, "hold_in_ms": 0, "out_ms": out_ms, "hold_out_ms": 0}
            yield "step.go", {"to": (line + 1) % 2}
        yield "note.write", {"text": "Breath evens out after the third minute; shoulders down."}


def _of_patient(number: str) -> Iterator[Command]:
    for line in itertools.count():
        yield "message.say", {"text": f"It goes well. {number}.{line}.{time.monotonic_ns()}"}
        yield "checkin.record", {"kind": "relaxation", "answers": {"outcome": "done", "felt": "let_go", "worry": 3}}


def room_for(sessions: int) -> None:
    """Two sockets each have to be allowed to this program. Raises NoLoad."""
    wanted = 2 * sessions + AT_ONCE + _SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise NoLoad(f"One program may open {hard:,} files here, and {wanted:,} are needed: ask for fewer sessions")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def run(base: URL, *, sessions: int, seconds: float, tell: Telling) -> Report:
    """Raises NoLoad where there is nothing to load. It ends by itself, a minute after its time at the latest."""
    if sessions * seconds > MOST_SECONDS_OF_SESSIONS:
        raise NoLoad(f"{sessions} sessions for {seconds:g} seconds are more than can be held against the record after")
    room_for(sessions)
    async with calling(base) as http:
        seats = await sign_in(http, await pairs_of(http, wanted=sessions))
        async with _opened(base, seats, tell) as couples:
            took_s = await _speak(couples, seconds, tell)
            unanswered = await _answered(couples)
            losses = await _against_the_record(http, couples, tell)
            return _report(couples, seconds=took_s, unanswered=unanswered, losses=losses)


@asynccontextmanager
async def _opened(base: URL, seats: list[tuple[Seat, Seat]], tell: Telling) -> AsyncIterator[list[Couple]]:
    couples = [Couple(number, *both) for number, both in enumerate(seats)]
    gate, there = asyncio.Semaphore(AT_ONCE), itertools.count(1)

    async def one(couple: Couple) -> None:
        async with gate:
            await couple.begin(base)
        tell(Now("Opening visits", next(there), len(couples)))

    opening = [asyncio.create_task(one(couple)) for couple in couples]
    try:
        await asyncio.gather(*opening)
        yield couples
    finally:
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        await asyncio.gather(*(person.leave() for couple in couples for person in couple.people))


async def _speak(couples: list[Couple], seconds: float, tell: Telling) -> float:
    """Everybody one command each 1.05 s, evenly spread. How long it really took."""
    speakers = [line for couple in couples for line in couple.lines()]
    for couple in couples:
        couple.count_from_here()
    began = time.perf_counter()

    async def one(person: Person, commands: Iterator[Command], late_s: float) -> None:
        at = began + late_s
        while (now := time.perf_counter()) < began + seconds and not person.cut:
            if now < at:
                await asyncio.sleep(min(at, began + seconds) - now)
                continue
            await person.say(*next(commands))
            at += EVERY_S

    async def watch() -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            tell(_now(couples, time.perf_counter() - began, seconds))

    watching = asyncio.create_task(watch())
    try:
        await asyncio.gather(
            *(one(*line, late_s=number * EVERY_S / len(speakers)) for number, line in enumerate(speakers))
        )
    finally:
        watching.cancel()
    return time.perf_counter() - began


def _now(couples: list[Couple], at_s: float, of_s: float) -> Now:
    lately = spread([ms for couple in couples for ms in couple.table.done_ms[-4:]])
    events = sum(couple.events for couple in couples)
    return Now("Speaking", min(at_s, of_s), of_s, events=events, p95_ms=lately.p95 if lately else None)


async def _answered(couples: list[Couple]) -> int:
    """How many commands nobody answered, after a while."""
    people = [person for couple in couples for person in couple.people]
    await asyncio.gather(*(person.all_answered() for person in people))
    return sum(person.unanswered for person in people)


async def _against_the_record(http: aiohttp.ClientSession, couples: list[Couple], tell: Telling) -> Losses:
    gate, read = asyncio.Semaphore(AT_ONCE), itertools.count(1)

    async def one(person: Person, *, texts: bool) -> Losses:
        async with gate:
            stored = await ledger_of(http, person.seat)
        # What was stored a moment ago may still be on its way; what never comes is counted below.
        await person.until(lambda: all(seq <= person.after or seq in person.told.events for seq in stored.events))
        tell(Now("Reading the record", next(read), 2 * len(couples)))
        return losses_of(person.told, stored.events, after=person.after, texts=stored.texts if texts else ())

    sides = [(person, person is couple.therapist) for couple in couples for person in couple.people]
    found = await asyncio.gather(*(one(person, texts=texts) for person, texts in sides))
    return sum(found, Losses())


def _report(couples: list[Couple], *, seconds: float, unanswered: int, losses: Losses) -> Report:
    people = [person for couple in couples for person in couple.people]
    refused: dict[str, int] = {}
    for person in people:
        for code, count in person.refused.items():
            refused[code] = refused.get(code, 0) + count
    events = sum(couple.events for couple in couples)
    return Report(
        sessions=len(couples),
        seconds=round(seconds, 2),
        commands=sum(person.commands for person in people),
        acknowledged=sum(len(couple.table.done_ms) for couple in couples),
        events=events,
        events_per_second=round(events / seconds, 1),
        done_ms=spread([ms for couple in couples for ms in couple.table.done_ms]),
        other_side_ms=spread([ms for couple in couples for ms in couple.table.other_side_ms]),
        refused=refused,
        unanswered=unanswered,
        cut=sum(person.cut for person in people),
        losses=losses,
    )
