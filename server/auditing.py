"""What a request did, noted in the audit with who asked and on which device.

Looking at a patient's things is noted at the door (`server/accounts/access.py`) and needs no call of anybody's. This
is for what somebody did: a copy, a second step, a key, an erasure.
"""

from aiohttp import web

from server import wiring
from server.accounts import access
from server.db.audit import What, append_audit
from server.db.store import Tx


async def noted(request: web.Request, what: What, *, subject_id: str | None) -> None:
    """Stored when this returns. `subject_id` is the person whom it concerns: for a patient's things, the patient.

    Raises StorageError where it cannot be stored: then let whatever it is about not happen.
    """
    async with request.app[wiring.STORE].write() as tx:
        await noted_in(tx, request, what, subject_id=subject_id)


async def noted_in(
    tx: Tx, request: web.Request, what: What, *, subject_id: str | None, now_ms: int | None = None
) -> None:
    """The same as part of a transaction that makes the change itself: both are stored, or neither.

    `now_ms` where something else of the same moment is found by it again.
    """
    login = await access.login_of(request)
    assert login is not None, "whoever does something is signed in"
    await append_audit(
        tx,
        clinic_id=login.clinic_id,
        what=what,
        now_ms=request.app[wiring.CLOCK].now_ms() if now_ms is None else now_ms,
        person_id=login.person.id,
        subject_id=subject_id,
        login_id=login.id,
    )
