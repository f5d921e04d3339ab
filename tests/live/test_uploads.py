"""What is sent in one piece: noise on the disk while it comes, whole in memory in turns, and nothing left of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

from server import uploads, wiring
from tests.live.house import House
from tests.pages.test_voice import WEBM, exercise, path

KIND = "audio/webm;codecs=opus"
LARGE = WEBM + bytes(range(256)) * 4_000


class Slow:
    """A body that comes when the test lets it."""

    def __init__(self, body: bytes) -> None:
        self._body, self.rest = body, asyncio.Event()

    async def __call__(self) -> AsyncIterator[bytes]:
        yield self._body[: len(self._body) // 2]
        await self.rest.wait()
        yield self._body[len(self._body) // 2 :]


async def send(house: House, body: object, *, step: int = 0) -> tuple[int, str]:
    headers = {"Origin": str(house.url.origin()), "Content-Type": KIND, "Ebb-Length-Ms": "4000"}
    async with (
        house.browsing("therapist") as http,
        http.post(f"{path(house)}/{step}?version={exercise(house).version}", data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def lying(house: House) -> list[Path]:
    return sorted(house.app[wiring.EXPORTS].folder.glob("*.upload"))


async def test_while_it_comes_it_lies_as_noise_on_the_disk_and_then_nothing_is_left(house: House):
    slow = Slow(LARGE)
    sending = asyncio.create_task(send(house, slow()))
    await house.until(lambda: bool(lying(house)) and lying(house)[0].stat().st_size > uploads.HEAD_BYTES)
    (file,) = lying(house)
    assert b"said quietly" not in file.read_bytes()
    assert bytes(range(200)) not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    slow.rest.set()
    status, told = await sending

    assert status == 200
    assert lying(house) == []
    async with house.browsing("therapist") as http, http.get(json.loads(told)["listen"]) as answer:
        assert await answer.read() == LARGE


async def test_one_person_has_some_on_their_way_and_no_more(house: House):
    slow = [Slow(WEBM + bytes(100_000)) for _ in range(uploads.AT_ONCE)]
    sending = [asyncio.create_task(send(house, one(), step=0)) for one in slow]
    await house.until(lambda: len(lying(house)) == uploads.AT_ONCE)
    refused, _ = await send(house, WEBM)
    for one in slow:
        one.rest.set()
    answers = await asyncio.gather(*sending)
    after, _ = await send(house, WEBM)

    assert refused == 429
    assert {status for status, _ in answers} == {200}
    assert after == 200
    assert lying(house) == []


async def test_what_is_no_recording_is_refused_before_the_rest_has_come(house: House):
    slow = Slow(b"<html>" + bytes(100_000))
    status, told = await send(house, slow())

    assert status == 415
    assert "phones cannot play" in told
    assert lying(house) == []


async def test_a_line_that_breaks_leaves_nothing(house: House):
    slow = Slow(LARGE)
    sending = asyncio.create_task(send(house, slow()))
    await house.until(lambda: bool(lying(house)))
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await house.until(lambda: lying(house) == [])

    assert (await send(house, WEBM))[0] == 200


async def test_so_many_are_whole_in_memory_at_a_time(house: House):
    """The store is busy: those that have come wait for their turn on the disk."""
    async with house.nothing_stored():
        sending = [asyncio.create_task(send(house, LARGE)) for _ in range(uploads.AT_ONCE)]
        # Who has a turn waits for none any more a moment before their file is gone.
        await house.until(lambda: waiting(house) == len(lying(house)) == uploads.AT_ONCE - uploads.TURNS)
    assert {status for status, _ in await asyncio.gather(*sending)} == {200}


def waiting(house: House) -> int:
    """For a turn; those that have it have been read, and their files are gone."""
    turns = house.app[wiring.UPLOADS]._turns
    return len([one for one in turns._waiters or () if not one.done()])
