"""Whose patients somebody treats, as statements that go with a line of the care ledger."""

from typing import Final

from sqlalchemy import bindparam, text

from server.db.tables import CaseloadRow
from server.db.writes import Write, insert_or, table_of

_TABLE: Final = table_of(CaseloadRow)
#: Whose time ended in this very millisecond goes on: a patient who is treated by nobody is on nobody's desk.
_BEGIN: Final = insert_or(_TABLE, "(clinic_id, therapist_id, patient_id, since_ms) DO UPDATE SET until_ms = NULL")
_END: Final = text(
    "UPDATE caseload SET until_ms = :until_ms WHERE clinic_id = :clinic_id AND therapist_id = :therapist_id "
    "AND patient_id = :patient_id AND until_ms IS NULL"
).bindparams(
    *(bindparam(name, type_=_TABLE.c[name].type) for name in ("until_ms", "clinic_id", "therapist_id", "patient_id"))
)


def beginning(clinic_id: str, *, therapist_id: str, patient_id: str, now_ms: int) -> Write:
    """For somebody who does not treat this patient now; who does would stand there twice."""
    return Write(
        _BEGIN,
        {
            "clinic_id": clinic_id,
            "therapist_id": therapist_id,
            "patient_id": patient_id,
            "since_ms": now_ms,
            "until_ms": None,
        },
    )


def ending(clinic_id: str, *, therapist_id: str, patient_id: str, now_ms: int) -> Write:
    """That they treated this patient stays, with when it ended."""
    return Write(
        _END,
        {"clinic_id": clinic_id, "therapist_id": therapist_id, "patient_id": patient_id, "until_ms": now_ms},
    )
