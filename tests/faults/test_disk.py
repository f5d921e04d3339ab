"""The disk is full under load: refused in words, nothing told that is not stored but Stop, all well with space."""

import asyncio
import random
import signal
from collections.abc import Callable

import psutil
import pytest

from tests.faults.crowd import Crowd
from tests.faults.person import PATIENCE_S, Person, Reply
from tests.faults.premises import Premises
from tests.faults.reporting import SEED
from tests.faults.scripts import breathing
from tests.faults.subject import FULL, SPACE

PAIRS = 3
LONG = "It is warm and quiet here. " * 70


class Disk:
    """`max_page_count` of the server's own connection, by way of `tests.faults.subject`."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        premises.disk = True

    async def fill(self) -> None:
        await self._tell(FULL)

    async def make_space(self) -> None:
        await self._tell(SPACE)

    async def _tell(self, number: signal.Signals) -> None:
        word = number.name
        before = self._premises.told().count(f"disk: {word}")
        self._premises.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            while self._premises.told().count(f"disk: {word}") == before:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.01)


class Quota:
    """The system itself refuses: no file of this process grows beyond what the write-ahead log has now (EFBIG)."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises

    async def fill(self) -> None:
        log = self._premises.data / "ebb.db-wal"
        self._limit(log.stat().st_size)

    async def make_space(self) -> None:
        self._limit(psutil.RLIM_INFINITY)

    def _limit(self, size_bytes: int) -> None:
        process = psutil.Process(self._premises.process.pid)
        _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (size_bytes, hard))


WAYS = [pytest.param(Disk, id="max_page_count"), pytest.param(Quota, id="EFBIG", marks=pytest.mark.long)]


@pytest.mark.parametrize("way", WAYS)
async def test_a_full_disk_under_load(served: Premises, way: Callable[[Premises], Disk | Quota]):
    disk = way(served)
    await served.furnish(PAIRS + 1)
    await served.start()
    therapist, patient = (Person(seat, served.door, served.notes) for seat in served.seats(PAIRS, 1))
    await breathing(therapist, patient)
    async with Crowd(served.seats(0, PAIRS), served.door, served.notes, chance=random.Random(SEED)) as crowd:
        await crowd.until_acknowledged(PAIRS * 4)
        await disk.fill()
        refused, text = await _until_refused(patient)
        assert (refused.code, refused.retry_ms > 0) == ("unavailable", True)
        assert "not be stored" in refused.message
        seen, pacer = therapist.seq, therapist.view["pacer"]

        stop = await patient.say("session.stop")

        assert stop.code == "unavailable"
        assert "stopped" in stop.message
        await therapist.until(lambda: therapist.halts == 1)
        await therapist.heard_so_far()
        assert therapist.seq == seen, "nothing is told that is not stored"
        assert (therapist.view["pacer"], therapist.view["stopped"]) == (pacer, None)
        crowd.flush()
        assert (await served.check()).findings == [], "what was told meanwhile is stored"

        await disk.make_space()

        # The server stores it by itself.
        await patient.until(lambda: stop.id not in patient.unanswered)
        await therapist.until(lambda: therapist.view["stopped"] is not None)
        assert (await patient.say("message.say", id=refused.id, text=text)).code == "done"
        await crowd.until_acknowledged(PAIRS * 4)
        await crowd.settle()
    for person in (therapist, patient):
        await person.finish()
        await person.close()
    assert (await served.check(final=True)).findings == []


@pytest.mark.long
async def test_a_power_cut_while_the_disk_is_full(served: Premises):
    disk = Disk(served)
    await served.furnish(PAIRS)
    await served.start()
    async with Crowd(served.seats(0, PAIRS), served.door, served.notes, chance=random.Random(SEED)) as crowd:
        await crowd.until_acknowledged(PAIRS * 4)
        await disk.fill()
        await crowd.until_refused(PAIRS)
        served.kill()
        served.door.open.clear()
        await crowd.cut_off()
        assert (await served.check()).findings == []
        await served.start()
        served.door.open.set()
        await crowd.until_acknowledged(PAIRS * 4)
        await crowd.settle()
    assert (await served.check(final=True)).findings == []


async def _until_refused(person: Person) -> tuple[Reply, str]:
    """Say things until there is no room for the shortest, and then what has no words at all until there is none for
    that either. The last of the words, and what they were told.

    What is short still fits into a page that is there, and so would a Stop.
    """
    reply, text = Reply("", ""), ""
    for length in (1_900, 400, 60, 8):
        for number in range(100):
            text = f"{length} {number} {LONG}"[:length]
            reply = await person.say("message.say", text=text)
            if reply.code == "unavailable":
                break
            await asyncio.sleep(reply.retry_ms / 1000)
        else:
            raise AssertionError("a disk without an end")
    for kind in ("activity.pause", "activity.resume") * 50:
        short = await person.say(kind)
        if short.code == "unavailable":
            return reply, text
        await asyncio.sleep(short.retry_ms / 1000)
    raise AssertionError("a disk without an end")
