"""The writer: one per process, commits whatever is waiting in one transaction (group commit)."""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

from msgspec import Struct
from sqlalchemy import Connection, Executable, and_, bindparam, delete, select
from sqlalchemy.exc import DBAPIError

from server.db.engine import Database
from server.db.errors import Conflict, Unavailable
from server.db.failures import Failure, judge
from server.db.lane import CommitUncertain
from server.db.ledger import (
    EVENT_PURPOSE,
    FIRST_EPOCH,
    Append,
    Batch,
    Committed,
    NewLedger,
    Position,
    Stored,
    chain_next,
    chain_start,
    event_row,
    row_header,
)
from server.db.ledger_sql import SQL_OF
from server.db.ledger_tables import ANSWER, EVENT, HEAD
from server.db.vault import seal
from server.db.writes import Step, Write
from server.keys import Keys

MOST_WAITING: Final = 10_000
# Their ids fit into one notification of PostgreSQL's (8,000 bytes).
MOST_LEDGERS_IN_ONE: Final = 200
ATTEMPTS: Final = 3
# How long to go on asking whether a commit took place, once its connection was lost.
SETTLE_AFTER_S: Final = (0.0, 0.05, 0.2, 0.8, 2.0)


_Row: TypeAlias = tuple[Any, ...]


class _Job(Struct, eq=False):
    """A batch that waits; once it is sealed, with the rows to be sent."""

    batch: Batch
    ledgers: frozenset[tuple[str, str]]
    done: asyncio.Future[Committed]
    created: list[_Row] = []
    heads: list[_Row] = []
    events: list[_Row] = []
    answers: list[_Row] = []
    cards: list[_Row] = []
    extras: list[Write | Step] = []
    result: Committed = Committed(())


class _AlreadyAnswered(Exception):
    """A command of this window that changes nothing has its answer in the database already."""


