"""After a check-in: the rules over a patient's history, beside the rooms, and what they found in the journal.

Nobody waits for this. A room stores and tells; here a task of its own reads the patient's sessions, one task for each
patient, and writes what is new as concerns of the journal, which suspends where their tier says so.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

import structlog

from server import logs
from server.care.caring import CareBook
from server.care.heads import Heads
from server.care.journals import JournalBook
from server.care.known import Known
from server.clock import Clock
from server.db import people, urgent, visits
from server.db.ledger import Ledgers
from server.db.store import Store
from server.desk.news import Item, News
from server.live.room import Room
from sessions.events import CheckinCorrected, CheckinRecorded, CheckinShared, ConcernRaised, Recorded
from sessions.flags import URGENT
from sessions.journal import Entry, JournalConcern, JournalEvent, Raise
from sessions.people import SYSTEM, Role
from sessions.safety import RULES_VERSION, Finding
from sessions.safety_rules import Away, assess

log = structlog.get_logger()

#: The rules look at the newest dozen practices; a few more, because a session may hold none.
SESSIONS_READ: Final = 60
TRIES: Final = 5
AGAIN_AFTER_MS: Final = 60_000
#: A look costs as much as half a dozen commands: somebody who writes down three things is looked at twice.
SPACED_MS: Final = 10_000
#: What happened shortly before a server died is looked at when it starts.
CATCH_UP_MS: Final = 24 * 3_600_000
#: A server that is told to end has five seconds for everything.
WAIT_SECONDS: Final = 1.0
#: In place of a session's id, for what was told between sessions.
_BETWEEN: Final = "journal"

#: A tuple: this is asked of every line that is stored, and a union of types is made anew each time.
_LOOKED_AT: Final = (CheckinRecorded, CheckinCorrected, CheckinShared, ConcernRaised)

_Work = Callable[[], Coroutine[Any, Any, None]]


class Safety:
    """Hears of every stored line, and looks where a check-in is among them."""

    def __init__(
        self,
        *,
        store: Store,
        ledgers: Ledgers,
        care: CareBook,
        journals: JournalBook,
        news: News,
        clock: Clock,
        room_of: Callable[[str], Room | None],
    ) -> None:
        self._store, self._journals, self._news, self._clock = store, journals, news, clock
        self._of_patient = partial(
            Known, heads=Heads(store), ring=store.ring, ledgers=ledgers, care=care, journals=journals, room_of=room_of
        )
        self._known: WeakKeyDictionary[Room, Known] = WeakKeyDictionary()
        self._looks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._again: set[tuple[str, str]] = set()
        self._others: set[asyncio.Task[bool]] = set()
        self._busy, self._idle = 0, asyncio.Event()
        self._idle.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Looks at what the last day brought. Leaving waits a moment for looks that are under way."""
        self._later(self._catch_up, name="safety catch-up")
        try:
            yield
        finally:
            tasks: set[asyncio.Task[Any]] = {*self._looks.values(), *self._others}
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT_SECONDS):
                    # One that waits for its next try is not under way.
                    await self._idle.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # What it hears

    def of_room(self, room: Room, lines: list[Recorded]) -> None:
        told = [line.event for line in lines if isinstance(line.event, _LOOKED_AT)]
        if not told:
            return
        place = room.place
        self.look(place.clinic_id, place.patient_id, room=room)
        urgent_ones = any(isinstance(event, ConcernRaised) and event.tier in URGENT for event in told)
        if urgent_ones and room.state.phase == "open" and room.state.gone_since(Role.THERAPIST) is None:
            # It stands on the screen of a therapist who is in the room: nobody else has to be called for it.
            seen = partial(self._seen_live, place.clinic_id, place.patient_id, room.session_id)
            self._later(seen, name="safety seen")

    def of_practice(self, clinic_id: str, patient_id: str, lines: list[Recorded]) -> None:
        """A practice at home has no room: what a phone delivered is looked at as it comes."""
        if any(isinstance(line.event, _LOOKED_AT) for line in lines):
            self.look(clinic_id, patient_id)

    def of_journal(self, clinic_id: str, patient_id: str, events: Sequence[JournalEvent]) -> None:
        if any(isinstance(event, JournalConcern) for event in events):
            self._later(partial(self._tell_desks, clinic_id, patient_id), name="safety desks")

    # Looking

    def look(self, clinic_id: str, patient_id: str, *, room: Room | None = None) -> None:
        """At once, and then not again for a while: what comes in that time is looked at together, at its end.

        `room` is where it came from: what is read now is kept as long as that, which holds a session in clear itself.
        """
        key = (clinic_id, patient_id)
        if key in self._looks:
            self._again.add(key)
            return
        known = self._of_patient(*key) if room is None else self._known_of(room)
        self._looks[key] = asyncio.create_task(self._look(known), name=f"safety {patient_id}")

    def _known_of(self, room: Room) -> Known:
        known = self._known.get(room)
        if known is None:
            known = self._known[room] = self._of_patient(room.place.clinic_id, room.place.patient_id)
        return known

    async def _look(self, known: Known) -> None:
        try:
            failures = 0
            while failures < TRIES:
                self._again.discard(known.patient)
                if await self._tried(partial(self.assess, known)):
                    await self._clock.sleep_until(self._clock.now() + SPACED_MS)
                    if known.patient not in self._again:
                        return
                    continue
                failures += 1
                await self._clock.sleep_until(self._clock.now() + AGAIN_AFTER_MS)
        finally:
            self._again.discard(known.patient)
            del self._looks[known.patient]

    async def assess(self, known: Known) -> None:
        """Raises what is new. The same again, or less of the same, is not."""
        course = await known.course(most=SESSIONS_READ)
        if course is None:
            return
        attempts = [attempt for told in course.told.values() for attempt in told.attempts]
        away = [
            Away(session_id, concern.at, concern.rule)
            for session_id, told in course.told.items()
            for concern in told.concerns
        ]
        findings = assess(
            sorted(attempts, key=lambda attempt: attempt.at_ms),
            course.thresholds,
            self._clock.now_ms(),
            away=[*away, *_told_between(course.raised)],
        )
        for finding in findings:
            if not is_known(finding, course.raised):
                await self._journals.write(*known.patient, _raise(finding), actor=SYSTEM)

    async def _catch_up(self) -> None:
        async with self._store.reader() as tx:
            patients = await visits.patients_since(tx, since_ms=self._clock.now_ms() - CATCH_UP_MS)
        for clinic_id, patient_id in patients:
            if (clinic_id, patient_id) not in self._looks:
                await self._tried(partial(self.assess, self._of_patient(clinic_id, patient_id)))

    # Telling

    async def _tell_desks(self, clinic_id: str, patient_id: str) -> None:
        async with self._store.reader() as tx:
            therapists = await people.therapists_of(tx, clinic_id, patient_id)
        for person_id in therapists:
            self._news.tell(person_id, Item(kind="concern", patient=patient_id))

    async def _seen_live(self, clinic_id: str, patient_id: str, session_id: str) -> None:
        async with self._store.write() as tx:
            await urgent.mark_seen(tx, clinic_id, patient_id, now_ms=self._clock.now_ms(), ledger_id=session_id)

    # Tasks

    def _later(self, work: _Work, *, name: str) -> None:
        task = asyncio.create_task(self._tried(work), name=name)
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    async def _tried(self, work: _Work) -> bool:
        """Whether it worked. What it was that did not is in the log, without anybody's words."""
        self._busy += 1
        self._idle.clear()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nobody waits for this, and the next check-in must be looked at
            log.warning("safety.failed", error=type(error).__name__, where=logs.where(error))
            return False
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()
        return True


def is_known(finding: Finding, before: Sequence[Entry]) -> bool:
    """Whether it was raised already for these sessions: a practice that was struck out leaves less, nothing new."""
    about = set(finding.about)
    return any(
        isinstance(known := entry.event, JournalConcern) and known.rule == finding.rule and about <= set(known.about)
        for entry in before
    )


def _raise(finding: Finding) -> Raise:
    return Raise(rule=finding.rule, tier=finding.tier, say=finding.say, rules=RULES_VERSION, about=finding.about)


def _told_between(before: Sequence[Entry]) -> list[Away]:
    return [
        Away(f"{_BETWEEN} {entry.seq}", entry.at, entry.event.rule)
        for entry in before
        if isinstance(entry.event, JournalConcern) and not entry.event.rules
    ]
