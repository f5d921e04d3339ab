"""Who takes part in voice, as a value: no socket and no clock is needed for it."""

import pytest

from server.live.call import AWAY_MS, PEOPLE_MAX, Call, Part, allow, expired, join, leave, lost, without
from sessions.people import Refused, Role

NOW_MS = 1_000_000.0


def part(person: str, role: Role = Role.THERAPIST, *, peer: str = "", key: str = "") -> Part:
    return Part(
        person=person,
        role=role,
        peer=peer or f"peer {person}",
        key=key or f"key {person}",
        microphone=True,
        camera=False,
    )


def of(*parts: Part) -> Call:
    call = Call()
    for one in parts:
        call, _ = join(call, one, take=False)
    return call


PATIENT, FRIEND = part("p", Role.PATIENT), part("f", Role.SUPPORT)
THREE = of(PATIENT, part("t"), FRIEND)


def test_four_take_part_and_a_fifth_does_not():
    full = of(PATIENT, part("t"), FRIEND, part("u"))
    assert len(full.parts) == PEOPLE_MAX

    with pytest.raises(Refused, match="not_now"):
        join(full, part("v"), take=True)


def test_one_support_person_at_a_time():
    with pytest.raises(Refused, match="not_now"):
        join(THREE, part("g", Role.SUPPORT), take=False)

    join(leave(THREE, "f", FRIEND.peer), part("g", Role.SUPPORT), take=False)


def test_both_of_two_therapists_need_not_allow_it_but_the_patient_must():
    call = allow(of(PATIENT, part("t"), part("u"), FRIEND), "t", Role.THERAPIST, "f", speak=True)
    call = allow(call, "u", Role.THERAPIST, "f", speak=True)
    assert not call.speaks(FRIEND)

    call = allow(call, "p", Role.PATIENT, "f", speak=True)
    assert call.speaks(FRIEND)
    assert call.speaks(FRIEND) == without(call, {"u"}).speaks(FRIEND)
    assert not without(call, {"u", "t"}).speaks(FRIEND)


def test_whoever_takes_part_anew_is_not_allowed_to_speak_by_what_was_said_before():
    call = allow(allow(THREE, "t", Role.THERAPIST, "f", speak=True), "p", Role.PATIENT, "f", speak=True)

    back, _ = join(leave(call, "f", FRIEND.peer), FRIEND, take=False)

    assert call.speaks(FRIEND)
    assert not back.speaks(FRIEND)


def test_what_is_allowed_outlives_a_socket_but_not_a_place():
    call = allow(allow(THREE, "t", Role.THERAPIST, "f", speak=True), "p", Role.PATIENT, "f", speak=True)

    gone = lost(call, "key p", NOW_MS)

    assert expired(gone, NOW_MS + AWAY_MS - 1).speaks(FRIEND)
    assert not expired(gone, NOW_MS + AWAY_MS).speaks(FRIEND)
    assert gone.next_ms == NOW_MS + AWAY_MS


def test_patient_and_therapist_always_speak():
    assert all(THREE.speaks(one) for one in THREE.parts if one.role is not Role.SUPPORT)