class LedgerWriter:
    """Stores batches. Use it as an async context manager: leaving it finishes what is waiting.

    Two batches for one ledger never share a transaction: the later one waits for the next, where the
    compare-and-set decides.
    """

    def __init__(self, database: Database, keys: Keys, *, node: str = "") -> None:
        self.transactions = 0
        self.events_stored = 0
        self._database = database
        self._keys = keys
        self._node = node
        self._sql = SQL_OF[database.dialect]()
        self._waiting: deque[_Job] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="ledger writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stores what is waiting, then ends; later commits are refused."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
            self._task = None

    @property
    def waiting(self) -> int:
        """How many batches wait to be stored."""
        return len(self._waiting)

    async def commit(self, batch: Batch) -> Committed:
        """Returns once it is on disk. A caller that is cancelled does not take its batch back.

        Raises Conflict (somebody else appended, or the command is answered already: reload), Unavailable
        (nothing was stored, or see its `stored`), Unreadable (a key is gone), or what an extra of this batch
        raised.
        """
        if self._closing or self._task is None or len(self._waiting) >= MOST_WAITING:
            raise Unavailable
        ledgers = frozenset([(append.clinic_id, append.ledger_id) for append in batch.appends])
        assert batch.appends, "a batch appends something"
        assert len(ledgers) == len(batch.appends), "a batch names each ledger once"
        for append in batch.appends:
            assert append.events or isinstance(append.after, Position), "a new ledger begins with an event"
            if append.answer is not None and append.events:
                last, answer = append.events[-1], append.answer
                assert (last.person_id or "", last.cause) == (answer.person_id, answer.command_id), "not its answer"
        job = _Job(batch, ledgers, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._wake.set()
        return await job.done

    def _sealed(self, window: list[_Job]) -> list[_Job]:
        """Seals and chains a whole window in one go: in the turn of each caller, with everything else done in
        between, the same work costs three times as much, since the processor's cache has lost it by then.

        What is wrong with a batch is its caller's alone.
        """
        sealed = []
        for job in window:
            try:
                job.result = Committed(tuple([self._seal(job, append) for append in job.batch.appends]))
            except Exception as error:  # noqa: BLE001 - whatever it is, its caller waits for the answer
                _refuse(job, error)
            else:
                sealed.append(job)
        return sealed

    def _seal(self, job: _Job, append: Append) -> Stored:
        clinic_id, ledger_id = append.clinic_id, append.ledger_id
        chain_key = self._keys.chain_key(clinic_id)
        before = append.after
        if isinstance(before, NewLedger):
            new = before
            chain = chain_start(chain_key, clinic_id=clinic_id, ledger_id=ledger_id, of=new)
            before = Position(FIRST_EPOCH, 0, chain)
            job.created.append((clinic_id, ledger_id, new.kind, new.patient_id, before.epoch, 0, chain, append.at_ms))
        epoch, seq, chain, quiet = before.epoch, before.seq, before.chain, before.quiet
        answer, last_seq = append.answer, seq + len(append.events)
        for event in append.events:
            seq += 1
            row = event_row(clinic_id, ledger_id, epoch, seq)
            sealed = seal(append.keys.of(event.key), event.body, purpose=EVENT_PURPOSE, row=row)
            header = row_header(clinic_id, ledger_id, epoch=epoch, seq=seq, event=event, body_bytes=len(sealed))
            chain = chain_next(chain_key, chain, header, sealed)
            job.events.append(
                (
                    clinic_id,
                    ledger_id,
                    epoch,
                    seq,
                    event.at_ms,
                    event.received_ms,
                    event.person_id,
                    event.cause,
                    sealed,
                    answer.fingerprint if answer is not None and seq == last_seq else None,
                )
            )
        first_seq = before.seq + 1
        if answer is not None and not append.events:
            quiet += 1
            who, command = answer.person_id, answer.command_id
            job.answers.append((clinic_id, ledger_id, who, command, answer.fingerprint, first_seq, seq, append.at_ms))
        job.heads.append(
            (clinic_id, ledger_id, epoch, before.seq, before.chain, before.quiet, seq, chain, quiet, append.at_ms)
        )
        if any(event.on_card for event in append.events):
            job.cards.append((clinic_id, ledger_id))
        job.extras.extend(append.extras)
        return Stored(first_seq, seq, Position(epoch, seq, chain, quiet))

    async def _run(self) -> None:
        try:
            while self._waiting or not self._closing:
                self._wake.clear()
                if window := self._take():
                    await self._store(self._sealed(window))
                    # Whoever was answered goes on first, and what a room had waiting joins: otherwise its rooms take
                    # turns in two halves for ever, each in a transaction of its own.
                    await asyncio.sleep(0)
                else:
                    await self._wake.wait()
        finally:
            self._closing = True
            for job in self._waiting:
                _refuse(job, Unavailable())
            self._waiting.clear()

    def _take(self) -> list[_Job]:
        """What is waiting, in order, each ledger once."""
        window: list[_Job] = []
        later: list[_Job] = []
        ledgers: set[tuple[str, str]] = set()
        # What waits stays in order for its ledgers even where a batch of several of them is put off.
        passed: set[tuple[str, str]] = set()
        while self._waiting and len(ledgers) < MOST_LEDGERS_IN_ONE:
            job = self._waiting.popleft()
            if job.ledgers.isdisjoint(ledgers) and job.ledgers.isdisjoint(passed):
                window.append(job)
                ledgers |= job.ledgers
            else:
                later.append(job)
                passed |= job.ledgers
        self._waiting.extendleft(reversed(later))
        return window

    async def _store(self, window: list[_Job]) -> None:
        """Answers every job of the window."""
        if not window:
            return
        outcome = await self._attempt(window)
        for _ in range(ATTEMPTS - 1):
            if not isinstance(outcome, Exception) or judge(outcome) is not Failure.AGAIN:
                break
            outcome = await self._attempt(window)
        if not isinstance(outcome, Exception):
            self._answer(window, outcome)
        elif isinstance(outcome, Unavailable) or judge(outcome) is not Failure.OURS:
            stored = outcome.stored if isinstance(outcome, Unavailable) else False
            for job in window:
                _refuse(job, Unavailable(stored=stored))
        elif len(window) > 1:
            # One of them is at fault. Alone, each of them gets what it deserves.
            for job in window:
                await self._store([job])
        else:
            _refuse(window[0], Conflict() if isinstance(outcome, _AlreadyAnswered) else outcome)

    async def _attempt(self, window: list[_Job]) -> set[int] | Exception:
        """The indexes of the batches that won; or why nothing was stored; or that this is not known."""
        try:
            return await self._database.lane.transact(lambda connection: self._send(connection, window))
        except CommitUncertain as uncertain:
            winners = uncertain.result
            stored = await self._was_stored([window[index] for index in winners])
            if stored is None:
                return Unavailable(stored=None)
            return winners if stored else uncertain.error
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for the answer
            return error

    def _send(self, connection: Connection, window: list[_Job]) -> set[int]:
        """The transaction. Returns the indexes of the batches that won."""
        if created := sorted(row for job in window for row in job.created):
            self._sql.create_heads(connection, created)
        heads = [(index, len(job.heads), *head) for index, job in enumerate(window) for head in job.heads]
        won = self._sql.advance_heads(connection, heads)
        winners = window if len(won) == len(window) else [window[index] for index in sorted(won)]
        if created and len(won) < len(window):
            _withdraw(
                connection,
                [row for index, job in enumerate(window) if index not in won for row in job.created],
            )
        if events := [row for job in winners for row in job.events]:
            self._sql.insert_events(connection, events)
        answers = [row for job in winners for row in job.answers]
        if answers and self._sql.insert_answers(connection, answers) != len(answers):
            raise _AlreadyAnswered
        if cards := [row for job in winners for row in job.cards]:
            self._sql.move_cards(connection, cards)
        _send_extras(connection, winners)
        if winners:
            ids = ",".join(ledger_id for job in winners for _, ledger_id in job.ledgers)
            self._sql.notify(connection, f"{self._node}:{ids}")
        return won

    def _answer(self, window: list[_Job], won: set[int]) -> None:
        self.transactions += 1
        for index, job in enumerate(window):
            if index not in won:
                _refuse(job, Conflict())
                continue
            self.events_stored += len(job.events)
            if not job.done.done():
                job.done.set_result(job.result)

    async def _was_stored(self, winners: list[_Job]) -> bool | None:
        """Whether a transaction took place whose commit raised; None if the database cannot be asked."""
        for delay_s in SETTLE_AFTER_S:
            await asyncio.sleep(delay_s)
            # Whatever is wrong with asking, the answer is that we do not know.
            with suppress(DBAPIError, CommitUncertain, OSError, TimeoutError):
                return await self._database.lane.transact(lambda connection: _is_stored(connection, winners))
        return None


def _withdraw(connection: Connection, created: list[_Row]) -> None:
    """Takes back the empty heads of batches that lost: only a head that never had an event is at seq 0."""
    for clinic_id, ledger_id, *_ in created:
        connection.execute(_WITHDRAW, {"clinic": clinic_id, "ledger": ledger_id})


def _send_extras(connection: Connection, winners: list[_Job]) -> None:
    by_statement: dict[int, tuple[Executable, list[Mapping[str, Any]]]] = {}
    for job in winners:
        for write in job.extras:
            if isinstance(write, Write):
                by_statement.setdefault(id(write.statement), (write.statement, []))[1].append(write.values)
    for statement, values in by_statement.values():
        connection.execute(statement, values)
    for job in winners:
        for step in job.extras:
            if isinstance(step, Step):
                step.run(connection)


def _is_stored(connection: Connection, winners: list[_Job]) -> bool:
    """All winners share the fate of their transaction, so one row of theirs tells.

    A sealed body holds a random nonce: no other row equals it. An answer is as good, where there was no
    event.
    """
    for job in winners:
        clinic_id, ledger_id = job.heads[0][:2]
        # If the lost transaction is still under way over there, it holds this lock: wait until it is decided.
        connection.execute(_LOCK_HEAD, {"clinic": clinic_id, "ledger": ledger_id})
        if job.events:
            clinic_id, ledger_id, epoch, seq, *_, sealed, _ = job.events[0]
            values = {"clinic": clinic_id, "ledger": ledger_id, "epoch": epoch, "seq": seq}
            return bool(connection.scalar(_BODY, values) == sealed)
        if job.answers:
            clinic_id, ledger_id, person_id, command_id, *_ = job.answers[0]
            values = {"clinic": clinic_id, "ledger": ledger_id, "person": person_id, "command": command_id}
            return connection.scalar(_ANSWERED, values) is not None
    return False


def _refuse(job: _Job, error: Exception) -> None:
    if not job.done.done():
        job.done.set_exception(error)


_WITHDRAW = delete(HEAD).where(
    and_(HEAD.c.clinic_id == bindparam("clinic"), HEAD.c.ledger_id == bindparam("ledger"), HEAD.c.seq == 0)
)
_LOCK_HEAD = (
    select(HEAD.c.seq)
    .where(and_(HEAD.c.clinic_id == bindparam("clinic"), HEAD.c.ledger_id == bindparam("ledger")))
    .with_for_update()
)
_BODY = select(EVENT.c.body_enc).where(
    and_(
        EVENT.c.clinic_id == bindparam("clinic"),
        EVENT.c.ledger_id == bindparam("ledger"),
        EVENT.c.epoch == bindparam("epoch"),
        EVENT.c.seq == bindparam("seq"),
    )
)
_ANSWERED = select(ANSWER.c.last_seq).where(
    and_(
        ANSWER.c.clinic_id == bindparam("clinic"),
        ANSWER.c.ledger_id == bindparam("ledger"),
        ANSWER.c.person_id == bindparam("person"),
        ANSWER.c.command_id == bindparam("command"),
    )
)
