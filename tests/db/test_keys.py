"""One server key, and from it a key for each use."""

import stat
from pathlib import Path

import pytest

from server.keys import BadKey, Keys, ServerKey

KEYS = Keys(bytes(range(32)))
SERVER_KEY = ServerKey(bytes(range(32)))


def test_every_use_and_every_clinic_has_a_key_of_its_own() -> None:
    found = [
        SERVER_KEY.wrapping_key,
        KEYS.email_hash("same"),
        KEYS.token_hash("same"),
        KEYS.code_hash("same"),
        KEYS.attempt_hash("same"),
        *(key(clinic) for key in (KEYS.chain_key, KEYS.answer_key, KEYS.staff_key) for clinic in ("one", "two")),
    ]

    assert len(set(found)) == len(found)
    assert {len(key) for key in found} == {32}


def test_the_same_root_gives_the_same_keys() -> None:
    again = Keys(SERVER_KEY.as_root)

    assert again.chain_key("one") == KEYS.chain_key("one")
    assert again.email_hash("a@b.org") == KEYS.email_hash("a@b.org")
    assert Keys(bytes(32)).email_hash("a@b.org") != KEYS.email_hash("a@b.org")


def test_a_key_may_be_written_in_hexadecimal_or_base64() -> None:
    as_base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

    assert ServerKey.from_text(as_base64).wrapping_key == SERVER_KEY.wrapping_key
    assert ServerKey.from_text(as_base64 + "=\n").wrapping_key == SERVER_KEY.wrapping_key


@pytest.mark.parametrize("text", ["", "short", "zz" * 32, "00" * 31, "!" * 43])
def test_anything_else_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(BadKey) as refused:
        ServerKey.from_text(text)

    assert not text or text not in str(refused.value)


def test_addresses_and_codes_are_known_by_what_they_mean() -> None:
    assert KEYS.email_hash("Robin@Example.org ") == KEYS.email_hash("robin@example.org")
    assert KEYS.email_hash("robin@example.org") != KEYS.email_hash("robin+1@example.org")
    assert KEYS.code_hash("kelp-44 71") == KEYS.code_hash("KELP4471")
    assert KEYS.token_hash("Token") != KEYS.token_hash("token")


def test_a_key_that_is_made_can_be_read_by_its_owner_alone_and_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "var" / "server.key"

    made = ServerKey.made_in(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ServerKey.made_in(path).mark == made.mark
    assert ServerKey.from_file(path).wrapping_key == made.wrapping_key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused_until_they_cannot(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "server.key"
    ServerKey.made_in(path)
    path.chmod(mode)

    with pytest.raises(BadKey, match="chmod 600"):
        ServerKey.from_file(path)

    path.chmod(0o400)
    assert ServerKey.from_file(path).mark


def test_a_missing_key_is_not_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(BadKey):
        ServerKey.from_file(tmp_path / "server.key")

    assert list(tmp_path.iterdir()) == []


def test_two_server_keys_are_told_apart_by_marks_that_open_nothing() -> None:
    other = ServerKey(bytes(32))

    assert SERVER_KEY.mark != other.mark
    assert SERVER_KEY.mark not in (SERVER_KEY.wrapping_key.hex(), SERVER_KEY.as_root.hex())
    assert SERVER_KEY.as_root.hex() not in repr(SERVER_KEY)
