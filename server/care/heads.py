"""How far the ledgers of patients go: one statement for all who ask while the one before is under way."""

import asyncio
from collections import defaultdict

from server.db import visits
from server.db.store import Store
from server.db.visits import LedgerHead

#: Of a statement. Each may have hundreds of sessions.
PATIENTS_A_LOOK = 50

_Patient = tuple[str, str]


class _Asked:
    """Who is asked about together, and what came of it."""

    __slots__ = ("error", "found", "patients")

    def __init__(self) -> None:
        self.patients: set[_Patient] = set()
        self.found: dict[_Patient, list[LedgerHead]] | None = None
        self.error: Exception | None = None


class Heads:
    """As the writer stores, so this reads: what comes while it is busy goes together.

    On a server with many rooms a statement costs as much as ten commands, whatever it asks for.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next = _Asked()
        self._turn = asyncio.Lock()

    async def of(self, clinic_id: str, patient_id: str) -> list[LedgerHead]:
        """As they are at the earliest when they are asked for. Raises what the statement raised."""
        patient = (clinic_id, patient_id)
        while True:
            asked = self._next
            asked.patients.add(patient)
            async with self._turn:
                if asked is self._next:
                    # From here on others ask anew: what is stored meanwhile may be missing from this answer.
                    self._next = _Asked()
                    await self._read(asked)
            if asked.error is not None:
                raise asked.error
            if asked.found is not None:
                return asked.found[patient]
            # Whoever read for us was cancelled.

    async def _read(self, asked: _Asked) -> None:
        by_clinic: dict[str, list[str]] = defaultdict(list)
        for clinic_id, patient_id in asked.patients:
            by_clinic[clinic_id].append(patient_id)
        found: dict[_Patient, list[LedgerHead]] = {}
        try:
            async with self._store.reader() as tx:
                for clinic_id, patient_ids in by_clinic.items():
                    for first in range(0, len(patient_ids), PATIENTS_A_LOOK):
                        some = patient_ids[first : first + PATIENTS_A_LOOK]
                        heads = await visits.heads_of_patients(tx, clinic_id, some)
                        found |= {(clinic_id, patient_id): of_one for patient_id, of_one in heads.items()}
        except Exception as error:  # noqa: BLE001 - raised again, to each who asked
            asked.error = error
        else:
            asked.found = found
