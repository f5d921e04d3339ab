"""Backups on a schedule: when one is taken, what is removed, and what is told where one is missing."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from server import wiring
from server.backups import schedule
from server.backups.files import KEYS, RECORDS, Head, Writer, counted
from server.backups.places import kept
from server.backups.schedule import AGAIN_MS, CUT_OFF_AFTER_MS, HOUR_MS, Schedule
from server.doctor import Found
from server.doctor_backups import examine_backups
from server.exports.sealed import SealedWriter
from server.security import Event
from server.settings import read_settings
from tests.conftest import BOTH
from tests.live.house import House

#: Time is turned on minute by minute, and everything else that looks each minute looks as well.
EVERY_H, KEEP = 1, 2
#: Of real time. A backup of so few rows takes a tenth of it, and on a busy machine as long as some of them.
A_MINUTE_S = 0.5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
async def clinic(premises: House, folder: Path) -> AsyncIterator[House]:
    """A house with a folder for backups, and a file for what is told of them."""
    premises.choose(
        backup_folder=folder, backup_every_h=EVERY_H, backup_keep=KEEP, security_log=premises.folder / "security.jsonl"
    )
    await premises.open()
    if not premises.furnished:
        await premises.clock.advance(5 * 60_000)
        assert made(folder) == [], "there is nothing to keep so far"
        await premises.settle_in()
    yield premises
    await premises.close()


def own(house: House, folder: Path) -> Schedule:
    """Another look at the same folder, as that of another node."""
    app = house.app
    return Schedule(
        schedule.House(
            settings=app[wiring.SETTINGS],
            database=app[wiring.DATABASE],
            keys=app[wiring.KEYS],
            clock=app[wiring.CLOCK],
            security=app[wiring.SECURITY],
            metrics=app[wiring.METRICS],
        ),
        folder,
    )


def told(house: House, *events: Event) -> list[dict[str, Any]]:
    file = house.folder / "security.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [line for line in lines if line["event"] in events]


def value(house: House, name: str) -> float | None:
    text = generate_latest(house.app[wiring.METRICS].registry).decode()
    found = [float(row.split()[1]) for row in text.splitlines() if row.startswith(f"{name} ")]
    return found[0] if found else None


def made(folder: Path) -> list[int]:
    """When the backups that lie there were taken, the newest first."""
    return [one.head.made_ms for one in kept(folder, RECORDS)]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def until_made(house: House, folder: Path, count: int) -> None:
    """Minute by minute, each of them long enough for a backup to be written: while one is, no hour may go by."""
    while True:
        await house.clock.advance(60_000)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(A_MINUTE_S):
                await house.until(lambda: len(told(house, Event.BACKUP_MADE)) >= count)
                return


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_one_is_taken_at_once_and_the_next_when_its_time_has_come(clinic: House, folder: Path):
    await until_made(clinic, folder, 1)
    (first,) = made(folder)
    await clinic.clock.advance(EVERY_H * HOUR_MS - 5 * 60_000)
    assert made(folder) == [first]
    await until_made(clinic, folder, 2)

    second, before = made(folder)
    assert before == first
    assert second - first >= EVERY_H * HOUR_MS
    for one in kept(folder, RECORDS):
        assert counted(one.path, clinic.app[wiring.KEYS].backup_key)["person"] > 0
        assert one.path.stat().st_mode & 0o077 == 0
    assert value(clinic, "ebb_backup_last_good_seconds") == second / 1000
    assert value(clinic, "ebb_backups_made_total") == 2
    assert told(clinic, Event.BACKUP_FAILED) == []


async def test_the_old_ones_go_after_a_new_one_and_no_sooner(
    clinic: House, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    for count in (1, 2):
        await until_made(clinic, folder, count)
        await clinic.clock.advance(EVERY_H * HOUR_MS - 5 * 60_000)
    second, first = made(folder)
    (folder / "notes.txt").write_text("somebody's own")
    there: list[list[int]] = []
    finish = Writer.finish

    def watched(self: Writer) -> dict[str, int]:
        there.append(made(folder))
        return finish(self)

    monkeypatch.setattr(Writer, "finish", watched)
    await until_made(clinic, folder, 3)

    assert there == [[second, first]]
    third, still = made(folder)
    assert (still, third > second) == (second, True)
    assert (folder / "notes.txt").exists()
    assert told(clinic, Event.BACKUP_MADE)[-1]["removed"] == 1


async def test_a_restart_takes_no_other_one_and_neither_does_another_node(clinic: House, folder: Path):
    await until_made(clinic, folder, 1)
    await clinic.restart()
    other = own(clinic, folder)
    for _ in range(3):
        await clinic.clock.advance(AGAIN_MS)
        await other.look()

    assert len(made(folder)) == 1
    await clinic.until(lambda: value(clinic, "ebb_backup_last_good_seconds") == made(folder)[0] / 1000)


@pytest.mark.parametrize("premises", ["postgresql"], indirect=True)
async def test_of_two_nodes_one_takes_it_and_the_other_when_that_one_is_gone(clinic: House, folder: Path):
    await until_made(clinic, folder, 1)
    other = clinic.neighbour()
    other.choose(backup_folder=folder, backup_every_h=EVERY_H, backup_keep=KEEP)
    await other.clock.advance(clinic.clock.now_ms() - other.clock.now_ms())
    await other.open()
    try:
        for node in (clinic, other):
            for _ in range(3):
                await node.clock.advance(AGAIN_MS)
        assert len(made(folder)) == 1
        await clinic.close()
        await other.keep_time_going(lambda: len(made(folder)) == 2)
    finally:
        await other.close()


class FullDisk:
    """Takes so many bytes and no more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most_bytes: int) -> None:
        self.left = most_bytes
        write = SealedWriter.write

        def full(writer: SealedWriter, data: bytes, /) -> int:
            self.left -= len(data)
            if self.left < 0:
                raise OSError(28, "No space left on device")
            return write(writer, data)

        monkeypatch.setattr(SealedWriter, "write", full)


