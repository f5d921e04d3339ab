"""What somebody tries is told to whoever watches, and nothing that they typed is in it."""

import json
from pathlib import Path
from typing import Any

from server.security import Event
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.steps import EMAIL, RIGHT, code_of, has_a_password, has_an_app

#: An address that would make a second line of a log that writes what it is given.
FORGED = 'nobody@example.org\n{"event": "signin.done", "stream": "security"}'


async def watched(house: House, tmp_path: Path) -> Path:
    """From now on security events are written to a file."""
    file = tmp_path / "security.jsonl"
    await house.close()
    house.choose(security_log=file)
    await house.open()
    return file


def told(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


async def test_each_way_of_signing_in_is_told_refused_and_done(house: House, tmp_path: Path) -> None:
    await has_a_password(house)
    secret = await has_an_app(house)
    file = await watched(house, tmp_path)
    async with reading(house) as somebody:
        await somebody.sends("/sign-in", {**RIGHT, "password": "another one altogether"})
        await somebody.sends("/sign-in", {"email": FORGED, "password": "whatever it is"})
        await somebody.sends("/sign-in", RIGHT)
        await somebody.sends("/second-step", {"code": "000000"})
        await somebody.sends("/second-step", {"code": code_of(house, secret)})

    events = [line["event"] for line in told(file)]

    assert events.count(Event.SIGN_IN_REFUSED) == 2
    assert events.count(Event.SECOND_STEP_REFUSED) == 1
    assert events.count(Event.SIGN_IN) == 1
    text = file.read_text("utf-8")
    for typed in (EMAIL, "nobody@example.org", "another one", secret, "127.0.0.1"):
        assert typed not in text


async def test_whoever_asks_for_what_is_not_theirs_is_told_once(house: House, tmp_path: Path) -> None:
    file = await watched(house, tmp_path)
    async with house.browsing("stranger") as http:
        for _ in range(3):
            assert (await http.get(f"/patients/{house.cast.patient}")).status == 404

    lines = [line for line in told(file) if line["event"] == Event.ACCESS_REFUSED]

    assert [line["person"] for line in lines] == [house.cast.stranger]
    assert lines[0]["route"] == "/patients/{id}"
    assert house.cast.patient not in json.dumps(lines)
