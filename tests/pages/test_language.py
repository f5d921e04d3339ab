"""Somebody chooses a language on this device, without a script and without signing in."""

import pytest

from tests.live.house import House
from tests.pages.reader import reading


async def test_a_chosen_language_holds_on_every_page_after_it(house: House):
    async with reading(house) as somebody:
        before = await somebody.opens("/sign-in")
        await somebody.sends("/language", {"language": "es"})
        after = await somebody.opens("/sign-in")

        assert '<html lang="en" dir="ltr">' in before.body
        assert '<html lang="es" dir="ltr"' in after.body
        assert 'value="es" lang="es" selected' in after.body


@pytest.mark.parametrize("language", ["xx", "", "../../etc/passwd", "ar-XB"])
async def test_a_language_that_is_not_offered_takes_the_choice_back(house: House, language: str):
    async with reading(house) as somebody:
        await somebody.sends("/language", {"language": "es"})
        await somebody.sends("/language", {"language": language})

        assert 'lang="en"' in (await somebody.opens("/sign-in")).body


async def test_whoever_is_signed_in_chooses_among_their_devices(house: House):
    async with reading(house, "patient") as patient:
        assert "Language on this device" in (await patient.opens("/account")).words


async def test_the_browsers_own_wish_counts_where_nobody_chose(house: House):
    async with reading(house) as somebody:
        somebody.headers["Accept-Language"] = "es-MX,es;q=0.9"
        assert 'lang="es"' in (await somebody.opens("/sign-in")).body


@pytest.mark.parametrize(
    "referer", ["https://evil.example/away", "//evil.example", "\\\\evil.example", "not an address", "https://["]
)
async def test_it_leads_back_to_a_page_of_our_own_and_nowhere_else(house: House, referer: str):
    async with reading(house) as somebody:
        somebody.headers["Referer"] = referer
        answer = await somebody.sends("/language", {"language": "es"})
        assert answer.path.startswith("/")
        assert "evil.example" not in answer.path