async def test_a_failure_is_told_counted_and_tried_again_and_the_old_one_stays(
    clinic: House, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    await until_made(clinic, folder, 1)
    first = contents(folder)
    with monkeypatch.context() as patch:
        FullDisk(patch, len(next(iter(first.values()))) // 2)
        await clinic.clock.advance(EVERY_H * HOUR_MS)
        await clinic.keep_time_going(lambda: len(told(clinic, Event.BACKUP_FAILED)) >= 2)

        failures = told(clinic, Event.BACKUP_FAILED)
        assert {line["why"] for line in failures} == {"ENOSPC"}
        assert contents(folder) == first
        assert value(clinic, "ebb_backups_failed_total") == len(failures)
    await until_made(clinic, folder, 2)
    assert len(made(folder)) == 2


@pytest.mark.parametrize("trouble", ["no_folder", "beside_keys", "no_room"])
async def test_a_folder_that_cannot_be_used_is_told_by_server_and_doctor(
    clinic: House, folder: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
):
    await until_made(clinic, folder, 1)
    match trouble:
        case "no_folder":
            shutil.rmtree(folder)
        case "beside_keys":
            Writer(folder / "whatever.bin", Head(KEYS, "1", 1, "m" * 16), bytes(32)).finish()
        case _:
            for module in ("server.backups.schedule", "server.doctor_backups"):
                monkeypatch.setattr(f"{module}.LEFT_FREE_BYTES", 2**62)
    await clinic.clock.advance(EVERY_H * HOUR_MS)
    await clinic.keep_time_going(lambda: bool(told(clinic, Event.BACKUP_FAILED)))

    assert told(clinic, Event.BACKUP_FAILED)[0]["why"] == trouble
    words = {
        "no_folder": "There is no folder",
        "beside_keys": "A backup of the key ring lies in",
        "no_room": "no room for another backup",
    }
    assert words[trouble] in " ".join(examined(clinic).wrong)


def examined(house: House) -> Found:
    found = Found(fine=[], wrong=[])
    examine_backups(house.app[wiring.SETTINGS], found, now_ms=house.clock.now_ms())
    return found


async def test_the_doctor_says_how_old_the_newest_is(clinic: House, folder: Path):
    await until_made(clinic, folder, 1)
    fine = examined(clinic)
    newest = made(folder)[0]
    late = Found(fine=[], wrong=[])
    examine_backups(clinic.app[wiring.SETTINGS], late, now_ms=newest + 2 * EVERY_H * HOUR_MS)
    none = Found(fine=[], wrong=[])
    examine_backups(read_settings(data=clinic.folder), none, now_ms=newest)

    assert fine.wrong == []
    assert "The newest of 1 backups is 0 hours old" in " ".join(fine.fine)
    assert "is 2 hours old" in " ".join(late.wrong)
    assert "No backups are taken on a schedule" in " ".join(none.worth)


async def test_what_a_killed_server_left_is_swept_and_what_is_being_written_is_not(clinic: House, folder: Path):
    await until_made(clinic, folder, 1)
    then_ms = clinic.clock.now_ms() + EVERY_H * HOUR_MS
    parts = [f"{schedule.name_of(then_ms - age_ms)}.part" for age_ms in (CUT_OFF_AFTER_MS + HOUR_MS, HOUR_MS)]
    for part in parts:
        (folder / part).write_bytes(b"half")
    (folder / "ebb-of-somebody.backup.part").write_bytes(b"half")
    await clinic.clock.advance(EVERY_H * HOUR_MS)
    await until_made(clinic, folder, 2)

    left = {name for name in contents(folder) if name.endswith(".part")}
    assert left == {parts[1], "ebb-of-somebody.backup.part"}


async def test_what_was_taken_while_the_clock_ran_ahead_holds_nothing_up(clinic: House, folder: Path):
    await until_made(clinic, folder, 1)
    keys = clinic.app[wiring.KEYS]
    (first,) = made(folder)
    ahead = first + 400 * 24 * HOUR_MS
    for number in range(KEEP):
        head = Head(RECORDS, "0009", ahead + number, keys.backup_mark)
        Writer(folder / f"ahead{number}.backup", head, keys.backup_key).finish()
    await clinic.clock.advance(EVERY_H * HOUR_MS)
    await until_made(clinic, folder, 2)

    # The ones ahead are the first to go, since nobody knows when they were really taken.
    now = made(folder)
    assert len(now) == KEEP
    assert now[-1] == first
    assert max(now) < ahead


async def test_backups_of_another_installation_are_neither_counted_nor_removed(clinic: House, folder: Path):
    now_ms = clinic.clock.now_ms()
    for number in range(5):
        head = Head(RECORDS, "0009", now_ms - number, "another one's ma")
        Writer(folder / f"theirs{number}.backup", head, bytes(32)).finish()
    await until_made(clinic, folder, 1)

    assert len(made(folder)) == 6


async def test_a_server_that_ends_leaves_nothing_half(clinic: House, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """It does not wait for the rest either: reading back may take long."""
    await until_made(clinic, folder, 1)
    before = contents(folder)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def waits(*args: Any, **named: Any) -> Any:
        begun.set()
        await go_on.wait()

    monkeypatch.setattr("server.backups.taking._rows_of", waits)
    await clinic.clock.advance(EVERY_H * HOUR_MS)
    await clinic.keep_time_going(begun.is_set)
    assert len(contents(folder)) == len(before) + 1
    await clinic.close()

    assert contents(folder) == before


async def test_nothing_is_scheduled_where_nobody_asked_for_it(house: House):
    assert value(house, "ebb_backup_every_seconds") is None
