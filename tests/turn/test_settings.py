"""Settings of the relay: what is wrong is said in words, and what is right reaches the browser."""

from pathlib import Path

import pytest

from server.doctor import examine
from server.settings import BadSettings, read_settings
from server.turn import NO_RELAY, Relay, credential

SECRET = "0123456789abcdef0123456789abcdef"
URLS = "turn:turn.example.org:3478 turns:turn.example.org:5349?transport=tcp"
NOW_MS = 1_750_000_000_500


def test_without_settings_there_is_no_relay_and_nobody_elses_either():
    relay = Relay.of(read_settings())

    assert relay == NO_RELAY
    assert relay.servers(NOW_MS) == ([], None)


def test_a_browser_gets_the_addresses_and_a_password_of_its_own():
    relay = Relay.of(read_settings(turn_urls=URLS, turn_secret=SECRET, turn_ttl_s=600))

    (one,), until_ms = relay.servers(NOW_MS)
    (other,), _ = relay.servers(NOW_MS)

    assert one["urls"] == URLS.split()
    assert until_ms == 1_750_000_600_000
    assert one["username"].startswith("1750000600:")
    assert one["credential"] == credential(SECRET, one["username"])
    assert one["username"] != other["username"], "a name that stays would tell the relay who meets whom again"


def test_the_password_is_what_coturn_computes():
    """Beside openssl: printf 1433895918:mybrowser | openssl dgst -sha1 -hmac north -binary | base64"""
    assert credential("north", "1433895918:mybrowser") == "sNs1beE0ybvTv+6NX4JTsmGBMeg="


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"turn_secret": SECRET}, "EBB_TURN_URLS: is needed beside EBB_TURN_SECRET"),
        ({"turn_urls": URLS}, "EBB_TURN_SECRET: is needed beside EBB_TURN_URLS"),
        ({"turn_relay_only": True}, "EBB_TURN_RELAY_ONLY: needs EBB_TURN_URLS"),
        ({"turn_urls": URLS, "turn_secret": "changeme"}, "EBB_TURN_SECRET: is a placeholder"),
        ({"turn_urls": URLS, "turn_secret": "a" * 40}, "EBB_TURN_SECRET: is a placeholder"),
        ({"turn_urls": URLS, "turn_secret": "0123456789abcdef"}, "EBB_TURN_SECRET: needs 32 characters"),
        ({"turn_urls": "stun:stun.example.org", "turn_secret": SECRET}, "EBB_TURN_URLS: takes turn: and turns:"),
        ({"turn_urls": "https://turn.example.org", "turn_secret": SECRET}, "EBB_TURN_URLS: needs addresses"),
        ({"turn_urls": "turn:turn.example.org:3478/", "turn_secret": SECRET}, "EBB_TURN_URLS: needs addresses"),
        ({"turn_urls": "turn:a.example,turn:b.example", "turn_secret": SECRET}, "EBB_TURN_URLS: needs addresses"),
        ({"turn_urls": URLS, "turn_secret": SECRET, "turn_ttl_s": 5}, "EBB_TURN_TTL_S"),
        ({"turn_urls": URLS, "turn_secret": SECRET, "turn_ttl_s": 10**7}, "EBB_TURN_TTL_S"),
    ],
)
def test_what_does_not_fit_is_said_in_words_and_without_the_secret(chosen: dict[str, object], said: str):
    with pytest.raises(BadSettings) as wrong:
        read_settings(**chosen)

    assert said in str(wrong.value)
    assert SECRET not in str(wrong.value)


def test_the_secret_is_not_in_what_settings_show():
    assert SECRET not in repr(read_settings(turn_urls=URLS, turn_secret=SECRET))


@pytest.mark.parametrize(
    "urls", ["turn:192.0.2.1", "turn:[2001:db8::1]:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"]
)
def test_addresses_of_all_kinds_are_taken(urls: str):
    assert read_settings(turn_urls=urls, turn_secret=SECRET).turn_addresses == (urls,)


async def test_the_doctor_says_that_there_is_no_relay_and_finds_nothing_wrong_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    library = Path(__file__).parents[2] / "exercises" / "library"
    monkeypatch.setenv("EBB_DATA", str(tmp_path))
    monkeypatch.setenv("EBB_PUBLIC_URL", "http://127.0.0.1:8420")
    without = await examine(library)
    monkeypatch.setenv("EBB_TURN_URLS", URLS)
    monkeypatch.setenv("EBB_TURN_SECRET", SECRET)
    monkeypatch.setenv("EBB_TURN_RELAY_ONLY", "true")
    relayed = await examine(library)

    assert without.wrong == relayed.wrong == []
    assert any("No relay for voice" in line for line in without.worth)
    assert not any("relay" in line for line in relayed.worth)
    assert any("relay alone" in line for line in relayed.fine)
