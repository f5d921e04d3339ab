"""Taking in what a phone delivers: each part exactly once, each practice in the order in which it happened.

Whatever can go wrong with a part, nothing of it is lost: it is applied to a ledger, or its sealed bytes stay. A part
is applied in one transaction with the note that it was. Two requests with the same part meet at the ledger's
compare-and-set; the one that loses looks again, and finds it done.
"""

import asyncio
import hashlib
import hmac
from typing import Final, Literal

import structlog
from msgspec import Struct, structs

from server.bodies import Erased
from server.care.caring import Held
from server.care.journals import JournalBook
from server.clock import Clock
from server.db import erasures, errors, outbox
from server.db.outbox import ASIDE, STORED, WAITING, Part
from server.db.store import Store
from server.db.vault import KeyKind, seal
from server.db.writes import apply
from server.practice import parts, sealing
from server.practice.ledger import NotFollowed, PracticeBook, Whose
from server.practice.names import practice_id
from server.practice.parts import Delivery, NotRead
from server.practice.sealing import NotOpened
from sessions.flags import Tier
from sessions.journal import Raise
from sessions.people import SYSTEM, Refused

log = structlog.get_logger()

State = Literal["stored", "already", "kept_aside"]

TRIES: Final = 12
#: Parts in hand at a time: when 500 phones find their network in one moment, rooms still have their turn.
AT_ONCE: Final = 4
#: Sealed parts of one patient that could not be applied; more than that is a machine that went wrong.
UNAPPLIED_MOST: Final = 500
#: Why a part stands aside, as a word that never changes meaning.
NO_KEY: Final = "no_key"
NOT_OPENED: Final = "not_opened"
NOT_READ: Final = "not_read"
NOT_FOLLOWED: Final = "not_followed"
ANOTHER: Final = "another"
ERASED: Final = "erased"
ASIDE_RULE: Final = "outbox_aside"
ASIDE_SAY: Final = (
    "Part of a practice at home came and could not be opened. Nothing of it is lost: it is kept as it came."
)
#: What a restored key, or a newer server, may be able to apply after all.
MAY_CHANGE: Final = frozenset({NO_KEY, NOT_READ, NOT_FOLLOWED})

_FINGERPRINT_BYTES: Final = 16


class Answer(Struct, frozen=True):
    """What the phone is told of one part. After each of the three it may delete its own copy."""

    session: str
    n: int
    state: State


