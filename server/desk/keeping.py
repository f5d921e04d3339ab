"""Keeping cards true: those that are not are made anew from the ledgers, and put back for the next look.

What a session gave to the card before is kept beside it with how far its ledger went, so that only those are read
again that went on. Why a card that is put back can never be taken for true when it is not: `docs/adr/0013-cards.md`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from server import logs
from server.bodies import recorded
from server.care.caring import CareBook
from server.care.history import telling
from server.care.journals import JournalBook
from server.db import cards, errors, people, visits
from server.db.ledger import Ledgers
from server.db.store import Store
from server.db.vault import DataKey
from server.db.visits import LedgerHead
from server.db.writes import apply
from server.desk import card as one_card
from server.desk.card import Card
from server.desk.news import Item, News
from sessions.gist import ON_CARD, Gist, gist_of

log = structlog.get_logger()

#: Made anew together: their statements are shared, and nobody's Stop waits behind more than these.
CARDS_A_LOOK: Final = 25

_TELLING: Final = telling(ON_CARD)


class _Kept(Struct, frozen=True, array_like=True):
    """A session as it was when its ledger went as far as (epoch, seq)."""

    epoch: int
    seq: int
    gist: Gist


class _AllKept(Struct, frozen=True, array_like=True):
    format: int
    sessions: dict[str, _Kept]


_DECODER: Final = msgspec.msgpack.Decoder(_AllKept)
_ENCODER: Final = msgspec.msgpack.Encoder()


class Cards:
    """The cards of a clinic's patients, read and made."""

    def __init__(self, *, store: Store, ledgers: Ledgers, care: CareBook, journals: JournalBook, news: News) -> None:
        self._store, self._ledgers, self._care, self._journals = store, ledgers, care, journals
        self._news = news
        self._making: dict[str, asyncio.Task[None]] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            for task in self._making.values():
                task.cancel()
            await asyncio.gather(*self._making.values(), return_exceptions=True)

    def make_later(self, clinic_id: str, patient_ids: Sequence[str], *, told: str) -> None:
        """Behind somebody's back, once for each therapist at a time. Their open desk hears when it is done."""
        if told in self._making:
            return
        task = asyncio.create_task(self._made_later(clinic_id, patient_ids, told), name=f"cards {told}")
        self._making[told] = task
        task.add_done_callback(lambda _: self._making.pop(told, None))

    async def _made_later(self, clinic_id: str, patient_ids: Sequence[str], told: str) -> None:
        try:
            for first in range(0, len(patient_ids), CARDS_A_LOOK):
                await self.made(clinic_id, patient_ids[first : first + CARDS_A_LOOK])
                await asyncio.sleep(0)
        except Exception as error:  # noqa: BLE001 - nobody waits for this, and the next look tries again
            log.warning("cards.failed", error=type(error).__name__, where=logs.where(error))
        self._news.tell(told, Item(kind="changed"))

    async def of_therapist(self, clinic_id: str, therapist_id: str, *, most: int) -> tuple[dict[str, Card], list[str]]:
        """The cards of this caseload by patient, and who has none yet: at most `most` are made anew for one look.

        A patient who was erased is in neither.
        """
        async with self._store.reader() as tx:
            stored = await cards.of_therapist(tx, clinic_id, therapist_id)
        keys = await cards.keys_of(self._store.ring, clinic_id, (one.patient_id for one in stored))
        found: dict[str, Card] = {}
        missing = []
        for one in stored:
            key = keys.get(one.patient_id)
            if key is None:
                continue
            body = None if one.body is None else cards.unsealed(key, clinic_id, one.patient_id, one.body)
            card = None if body is None else one_card.decoded(body)
            if card is None:
                missing.append(one.patient_id)
            else:
                found[one.patient_id] = card
        for first in range(0, min(most, len(missing)), CARDS_A_LOOK):
            some = missing[first : first + CARDS_A_LOOK][: most - first]
            found |= await self.made(clinic_id, some)
        return found, missing[most:]

    async def made(self, clinic_id: str, patient_ids: Sequence[str]) -> dict[str, Card]:
        """Anew, and put back. Somebody who was erased meanwhile is left out."""
        keys = await cards.keys_of(self._store.ring, clinic_id, patient_ids)
        mine = [patient_id for patient_id in patient_ids if patient_id in keys]
        if not mine:
            return {}
        async with self._store.reader() as tx:
            # First of all: what happens from here on makes this card untrue again.
            moved = await cards.moved_of(tx, clinic_id, mine)
            kept = await cards.kept_of(tx, clinic_id, mine)
            named = await people.people(tx, clinic_id, mine)
            heads = await visits.heads_of_patients(tx, clinic_id, mine)
        gists = await self._gists(clinic_id, heads, {one: _decoded(kept.get(one)) for one in mine})
        care = await self._care.states(clinic_id, mine)
        journals = await self._journals.states(clinic_id, mine)
        found = {}
        for patient_id in mine:
            person = named.get(patient_id)
            if person is None or person.name is None:
                continue
            of_sessions = {session_id: one.gist for session_id, one in gists[patient_id].items()}
            found[patient_id] = one_card.card_of(person.name, care[patient_id], journals[patient_id], of_sessions)
        await self._put_back(clinic_id, found, keys=keys, moved=moved, gists=gists)
        return found

    async def _gists(
        self, clinic_id: str, heads: Mapping[str, Sequence[LedgerHead]], before: Mapping[str, Mapping[str, _Kept]]
    ) -> dict[str, dict[str, _Kept]]:
        """By patient and session: those that were kept, and anew those whose ledgers have gone on."""
        found: dict[str, dict[str, _Kept]] = {}
        unread = {}
        for patient_id, all_heads in heads.items():
            sessions = [head for head in all_heads if head.phase is not None][: one_card.SESSIONS_MOST]
            kept = before[patient_id]
            found[patient_id] = {}
            for head in sessions:
                known = kept.get(head.ledger_id)
                if known is not None and (known.epoch, known.seq) == (head.epoch, head.seq):
                    found[patient_id][head.ledger_id] = known
                else:
                    unread[head.ledger_id] = (patient_id, head)
        keys = {patient_id: await self._store.ring.keys_of(clinic_id, patient_id) for patient_id in heads}
        lines = await self._ledgers.events_of(
            clinic_id, {session_id: keys[patient_id] for session_id, (patient_id, _) in unread.items()}, having=_TELLING
        )
        for session_id, (patient_id, head) in unread.items():
            # A line that came since belongs to the next card, which will have to be made for it.
            rows = [row for row in lines[session_id] if row.seq <= head.seq]
            if not rows:
                # Each begins with a line that is looked for: where it is missing, this session was erased.
                continue
            gist = gist_of(recorded(row) for row in rows)
            found[patient_id][session_id] = _Kept(head.epoch, head.seq, gist)
        return found

    async def _put_back(
        self,
        clinic_id: str,
        found: Mapping[str, Card],
        *,
        keys: Mapping[str, DataKey],
        moved: Mapping[str, int],
        gists: Mapping[str, Mapping[str, _Kept]],
    ) -> None:
        writes = [
            cards.built_write(
                keys[patient_id],
                clinic_id=clinic_id,
                patient_id=patient_id,
                built=moved[patient_id],
                body=one_card.encoded(card),
                kept=_ENCODER.encode(_AllKept(one_card.FORMAT, dict(gists[patient_id]))),
            )
            for patient_id, card in sorted(found.items())
        ]
        # A disk that is full shuts nobody out of what can still be read: the next look makes them once more.
        with contextlib.suppress(errors.StorageError):
            async with self._store.write() as tx:
                await apply(tx.db, writes)


def _decoded(kept: bytes | None) -> Mapping[str, _Kept]:
    if kept is None:
        return {}
    try:
        known = _DECODER.decode(kept)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return {}
    return known.sessions if known.format == one_card.FORMAT else {}
