"""Where the server key comes from, and what is said when it, or the key ring, is gone or is another one's."""

import os
import select
import shutil
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from server import key_source, wiring
from server.clock import ManualClock
from server.db import people
from server.db.keyring import KeyRing
from server.keys import BadKey, ServerKey
from server.settings import BadSettings, read_settings
from tests.live.house import House
from tests.live.talker import PATIENCE_S

FIRST, OTHER = ServerKey(bytes([7]) * 32), ServerKey(bytes([8]) * 32)
HEX = (bytes([7]) * 32).hex()
#: As `EBB_SERVER_KEY` it would be a placeholder.
LIVELY = bytes(range(32)).hex()


def prints(what: str, *, code: int = 0) -> str:
    return f"{sys.executable} -c \"print('{what}'); raise SystemExit({code})\""


async def greets(house: House) -> bool:
    """Hashes, staff keys, chains and patients' keys are what they were."""
    async with house.app[wiring.STORE].reader() as tx:
        patient = await people.person(tx, house.cast.clinic, house.cast.patient)
    return await knows_staff(house) and patient is not None and patient.name == "Patient" and bool(await house.told())


async def knows_staff(house: House) -> bool:
    """By their cookie, and by name."""
    async with house.browsing("owner") as http, http.get("/clinic") as answer:
        return answer.status == 200 and "Therapist" in await answer.text()


async def refused(house: House) -> str:
    with pytest.raises(BadKey) as told:
        await house.open()
    await house.close()
    return str(told.value)


# Where it comes from


@pytest.mark.parametrize("source", ["file", "variable", "command"])
async def test_the_same_key_opens_everything_wherever_it_comes_from(premises: House, tmp_path: Path, source: str):
    text = (premises.folder / "server.key").read_text().strip()
    (premises.folder / "server.key").rename(tmp_path / "elsewhere.key")
    premises.choose(
        **{
            "file": {"server_key_file": str(tmp_path / "elsewhere.key")},
            "variable": {"server_key": text},
            "command": {"server_key_command": f"cat {tmp_path / 'elsewhere.key'}"},
        }[source]
    )

    await premises.open()

    assert await greets(premises)
    assert not (premises.folder / "server.key").exists(), "none is made beside it"
    await premises.close()


def test_two_sources_at_once_are_told_with_everything_else_that_is_wrong(monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "EBB_SERVER_KEY": LIVELY,
        "EBB_SERVER_KEY_FILE": "/etc/ebb.key",
        "EBB_SERVER_KEY_COMMAND": "vault read ebb",
        "EBB_PORT": "99999",
    }.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(BadSettings) as told:
        read_settings()

    lines = str(told.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["EBB_PORT", "EBB_SERVER_KEY_FILE", "EBB_SERVER_KEY_COMMAND"]
    assert "the server key comes from one place" in lines[1]
    assert LIVELY not in str(told.value)
    for name in ("EBB_SERVER_KEY", "EBB_SERVER_KEY_COMMAND", "EBB_PORT"):
        monkeypatch.delenv(name)
    assert read_settings().key_file == Path("/etc/ebb.key")


def test_a_command_with_an_open_quotation_mark_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EBB_SERVER_KEY_COMMAND", "vault 'read ebb")

    with pytest.raises(BadSettings, match="quotation mark"):
        read_settings()


def test_what_a_command_prints_is_the_key():
    assert key_source.from_command(prints(HEX)).mark == FIRST.mark


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (prints(HEX, code=3), "ended with 3"),
        (prints("hush hush"), "something else than"),
        (prints(HEX) + " | cat", "something else than|ended with"),
        ("/nowhere/at-all", "could not be started"),
        (" ", "could not be started"),
    ],
)
def test_a_command_that_gives_no_key_is_told_in_one_sentence_without_what_it_printed(command: str, told: str):
    if "| cat" in command:
        # A shell would have piped; here it is one more word, which `print` never sees.
        command = f"echo {HEX} | cat"
    with pytest.raises(BadKey, match=told) as said:
        key_source.from_command(command)

    assert HEX not in str(said.value)
    assert "hush" not in str(said.value)


def test_a_command_that_never_ends_is_ended_with_all_that_it_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(key_source, "COMMAND_SECONDS", 0.5)
    pids = tmp_path / "pids"
    script = f"echo $$ >> {pids}; (echo $BASHPID >> {pids}; exec sleep 600) & sleep 600"

    with pytest.raises(BadKey, match="took longer"):
        key_source.from_command(f"bash -c '{script}'")

    for pid in pids.read_text().split():
        assert _ends(int(pid)), "nothing of it goes on"


