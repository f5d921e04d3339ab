"""Carrying a clinic's safety thresholds into the care of each of its patients."""

import structlog
from aiohttp import web

from server import wiring
from server.care.caring import Held
from server.db import people
from server.db.errors import StorageError
from server.db.people import Role
from sessions.care import SetThresholds
from sessions.people import SYSTEM
from sessions.thresholds import Thresholds

log = structlog.get_logger()


async def carry(app: web.Application, clinic_id: str, thresholds: Thresholds) -> int:
    """For how many patients it did not work. Doing it again does it for those alone: the others have them already.

    They stand in each patient's care ledger, since a session is decided by what its own ledger says, and stays
    decided so when the clinic changes its mind.
    """
    async with app[wiring.STORE].reader() as tx:
        patients = await people.people_of_clinic(tx, clinic_id, roles=(Role.PATIENT,))
    missed = 0
    for patient in patients:
        try:
            await app[wiring.CARE].change(clinic_id, patient.id, SetThresholds(thresholds), actor=SYSTEM)
        except (StorageError, Held) as error:
            # An erased record has nothing left to decide about; any other can be tried again.
            missed += patient.name is not None
            log.warning("thresholds.missed", patient=patient.id, error=type(error).__name__)
    return missed
