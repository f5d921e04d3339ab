"""Signing out closes the sockets of that login at once, and a kill -9 right after does not open them again."""

import aiohttp
import pytest

from tests.faults.conftest import SQLITE_FIRST
from tests.faults.person import Gone, Person
from tests.faults.premises import Premises

SIGNED_OUT = 4401


@pytest.mark.parametrize("served", SQLITE_FIRST, indirect=True)
async def test_whoever_signed_out_is_out_also_after_a_power_cut(served: Premises):
    await served.furnish(1)
    await served.start()
    therapist, patient = (Person(seat, served.door, served.notes) for seat in served.seats(0, 1))
    other_tab = Person(patient.seat, served.door, served.notes)
    for person in (therapist, patient, other_tab):
        await person.come()

    headers = {"Origin": served.door.origin, "Sec-Fetch-Site": "same-origin", "Cookie": f"ebb={patient.seat.cookie}"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{served.door.origin}/sign-out", headers=headers, allow_redirects=False) as answer,
    ):
        assert answer.status in (200, 302, 303)
    served_out = (patient, other_tab)
    for person in served_out:
        await person.cut_off()
        assert person.close_code == SIGNED_OUT
    await therapist.heard_so_far()

    served.kill()
    await served.start()
    await therapist.come()
    for person in served_out:
        with pytest.raises(Gone, match="401"):
            await person.come()
    for person in (therapist, *served_out):
        await person.close()