def _ends(pid: int) -> bool:
    """Waits for it. What has ended already is nowhere to be found."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], PATIENCE_S)[0])
    finally:
        os.close(process)


async def test_a_key_that_others_can_read_is_refused_at_the_start(premises: House):
    (premises.folder / "server.key").chmod(0o644)

    assert "Others can read" in await refused(premises)

    (premises.folder / "server.key").chmod(0o600)
    await premises.open()
    assert await greets(premises)
    await premises.close()


async def test_what_a_first_start_makes_is_closed_to_others(tmp_path: Path):
    house = House(tmp_path / "new")
    await house.open()
    await house.close()

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    for name in ("server.key", "keys.db"):
        assert stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) == 0o600


# What is gone


async def test_a_lost_server_key_is_said_and_none_is_made_in_its_place(premises: House, tmp_path: Path):
    (premises.folder / "server.key").rename(tmp_path / "copy.key")

    said = await refused(premises)

    assert "There is no server key" in said
    assert "Put the key back from its copy" in said
    assert not (premises.folder / "server.key").exists(), "a new one would open nothing, and look as if it were the one"
    shutil.copy(tmp_path / "copy.key", premises.folder / "server.key")
    await premises.open()
    assert await greets(premises)
    await premises.close()


async def test_another_server_key_is_told_by_its_mark(premises: House):
    needed = ServerKey.from_file(premises.folder / "server.key").mark
    premises.choose(server_key=LIVELY)

    said = await refused(premises)

    assert needed in said
    assert ServerKey.from_text(LIVELY).mark in said
    assert LIVELY not in said


async def test_a_lost_key_ring_is_said_and_no_new_one_takes_its_place(premises: House, tmp_path: Path):
    (premises.folder / "keys.db").rename(tmp_path / "keys.db")

    for _ in range(2):
        assert "Put the key ring back" in await refused(premises)

    shutil.copy(tmp_path / "keys.db", premises.folder / "keys.db")
    await premises.open()
    assert await greets(premises)
    await premises.close()


def move_database(folder: Path, to: Path | None) -> None:
    for path in folder.glob("ebb.db*"):
        if to is None:
            path.unlink()
        else:
            path.rename(to / path.name)


async def test_a_lost_database_beside_its_keys_is_an_empty_clinic_and_harms_no_key(premises: House, tmp_path: Path):
    before = (premises.folder / "keys.db").read_bytes()
    move_database(premises.folder, tmp_path)
    await premises.open()
    await premises.close()
    move_database(premises.folder, None)
    move_database(tmp_path, premises.folder)

    await premises.open()

    assert await greets(premises)
    await premises.close()
    assert (premises.folder / "keys.db").read_bytes() == before


async def test_a_ring_altered_where_its_root_is_says_so(premises: House):
    with closing(sqlite3.connect(premises.folder / "keys.db")) as ring, ring:
        ring.execute("UPDATE server_key SET root = zeroblob(60)")

    assert "was altered" in await refused(premises)


# Installations from before the key ring held a root secret


async def as_it_was_before(folder: Path, *, patients: bool) -> House:
    """An installation of which everything derives from the server key itself."""
    key = ServerKey.made_in(folder / "server.key")

    async def founding(_: bool) -> bytes:
        return key.as_root

    ring = await KeyRing.open(
        str(folder / "keys.db"), wrapping_key=key.wrapping_key, clock=ManualClock(), founding=founding
    )
    await ring.close()
    house = House(folder)
    await house.open()
    await house.settle_in()
    await house.close()
    with closing(sqlite3.connect(folder / "keys.db")) as db, db:
        db.execute("DROP TABLE server_key")
        db.execute("ALTER TABLE data_key DROP COLUMN server_key")
        if not patients:
            db.execute("DELETE FROM data_key")
    return house


@pytest.mark.parametrize("patients", [True, False], ids=["with patients", "all patients erased"])
async def test_an_older_installation_is_taken_over_as_it_is(tmp_path: Path, patients: bool):
    house = await as_it_was_before(tmp_path / "old", patients=patients)

    for _ in range(2):
        await house.open()
        assert await (greets if patients else knows_staff)(house)
        await house.close()


@pytest.mark.parametrize("patients", [True, False], ids=["with patients", "all patients erased"])
async def test_an_older_installation_takes_no_other_server_key(tmp_path: Path, patients: bool):
    house = await as_it_was_before(tmp_path / "old", patients=patients)
    key = (tmp_path / "old" / "server.key").read_bytes()
    (tmp_path / "old" / "server.key").write_text(os.urandom(32).hex())

    assert "o record can be read" in await refused(house)

    (tmp_path / "old" / "server.key").write_bytes(key)
    await house.open()
    assert await (greets if patients else knows_staff)(house)
    await house.close()
