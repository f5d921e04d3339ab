"""What is sealed opens only as what it was sealed as."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.db.errors import Unreadable
from server.db.vault import DataKey, KeyKind, PatientKeys, kind_of, seal, unseal

KEY = DataKey(bytes(range(32)), KeyKind.CARE)


@given(st.binary(max_size=500), st.text(max_size=20), st.text(max_size=20))
def test_what_was_sealed_comes_back(plaintext: bytes, purpose: str, row: str) -> None:
    assert unseal(KEY, seal(KEY, plaintext, purpose=purpose, row=row), purpose=purpose, row=row) == plaintext


@given(st.data())
def test_one_changed_bit_makes_it_unreadable(data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, b"a private thing", purpose="event", row="1"))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8

    with pytest.raises(Unreadable):
        unseal(KEY, bytes(sealed), purpose="event", row="1")


@given(st.integers(0, 44))
def test_a_part_of_it_is_unreadable(length: int) -> None:
    sealed = seal(KEY, b"a private thing", purpose="event", row="1")

    with pytest.raises(Unreadable):
        unseal(KEY, sealed[:length], purpose="event", row="1")


@pytest.mark.parametrize(("purpose", "row"), [("card", "1"), ("event", "2"), ("", "event\0001")])
def test_another_row_or_purpose_does_not_open_it(purpose: str, row: str) -> None:
    sealed = seal(KEY, b"a private thing", purpose="event", row="1")

    with pytest.raises(Unreadable):
        unseal(KEY, sealed, purpose=purpose, row=row)


@pytest.mark.parametrize("other", [DataKey(bytes(32), KeyKind.CARE), DataKey(bytes(range(32)), KeyKind.PERSONAL)])
def test_another_key_does_not_open_it(other: DataKey) -> None:
    with pytest.raises(Unreadable):
        unseal(other, seal(KEY, b"a private thing", purpose="event", row="1"), purpose="event", row="1")


def test_the_same_thing_sealed_twice_looks_different() -> None:
    assert seal(KEY, b"x", purpose="event", row="1") != seal(KEY, b"x", purpose="event", row="1")


def test_the_seal_tells_which_kind_of_key_opens_it() -> None:
    assert kind_of(seal(KEY, b"x", purpose="event", row="1")) is KeyKind.CARE
    for strange in (b"", b"\x01", b"\x09\x01rest", b"\x01\x09rest"):
        with pytest.raises(Unreadable):
            kind_of(strange)


def test_a_key_that_was_destroyed_cannot_be_asked_for() -> None:
    keys = PatientKeys(care=KEY, personal=None)

    assert keys.of(KeyKind.CARE) is KEY
    with pytest.raises(Unreadable):
        keys.of(KeyKind.PERSONAL)


def test_a_key_is_neither_printed_nor_pickled() -> None:
    assert repr(KEY) == "<DataKey care>"
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
