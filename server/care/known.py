"""What the rules over a history look at, read once: afterwards only the ledgers that have gone on are read again."""

from collections.abc import Callable

from msgspec import Struct

from server.bodies import recorded
from server.care.caring import CareBook
from server.care.heads import Heads
from server.care.history import TELLING_BYTES
from server.care.journals import JournalBook
from server.db.keyring import KeyRing
from server.db.ledger import Ledgers
from server.db.vault import PatientKeys
from server.db.visits import LedgerHead
from server.live.room import Room
from sessions.attempts import Told, attempts_of, told_by
from sessions.journal import Entry, JournalConcern
from sessions.thresholds import Thresholds

#: Epoch and line: how far a ledger went when it was read.
_At = tuple[int, int]


class Course(Struct, frozen=True):
    """Of one patient, as it is stored: what each session tells by its id, and the concerns of their journal."""

    told: dict[str, Told]
    thresholds: Thresholds
    raised: list[Entry]


class Known:
    """Of one patient. One statement says how far each of their ledgers goes; a look seldom needs another.

    A session whose room is open here is in memory already, with all that was stored through that room. What another
    node stored meanwhile is not: a room counts only where it has come as far as its ledger.
    """

    def __init__(
        self,
        clinic_id: str,
        patient_id: str,
        *,
        heads: Heads,
        ring: KeyRing,
        ledgers: Ledgers,
        care: CareBook,
        journals: JournalBook,
        room_of: Callable[[str], Room | None],
    ) -> None:
        #: Clinic and person.
        self.patient = (clinic_id, patient_id)
        self._heads, self._ledgers, self._care, self._journals = heads, ledgers, care, journals
        self._ring, self._room_of = ring, room_of
        self._told: dict[str, tuple[_At, Told]] = {}
        self._thresholds: tuple[_At | None, Thresholds] | None = None
        self._raised: tuple[_At | None, list[Entry]] = (None, [])

    async def course(self, *, most: int) -> Course | None:
        """Of the `most` newest sessions that began. None where there are none, or the record's key was destroyed.

        Ledgers are read after their heads, so what is kept for a head is never older than it; where it is newer, the
        next look reads it once more.
        """
        keys = await self._ring.keys_of(*self.patient)
        if keys.care is None:
            return None
        heads = await self._heads.of(*self.patient)
        begun = [head for head in heads if head.phase not in (None, "scheduled")][:most]
        if not begun:
            return None
        at = {head.kind: (head.epoch, head.seq) for head in heads if head.phase is None}
        return Course(
            told=await self._all_told(begun, keys),
            thresholds=await self._thresholds_at(at.get("care")),
            raised=await self._raised_at(at.get("journal")),
        )

    async def _thresholds_at(self, at: _At | None) -> Thresholds:
        if self._thresholds is None or self._thresholds[0] != at:
            self._thresholds = at, (await self._care.state(*self.patient)).thresholds
        return self._thresholds[1]

    async def _raised_at(self, at: _At | None) -> list[Entry]:
        """Of the journal nothing else is kept: what else stands there is for nobody's memory but the patient's."""
        if self._raised[0] != at:
            journal = await self._journals.state(*self.patient)
            self._raised = at, journal.of(JournalConcern)
        return self._raised[1]

    async def _all_told(self, begun: list[LedgerHead], keys: PatientKeys) -> dict[str, Told]:
        at = {head.ledger_id: (head.epoch, head.seq) for head in begun}
        here = {head.ledger_id: told for head in begun if (told := self._in_its_room(head)) is not None}
        kept = {one: known for one, known in self._told.items() if one not in here and known[0] == at.get(one)}
        unread = {one: keys for one in at if one not in here and one not in kept}
        if unread:
            lines = await self._ledgers.events_of(self.patient[0], unread, having=TELLING_BYTES)
            kept |= {one: (at[one], told_by(one, map(recorded, rows))) for one, rows in lines.items()}
        self._told = kept
        return {one: here[one] if one in here else kept[one][1] for one in at}

    def _in_its_room(self, head: LedgerHead) -> Told | None:
        room = self._room_of(head.ledger_id)
        if room is None or room.epoch != head.epoch or room.state.seq < head.seq:
            return None
        return Told(attempts_of(head.ledger_id, room.state), room.state.concerns)