class _Aside(Exception):
    """This part cannot be applied as it is."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Taking:
    """What is set aside is told to the therapists as a concern; the patient reads it on their own page."""

    def __init__(self, *, store: Store, book: PracticeBook, journals: JournalBook, clock: Clock) -> None:
        self._store, self._book, self._journals, self._clock = store, book, journals, clock
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def take(self, whose: Whose, deliveries: list[Delivery]) -> list[Answer]:
        """In the order sent. Raises a StorageError or Erased where the record cannot be read or written now."""
        found = []
        for one in deliveries:
            async with self._turns:
                found.append(Answer(one.session, one.n, await self._take(whose, one)))
        return found

    async def try_again(self, whose: Whose) -> int:
        """What stands aside is looked at once more. Returns how much of it could be applied."""
        async with self._store.reader() as tx:
            aside = await outbox.aside_of(tx, whose.clinic_id, whose.patient_id)
        done = 0
        for part in aside:
            if part.why in MAY_CHANGE and await self._applied_kept(whose, part):
                done += 1
                await self._goes_on(whose, part.session_id)
        return done

    async def go_on(self, whose: Whose, session: str, *, over_gaps: bool = False) -> None:
        """Applies what waits and can go on now. `over_gaps`: a part that never came is waited for no longer."""
        for _ in range(parts.NUMBER_MOST):
            there = await self._parts(whose, session)
            waiting = (part for n, part in sorted(there.items()) if part.state == WAITING)
            ready = next((part for part in waiting if over_gaps or _is_next(part.n, there)), None)
            if ready is None:
                return
            await self._applied_kept(whose, ready)

    async def _take(self, whose: Whose, one: Delivery) -> State:
        part = Part(
            session_id=one.session,
            n=one.n,
            state=WAITING,
            fingerprint=self._mark(whose, one.sealed),
            received_ms=self._clock.now_ms(),
            waited_ms=one.waited_ms,
        )
        there = await self._parts(whose, one.session)
        known = there.get(one.n)
        if known is not None:
            return await self._again(whose, part, known, one.sealed)
        try:
            raw = sealing.sealed_bytes(one.sealed)
        except NotOpened:
            return await self._set_aside(whose, part, one.sealed.encode(), NOT_OPENED)
        if not _is_next(one.n, there):
            await self._keep(whose, part, raw)
            # The one before it may have been applied in this very moment, by a request that did not see this one.
            await self._goes_on(whose, one.session)
            return "stored"
        try:
            await self._apply(whose, part, raw, first=not there)
        except _Aside as aside:
            return await self._set_aside(whose, part, raw, aside.why)
        if any(other.state == WAITING for other in there.values()):
            await self._goes_on(whose, one.session)
        return "stored"

    async def _again(self, whose: Whose, part: Part, known: Part, text: str) -> State:
        """A part whose number came before: the same once more, or another under the same number."""
        if not hmac.compare_digest(known.fingerprint, part.fingerprint):
            return await self._another(whose, part, known, text)
        if known.state == ASIDE:
            return "stored" if known.why in MAY_CHANGE and await self._applied_kept(whose, known) else "kept_aside"
        if known.state == WAITING:
            await self._goes_on(whose, known.session_id)
        return "already"

    async def _another(self, whose: Whose, part: Part, known: Part, text: str) -> State:
        """A phone that was full told this number from memory, was killed, and went on from what it had kept before.

        What it tells under the number once more is then more than the first time. Entries that are in the ledger are
        passed over by their ids, and the rest happened: nobody may miss pain in it because of a number.
        """
        name = _name_of_another(part)
        before = (await self._parts(whose, name)).get(part.n)
        if before is not None:
            return "already" if before.state == STORED else "kept_aside"
        if known.state != WAITING:
            try:
                await self._apply(whose, part, sealing.sealed_bytes(text), noted_as=name)
            except (NotOpened, _Aside):
                pass
            else:
                return "stored"
        return await self._set_aside(whose, part, text.encode(), ANOTHER)

    async def _goes_on(self, whose: Whose, session: str) -> None:
        """What waits is durable: whatever goes wrong with it now is no reason to refuse what was just taken."""
        try:
            await self.go_on(whose, session)
        except (errors.StorageError, Held) as error:
            log.warning("outbox.waits", error=type(error).__name__)

    async def _applied_kept(self, whose: Whose, part: Part) -> bool:
        """Whether a part that waited, or stood aside, is in the ledger now; else it stands aside."""
        async with self._store.reader() as tx:
            raw = await outbox.sealed_of(tx, whose.clinic_id, whose.patient_id, part.session_id, part.n)
        if raw is None:
            # Somebody else has applied it since.
            return True
        try:
            await self._apply(whose, part, raw)
        except _Aside as aside:
            if part.state == WAITING:
                async with self._store.write() as tx:
                    write = outbox.aside_write(
                        whose.clinic_id, whose.patient_id, part.session_id, part.n, why=aside.why
                    )
                    await apply(tx.db, [write])
                await self._tell(whose, part)
            return False
        return True

    async def _apply(
        self, whose: Whose, part: Part, raw: bytes, *, first: bool = False, noted_as: str | None = None
    ) -> None:
        """Raises _Aside where the part cannot be opened, read or followed. `first`: nothing came of it before.

        `noted_as`: where its number is taken, the name under which it is noted that it was applied.
        """
        plain = await self._opened(whose, part, raw)
        try:
            told = parts.read(plain)
        except NotRead:
            raise _Aside(NOT_READ) from None
        row = structs.replace(part, session_id=noted_as or part.session_id, state=STORED, why=None)
        done = outbox.stored_write(whose.clinic_id, whose.patient_id, row)
        for turn in range(TRIES):
            known = (await self._parts(whose, row.session_id)).get(part.n) if turn else None
            if known is not None and known.state == STORED:
                # Another request was first: with the same part, or with another one under its number.
                if not hmac.compare_digest(known.fingerprint, part.fingerprint):
                    raise _Aside(ANOTHER)
                return
            try:
                await self._book.add(whose, part, told, done=done, first=first and not turn)
            except errors.Conflict:
                # Whoever wins is not asked to wait for those who lost.
                await asyncio.sleep(0)
                continue
            except NotFollowed:
                raise _Aside(NOT_FOLLOWED) from None
            except Erased:
                # What came of this practice before was erased, and this is the rest of it.
                raise _Aside(ERASED) from None
            return
        raise Held

    async def _opened(self, whose: Whose, part: Part, raw: bytes) -> bytes:
        try:
            sealed = sealing.taken_apart(raw)
        except NotOpened:
            raise _Aside(NOT_OPENED) from None
        async with self._store.reader() as tx:
            secret = await outbox.secret_of(tx, whose.clinic_id, whose.patient_id, sealed.key_id)
            erasure = await erasures.erasure(tx, whose.clinic_id, whose.patient_id) if secret is None else None
        if erasure is not None and erasure.personal_ms is not None:
            # Its key went with what else is personal. Whatever else it may be, nobody can open it ever again.
            raise _Aside(ERASED)
        if secret is None:
            raise _Aside(NO_KEY)
        try:
            return sealing.opened(sealed, secret, session=part.session_id, n=part.n)
        except NotOpened:
            raise _Aside(NOT_OPENED) from None

    async def _keep(self, whose: Whose, part: Part, sealed: bytes) -> None:
        """Raises Refused where somebody's phone fills the disk."""
        async with self._store.write() as tx:
            if await outbox.unapplied(tx, whose.clinic_id, whose.patient_id) >= UNAPPLIED_MOST:
                raise Refused("too_large", "Too much waits here already. Your clinic has to look at it first.")
            await apply(tx.db, [outbox.kept_write(whose.clinic_id, whose.patient_id, part, sealed=sealed)])

    async def _set_aside(self, whose: Whose, part: Part, sealed: bytes, why: str) -> State:
        """Keeps what came and cannot be applied, and says so. Of what was erased nothing is kept, and nobody told."""
        if why == ANOTHER:
            # Its number is taken, so it is kept under a name of its own, the same for the same bytes.
            part = structs.replace(part, session_id=_name_of_another(part))
            if part.n in await self._parts(whose, part.session_id):
                return "kept_aside"
        if why == ERASED:
            sealed = b""
        elif why not in MAY_CHANGE:
            # Nobody knows what this is: a phone that went wrong may have sent what should have been sealed.
            key = await self._store.ring.get(whose.clinic_id, whose.patient_id, KeyKind.PERSONAL)
            row = f"{whose.clinic_id}/{part.session_id}/{part.n}"
            sealed = seal(key, sealed, purpose="outbox part", row=row)
        await self._keep(whose, structs.replace(part, state=ASIDE, why=why), sealed)
        log.warning("outbox.aside", why=why)
        if why != ERASED:
            await self._tell(whose, part)
        await self._goes_on(whose, part.session_id)
        return "kept_aside"

    async def _tell(self, whose: Whose, part: Part) -> None:
        """Once for each practice. The bytes are safe by now, so that no trouble in saying so is the phone's."""
        concern = Raise(
            rule=ASIDE_RULE,
            tier=Tier.NOTE,
            say=ASIDE_SAY,
            rules=0,
            about=(practice_id(whose.patient_id, part.session_id),),
        )
        try:
            await self._journals.write(whose.clinic_id, whose.patient_id, concern, actor=SYSTEM)
        except (errors.StorageError, Held) as error:
            log.warning("outbox.untold", error=type(error).__name__)

    async def _parts(self, whose: Whose, session: str) -> dict[int, Part]:
        async with self._store.reader() as tx:
            return await outbox.parts_of(tx, whose.clinic_id, whose.patient_id, session)

    def _mark(self, whose: Whose, sealed: str) -> bytes:
        """By which the same part is known again. Under a key, since it outlives an erasure."""
        key = self._store.keys.answer_key(whose.clinic_id)
        return hashlib.blake2b(sealed.rstrip("=").encode(), key=key, digest_size=_FINGERPRINT_BYTES).digest()


def _name_of_another(part: Part) -> str:
    return hashlib.blake2b(part.session_id.encode() + part.fingerprint, digest_size=16).hexdigest()


def _is_next(n: int, there: dict[int, Part]) -> bool:
    """All before it are there, as far as they ever will be; or one after it was applied, so that it comes late."""
    late = any(other > n and part.state == STORED for other, part in there.items())
    return late or all(one in there and there[one].state != WAITING for one in range(n))
