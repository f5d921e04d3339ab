"""Which passwords are taken: by length, and by what others would try first; nothing else is asked of anybody."""

import pytest

from server.accounts import passwords
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.steps import EMAIL

OWN = ("Noor Amari", "noor.amari@shore-practice.example", "Harbour Clinic")


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "PASSWORD!!!!2024",
        "P@ssw0rd1234",
        "iloveyouiloveyou",
        "123456789012",
        "098765432109",
        "qwertyuiopas",
        "abcdefghijklm",
        "1qaz2wsx3edc",
        "finalfantasy",
        "ＰＡＳＳＷＯＲＤ１２３４",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    said = passwords.problem(password, own=OWN)

    assert said is not None
    assert said.startswith("Many people use this password")


@pytest.mark.parametrize(
    "password", ["Harbour-Clinic-2024", "noor.amari.1985", "NoorAmari!!!!", "shore practice 1", "harbourharbour12"]
)
def test_names_that_others_know_are_no_password(password: str) -> None:
    said = passwords.problem(password, own=OWN)

    assert said is not None
    assert "a name that others know" in said
    assert passwords.problem(password, own=()) is None


@pytest.mark.parametrize(
    "password",
    [
        "four quiet words here",
        "noor amari drinks tea at noon",
        "zebras dance on a tuesday",
        "ünïcödé räßelt leise",
        "静かな海辺の朝に鳥が鳴く",
        "            a kite flew",
        "x7#" * 4 + "kJ",
        "a" * 100 + "bcd" + "e" * 97,
    ],
)
def test_any_characters_will_do_where_there_are_enough(password: str) -> None:
    assert passwords.problem(password, own=OWN) is None


@pytest.mark.parametrize(("password", "says"), [("a1b2c3d4e5f", "at least 12"), ("ab3" * 67, "at most 200")])
def test_length_is_what_counts(password: str, says: str) -> None:
    said = passwords.problem(password)

    assert said is not None
    assert says in said


async def test_the_pages_know_the_name_the_address_and_the_clinic(house: House) -> None:
    async with reading(house, "patient") as patient:
        for password in ("Harbour Clinic 1", "patient patient", EMAIL, "password1234"):
            refused = await patient.sends("/choose", {"way": "password", "email": EMAIL, "password": password})
            assert refused.status == 422, password
        taken = await patient.sends("/choose", {"way": "password", "email": EMAIL, "password": "four quiet words here"})

    assert taken.path == "/today"
