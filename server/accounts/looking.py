"""That somebody looked at a patient's things, noted before the first byte of the answer.

Nobody who writes a page has to think of it: whoever gets a patient's things from `access` has passed the door, which
remembers it until the answer goes out. What kind of thing it was comes from the route, and a test walks the router for
routes that have no word.

One person on one device is noted for one kind of thing once in five minutes: a page that is opened anew each minute is
one look, and so is a room that reconnects. That is kept in this process; another node may note it once more.

**Reading goes on where nothing can be stored.** A therapist whose patient needs them now must not stand before a closed
record because a disk is full. The look is logged as a security event, with its ids, and noted as soon as storage is
back, with the time at which it was.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Final

import structlog
from aiohttp import web
from msgspec import Struct

from server.clock import Clock
from server.db import errors
from server.db.audit import What, append_audit
from server.db.store import Store
from server.each_minute import each_minute
from server.security import Event, Stream

log = structlog.get_logger()

ONCE_IN_MS: Final = 5 * 60_000
TOLD_ONCE_IN_MS: Final = 60_000
#: Whoever looks waits no longer than this for a database that does not come back; the look is not lost by it.
PATIENCE_SECONDS: Final = 2.0
#: Beyond that the oldest are in the log alone.
_WAITING_MOST: Final = 10_000
_AT_ONCE: Final = 50

_BOTH: Final = ("GET", "POST")
_PAGES: Final[dict[str, tuple[tuple[str, ...], What]]] = {
    "/patients/{id}": (("GET",), What.RECORD_READ),
    "/patients/{id}/invite": (("POST",), What.INVITED),
    "/patients/{id}/sign-in": (_BOTH, What.CARE_READ),
    "/patients/{id}/decide": (("POST",), What.PLAN_WORKED_ON),
    "/patients/{id}/clearance": (_BOTH, What.CARE_READ),
    "/patients/{id}/suspend": (("POST",), What.CARE_WORKED_ON),
    "/patients/{id}/seen": (("POST",), What.SEEN_MARKED),
    "/desk/seen": (("POST",), What.SEEN_MARKED),
    "/desk/unseen": (("POST",), What.SEEN_MARKED),
    "/patients/{id}/kept": (_BOTH, What.RECORD_READ),
    "/patients/{id}/erasure": (_BOTH, What.RECORD_READ),
    "/patients/{id}/erasure/take-back": (("POST",), What.RECORD_READ),
    "/patients/{id}/intake": (_BOTH, What.INTAKE_READ),
    "/patients/{id}/words": (_BOTH, What.WORDS_READ),
    "/patients/{id}/ladder": (_BOTH, What.PLAN_READ),
    "/patients/{id}/programme": (_BOTH, What.PLAN_READ),
    "/patients/{id}/visits": (_BOTH, What.VISITS_READ),
    "/sessions/{id}/plan": (_BOTH, What.VISITS_READ),
    "/sessions/{id}/cancel": (("POST",), What.VISITS_READ),
    "/sessions/{id}/visit.ics": (("GET",), What.VISITS_READ),
    "/patients/{id}/questions": (_BOTH, What.ANSWERS_READ),
    "/patients/{id}/questions/seen": (("POST",), What.SEEN_MARKED),
    "/patients/{id}/situations": (_BOTH, What.ANSWERS_READ),
    "/patients/{id}/situations/{of}/drop": (("POST",), What.ANSWERS_READ),
    "/patients/{id}/beside": (_BOTH, What.ANSWERS_READ),
    "/patients/{id}/beside/{of}/end": (("POST",), What.ANSWERS_READ),
    "/patients/{id}/beside/{of}/take-back": (("POST",), What.ANSWERS_READ),
    "/patients/{id}/beside/{of}/seen": (("POST",), What.SEEN_MARKED),
    "/patients/{id}/messages": (_BOTH, What.MESSAGES_READ),
    "/patients/{id}/pathway": (_BOTH, What.LETTERS_READ),
    "/patients/{id}/pathway/look": (("POST",), What.LETTERS_READ),
    "/patients/{id}/pathway/{of}/end": (("POST",), What.LETTERS_READ),
    "/patients/{id}/pathway/{of}/take-back": (("POST",), What.LETTERS_READ),
    "/patients/{id}/letters": (_BOTH, What.LETTERS_READ),
    "/patients/{id}/letters/{letter}": (_BOTH, What.LETTERS_READ),
    "/patients/{id}/letters/{letter}/letter.pdf": (("GET",), What.LETTER_TAKEN),
    "/patients/{id}/export": (_BOTH, What.COPY_PAGE),
    "/sessions/{id}/export": (_BOTH, What.COPY_PAGE),
    "/export/{job}": (("GET",), What.COPY_PAGE),
    "/export/{job}/progress.json": (("GET",), What.COPY_PAGE),
    "/export/{job}/file": (("GET",), What.COPY_TAKEN),
    "/sessions/{id}": (("GET",), What.VISIT_PAGE),
    "/sessions/{id}/door": (("GET",), What.VISIT_PAGE),
    "/sessions/{id}/company.json": (("GET",), What.VISIT_PAGE),
    "/sessions/{id}/library/{version}.json": (("GET",), What.VISIT_PAGE),
    "/sessions/{id}/arrival": (_BOTH, What.VISIT_PAGE),
    "/sessions/{id}/next-day": (_BOTH, What.VISIT_PAGE),
    "/sessions/{id}/share": (("POST",), What.VISIT_PAGE),
    "/live/{session}": (("GET",), What.VISIT_JOINED),
    "/sessions/{id}/review": (_BOTH, What.REVIEW_READ),
    "/sessions/{id}/replay.json": (("GET",), What.REVIEW_READ),
    "/sessions/{id}/ledger.json": (("GET",), What.REVIEW_READ),
    "/sessions/{id}/note": (_BOTH, What.NOTE_READ),
    "/sessions/{id}/note/discard": (("POST",), What.NOTE_READ),
    "/sessions/{id}/note/amend": (("POST",), What.NOTE_READ),
    "/sessions/{id}/note/withhold": (("POST",), What.NOTE_READ),
    "/clinic/emergency/{id}": (("GET",), What.RECORD_READ),
    "/clinic/emergency/{id}/sessions/{session}": (("GET",), What.REVIEW_READ),
}
#: A form that was sent is another thing than a page that was read. Whether it was taken is in the record itself.
_SENT: Final = {
    What.RECORD_READ: What.RECORD_READ,
    What.CARE_READ: What.CARE_WORKED_ON,
    What.INTAKE_READ: What.INTAKE_WORKED_ON,
    What.WORDS_READ: What.WORDS_WORKED_ON,
    What.PLAN_READ: What.PLAN_WORKED_ON,
    What.VISITS_READ: What.VISITS_WORKED_ON,
    What.ANSWERS_READ: What.ANSWERS_WORKED_ON,
    What.MESSAGES_READ: What.MESSAGES_WORKED_ON,
    What.LETTERS_READ: What.LETTERS_WORKED_ON,
    What.REVIEW_READ: What.COMMENT_WORKED_ON,
    What.NOTE_READ: What.NOTE_WORKED_ON,
}


class Look(Struct, frozen=True):
    """Somebody looked at something of a patient's. Whose, what kind, who, and on which device."""

    clinic_id: str
    patient_id: str
    person_id: str
    login_id: str
    what: What


