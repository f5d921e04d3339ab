"""A server that knows its own address answers to that name, as browsers write it, and to no other."""

from pathlib import Path

import pytest

from tests.live.house import House, copied


@pytest.mark.parametrize(
    ("public", "host", "status"),
    [
        ("https://ebb.example.org", "ebb.example.org", 200),
        ("https://ebb.example.org", "evil.example", 421),
        ("https://ebb.example.org", "ebb.example.org:8443", 421),
        ("https://ebb.example.org:8443", "ebb.example.org:8443", 200),
        ("http://ebb.example.org", "ebb.example.org", 200),
    ],
)
async def test_the_name_in_the_settings_is_the_one(
    tmp_path: Path, furnished: Path, public: str, host: str, status: int
):
    house = House(tmp_path / "house")
    house.cast = copied(furnished, tmp_path / "house")
    house._settings = house._settings.model_copy(update={"public_url": public})
    await house.open()
    try:
        async with house.browsing() as http, http.get("/sign-in", headers={"Host": host}) as answer:
            assert answer.status == status
    finally:
        await house.close()
