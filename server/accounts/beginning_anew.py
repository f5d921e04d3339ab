"""For somebody of the staff who lost everything: nothing that signed them in works any more, and a link lets them in.

It ends at once and not when the link is used: whoever has the lost phone in hand is not to have it until then.
"""

from aiohttp import web

from server import languages, wiring
from server.accounts import invitations, signing
from server.accounts.invitations import Fresh
from server.db import people, second_steps
from server.db.audit import What, append_audit
from server.db.logins import Purpose
from server.db.people import Person
from server.db.store import Tx
from server.notify.changes import Change


async def begin_anew(
    app: web.Application, person: Person, *, by: str | None = None, login_id: str | None = None
) -> Fresh:
    """Password, second step, recovery codes, links and logins end. `by` is None for whoever runs the server."""
    now_ms = app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].write() as tx:
        await people.set_password_hash(tx, person.clinic_id, person.id, password_hash=None)
        await second_steps.remove_all_of(tx, person.clinic_id, person.id)
        ended = await _signed_out(tx, person, now_ms=now_ms, by=by, login_id=login_id)
    signing.close(app, ended)
    app[wiring.CHANGES].tell(person, Change.BEGUN_ANEW, languages.current())
    return await invitations.invite(app, person, purpose=Purpose.ANEW)


async def sign_out_everywhere(app: web.Application, person: Person, *, by: str, login_id: str) -> int:
    """Every device of theirs, and links that are open. Returns how many devices it were."""
    now_ms = app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].write() as tx:
        ended = await _signed_out(tx, person, now_ms=now_ms, by=by, login_id=login_id)
    signing.close(app, ended)
    app[wiring.CHANGES].tell(person, Change.LOGINS_ENDED, languages.current())
    return len(ended)


async def _signed_out(tx: Tx, person: Person, *, now_ms: int, by: str | None, login_id: str | None) -> list[str]:
    ended = await signing.revoke_all(tx, person, now_ms=now_ms)
    await append_audit(
        tx,
        clinic_id=person.clinic_id,
        what=What.LOGIN_ENDED,
        now_ms=now_ms,
        person_id=by,
        subject_id=person.id,
        login_id=login_id,
    )
    return ended