def word_of(method: str, route: str) -> What | None:
    """The word for a route, or None where nobody gave it one."""
    method = "GET" if method == "HEAD" else method
    methods, what = _PAGES.get(route, ((), What.RECORD_READ))
    if method not in methods:
        return None
    return _SENT.get(what, what) if method == "POST" else what


def with_words() -> list[tuple[str, str]]:
    """Every (method, route) that has one."""
    return [(method, route) for route, (methods, _) in _PAGES.items() for method in methods]


def kind_of(request: web.Request) -> What:
    return word_of(request.method, route_of(request)) or What.RECORD_READ


def route_of(request: web.Request) -> str:
    """The route's pattern: the path itself has somebody's id in it."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


class Looking:
    """Notes looks, those that come at the same time in one transaction."""

    def __init__(self, *, store: Store, clock: Clock, security: Stream) -> None:
        self._store, self._clock, self._security = store, clock, security
        #: When each was noted last, and what is done once its row is stored.
        self._noted: dict[Look, tuple[int, asyncio.Future[None]]] = {}
        self._coming: list[tuple[Look, int]] = []
        self._next: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._storing: asyncio.Task[None] | None = None
        self._late: deque[tuple[Look, int]] = deque()
        #: When it was told of somebody that they were turned away.
        self._told_ms: dict[str, int] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with each_minute(self.tidy, name="looking", clock=self._clock, failed="looking.failed"):
            yield
        if self._storing is not None:
            await asyncio.wait([self._storing], timeout=PATIENCE_SECONDS)
        await self._catch_up()

    async def looked(self, look: Look) -> None:
        """Stored when this returns, unless storage refuses: then it is logged, and noted when storage is back."""
        now_ms = self._clock.now_ms()
        before = self._noted.get(look)
        if before is not None and 0 <= now_ms - before[0] < ONCE_IN_MS:
            # The page before this one may still wait for the same row.
            stored = before[1]
        else:
            stored = self._next
            self._noted[look] = (now_ms, stored)
            self._coming.append((look, now_ms))
            if self._storing is None:
                self._storing = asyncio.create_task(self._store_all(), name="looks")
        if not stored.done():
            _, waiting = await asyncio.wait([stored], timeout=PATIENCE_SECONDS)
            if waiting:
                log.warning("audit.slow")

    def turned_away(self, *, clinic_id: str, person_id: str, role: str, route: str) -> None:
        """Somebody who is signed in asked for what is not theirs. Told once a minute, or a crawler fills the log."""
        now_ms = self._clock.now_ms()
        if 0 <= now_ms - self._told_ms.get(person_id, now_ms - TOLD_ONCE_IN_MS) < TOLD_ONCE_IN_MS:
            return
        self._told_ms[person_id] = now_ms
        self._security.tell(Event.ACCESS_REFUSED, clinic=clinic_id, person=person_id, role=role, route=route)

    async def tidy(self) -> None:
        """Each minute: what storage refused is noted, what is over is forgotten."""
        over_ms = self._clock.now_ms() - ONCE_IN_MS
        self._noted = {look: noted for look, noted in self._noted.items() if noted[0] > over_ms}
        self._told_ms = {person: at_ms for person, at_ms in self._told_ms.items() if at_ms > over_ms}
        await self._catch_up()

    async def _store_all(self) -> None:
        try:
            while self._coming:
                looks, self._coming = self._coming, []
                done, self._next = self._next, asyncio.get_running_loop().create_future()
                try:
                    await self._append(looks)
                except errors.StorageError:
                    self._keep(looks)
                finally:
                    done.set_result(None)
        finally:
            self._storing = None

    async def _append(self, looks: Sequence[tuple[Look, int]]) -> None:
        async with self._store.write() as tx:
            # In one order: two nodes that note looks at two clinics do not wait for each other in a circle.
            for look, at_ms in sorted(looks, key=lambda one: one[0].clinic_id):
                await append_audit(
                    tx,
                    clinic_id=look.clinic_id,
                    what=look.what,
                    now_ms=at_ms,
                    person_id=look.person_id,
                    subject_id=look.patient_id,
                    login_id=look.login_id,
                )

    def _keep(self, looks: Sequence[tuple[Look, int]]) -> None:
        for look, at_ms in looks:
            self._security.tell(
                Event.AUDIT_LATE,
                what=look.what.value,
                at_ms=at_ms,
                clinic=look.clinic_id,
                person=look.person_id,
                subject=look.patient_id,
                login=look.login_id,
            )
            self._late.append((look, at_ms))
        while len(self._late) > _WAITING_MOST:
            self._late.popleft()

    async def _catch_up(self) -> None:
        while self._late:
            looks = list(self._late)[:_AT_ONCE]
            try:
                await self._append(looks)
            except errors.StorageError:
                return
            for _ in looks:
                self._late.popleft()
            log.info("audit.caught_up", looks=len(looks))
