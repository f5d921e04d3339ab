"""Long work of copies runs beside everything else, one thing at a time, and not too much of it waits."""

import asyncio
import threading
from functools import partial

import pytest

from server import languages
from server.exports import beside
from server.exports.beside import BESIDE
from tests.exports.taking import load, send
from tests.live.house import House
from tests.pages.records import eventful, keep

SPANISH = languages.Languages(["es"]).get("es")


async def test_the_server_answers_while_something_long_is_made(house: House) -> None:
    done = threading.Event()
    # On the event loop this would wait for itself for ever.
    making = asyncio.create_task(beside.run(lambda: done.wait(60)))
    try:
        answer = await load(house, "therapist", "/desk")
        assert answer.status == 200
        assert not making.done()
    finally:
        done.set()
    assert await making


async def test_one_thing_is_done_at_a_time_in_the_order_in_which_it_was_asked_for() -> None:
    order: list[tuple[str, int]] = []
    threads: set[int] = set()

    def work(number: int) -> int:
        threads.add(threading.get_ident())
        order.append(("begins", number))
        order.append(("ends", number))
        return number

    made = await asyncio.gather(*(beside.run(partial(work, number)) for number in range(5)))

    assert made == [0, 1, 2, 3, 4]
    assert order == [(what, number) for number in range(5) for what in ("begins", "ends")]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_it_is_done_in_the_language_of_whoever_asked() -> None:
    with languages.speaking(SPANISH):
        there = await beside.run(lambda: languages.current().code)

    assert there == "es"
    assert await beside.run(lambda: languages.current().code) == "en"


async def test_whoever_asks_while_too_much_waits_is_told_to_come_back_and_is_served_then(house: House) -> None:
    visit, done = await keep(house, eventful()), threading.Event()
    waiting = [asyncio.create_task(beside.run(lambda: done.wait(60))) for _ in range(beside.MOST)]
    try:
        await asyncio.sleep(0)
        assert BESIDE.waiting == beside.MOST
        refused = await send(house, "therapist", f"/sessions/{visit}/export", {"form": "pdf"})
    finally:
        done.set()
        await asyncio.gather(*waiting)
    served = await send(house, "therapist", f"/sessions/{visit}/export", {"form": "pdf"})

    assert (refused.status, refused.kind) == (503, "text/html")
    assert b"Many copies wait already." in refused.body
    assert (served.status, served.kind) == (200, "application/pdf")


async def test_what_goes_wrong_there_is_raised_here_and_the_next_is_done() -> None:
    def breaks() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        await beside.run(breaks)
    assert await beside.run(lambda: 3) == 3
    assert BESIDE.waiting == 0
