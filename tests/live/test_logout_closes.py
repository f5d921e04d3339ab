"""Whoever signs out, is signed out, or has lost the visit, loses the socket at once."""

from server import wiring
from server.live import protocol
from tests.live.visit import Visit


async def test_signing_out_closes_every_socket_of_that_login(visit: Visit):
    other_tab = await visit.house.come("patient")

    await visit.house.sign_out("patient")

    for talker in (visit.patient, other_tab):
        assert (await talker.until("bye"))["reason"] == "signed_out"
        assert await talker.closed() == protocol.SIGNED_OUT
    await visit.therapist.heard_so_far()


async def test_a_login_that_ended_is_not_heard_any_more(visit: Visit):
    async with visit.house.nothing_stored():
        visit.house.app[wiring.ROOMS].close_login(visit.house.cast.logins["patient"])
        await visit.patient.send("message.say", text="Too late")
        assert await visit.patient.closed() == protocol.SIGNED_OUT

    await visit.therapist.must("message.say", text="Are you there?")
    assert (await visit.house.told()).count("message.said") == 1


async def test_losing_the_visit_closes_the_sockets_of_that_person_alone(visit: Visit):
    visit.house.app[wiring.ROOMS].close_person(visit.house.cast.therapist, visit.house.cast.visit)

    assert (await visit.therapist.until("bye"))["reason"] == "no_longer_yours"
    assert await visit.therapist.closed() == protocol.NO_LONGER_YOURS
    await visit.patient.heard_so_far()
