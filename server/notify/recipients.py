"""In which language somebody is written to who is not the one who asks for it."""

from aiohttp import web

from server import wiring
from server.bodies import Erased
from server.db import errors, reminders
from server.languages import Language, current
from server.notify.reminders import decoded


async def language_of(app: web.Application, clinic_id: str, patient_id: str) -> Language:
    """What the patient chose while they were signed in, else that of their reminders, else the one spoken now.

    What a browser wishes for by itself is known to that browser alone.
    """
    try:
        chosen = (await app[wiring.JOURNALS].state(clinic_id, patient_id)).language
        if not chosen:
            async with app[wiring.STORE].reader() as tx:
                reminder = decoded(await reminders.reminder(tx, clinic_id, patient_id))
            chosen = "" if reminder is None else reminder.language
    except (Erased, errors.StorageError):
        chosen = ""
    return app[wiring.LANGUAGES].get(chosen) if chosen else current()
