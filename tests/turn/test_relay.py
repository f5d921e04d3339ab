"""Debian's coturn, started with the sample that operators are given: what Ebb's passwords open, and what stays shut."""

import re
import time
from ipaddress import ip_address

import pytest
from msgspec import structs

from server.turn import Relay, credential
from tests.coturn import SAMPLE, SECRET, Coturn
from tests.turn.stun import Client, Refused

#: What stands behind a relay of a clinic, or of a cloud, and is nobody's business outside.
BEHIND = (
    "0.0.0.1",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.2",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
)


def now_ms() -> int:
    """The relay has a clock of its own, which no test drives."""
    return int(time.time() * 1000)


def as_given(coturn: Coturn, relay: Relay | None = None, *, at_ms: int | None = None) -> Client:
    """A browser with what `call.joined` told it."""
    (server,), _ = (relay or coturn.relay).servers(now_ms() if at_ms is None else at_ms)
    return Client(coturn.port, username=server["username"], password=server["credential"])


def test_two_people_reach_each_other_through_the_relay(coturn: Coturn):
    with as_given(coturn) as one, as_given(coturn) as other:
        here, there = one.allocate(), other.allocate()
        one.permit("127.0.0.1")
        other.permit("127.0.0.1")

        one.send(there, b"Can you hear me?")

        assert other.receive() == (here, b"Can you hear me?")


def test_a_password_made_with_another_secret_opens_nothing(coturn: Coturn):
    guessed = structs.replace(coturn.relay, secret="f" * 32)
    with as_given(coturn, guessed) as client, pytest.raises(Refused) as refused:
        client.allocate()

    assert refused.value.code == 401


def test_a_password_has_an_end(coturn: Coturn):
    long_ago = now_ms() - coturn.relay.ttl_s * 1000 - 60_000
    with as_given(coturn, at_ms=long_ago) as client, pytest.raises(Refused) as refused:
        client.allocate()

    assert refused.value.code == 401


def test_its_end_cannot_be_moved(coturn: Coturn):
    (server,), _ = coturn.relay.servers(now_ms() - coturn.relay.ttl_s * 1000 - 60_000)
    later = f"{now_ms() // 1000 + 9_999}:{server['username'].partition(':')[2]}"
    with Client(coturn.port, username=later, password=server["credential"]) as client, pytest.raises(Refused) as no:
        client.allocate()

    assert no.value.code == 401
    assert credential(SECRET, later) != server["credential"]


@pytest.mark.parametrize("host", BEHIND)
def test_nobody_gets_through_it_into_the_network_it_stands_in(coturn: Coturn, host: str):
    with as_given(coturn) as client:
        client.allocate()
        with pytest.raises(Refused) as refused:
            client.permit(host)

    assert refused.value.code == 403


def test_an_address_of_the_world_is_let_through(coturn: Coturn):
    """What was refused above was refused for what it is. Nothing is sent to it."""
    with as_given(coturn) as client:
        client.allocate()
        client.permit("9.9.9.9")


def test_the_sample_denies_the_same_in_ipv6():
    ranges = [
        (ip_address(first), ip_address(last or first))
        for first, last in re.findall(
            r"^denied-peer-ip=([0-9a-f:.]+)(?:-([0-9a-f:.]+))?$", SAMPLE.read_text(), re.MULTILINE
        )
    ]

    assert len(ranges) >= 20
    for inside in ("::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"):
        address = ip_address(inside)
        assert any(
            first.version == address.version and int(first) <= int(address) <= int(last) for first, last in ranges
        ), inside


def test_the_sample_holds_no_secret_that_would_work():
    text = SAMPLE.read_text("utf-8")

    assert "static-auth-secret=REPLACE_WITH_EBB_TURN_SECRET" in text
    assert not re.search(r"^(user=|lt-cred-mech|no-auth|server-relay|allow-loopback-peers)", text, re.MULTILINE)
