"""How far the ledgers of patients go: one statement for all who ask while the one before is under way."""

from collections import defaultdict

from server.db import visits
from server.db.store import Store
from server.db.together import Together
from server.db.visits import LedgerHead

#: Of a statement. Each may have hundreds of sessions.
PATIENTS_A_LOOK = 50

_Patient = tuple[str, str]


class Heads:
    """What comes while one look is under way goes together into the next."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._together = Together(self._read)

    async def of(self, clinic_id: str, patient_id: str) -> list[LedgerHead]:
        """As they are at the earliest when they are asked for. Raises what the statement raised."""
        return await self._together.ask((clinic_id, patient_id))

    async def _read(self, patients: set[_Patient]) -> dict[_Patient, list[LedgerHead]]:
        by_clinic: dict[str, list[str]] = defaultdict(list)
        for clinic_id, patient_id in patients:
            by_clinic[clinic_id].append(patient_id)
        found: dict[_Patient, list[LedgerHead]] = {}
        async with self._store.reader() as tx:
            for clinic_id, patient_ids in by_clinic.items():
                for first in range(0, len(patient_ids), PATIENTS_A_LOOK):
                    some = patient_ids[first : first + PATIENTS_A_LOOK]
                    heads = await visits.heads_of_patients(tx, clinic_id, some)
                    found |= {(clinic_id, patient_id): of_one for patient_id, of_one in heads.items()}
        return found
