"""What a patient's rows lose by an erasure, all of it at once. The keys are destroyed by whoever tests that."""

from server.db import erasures
from server.db.store import Tx


async def erase(tx: Tx, clinic_id: str, patient_id: str, *, now_ms: int) -> None:
    await erasures.shut_out(tx, clinic_id, patient_id, now_ms=now_ms)
    await erasures.forget_personal(tx, clinic_id, patient_id)
    await erasures.forget_record(tx, clinic_id, patient_id, now_ms=now_ms)
