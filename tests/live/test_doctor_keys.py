"""What `ebb doctor` says of keys: which are missing or do not fit, who else can read them, what lies beside what."""

import shutil
from pathlib import Path

import pytest

from server import wiring
from server.db.keyring import KeyRing
from server.db.rotating import rotate
from server.doctor import Found
from server.doctor_keys import examine_keys
from server.keys import ServerKey
from server.settings import read_settings
from tests.live.house import House


async def examined(folder: Path, **settings: str) -> Found:
    found = Found(fine=[], wrong=[])
    await examine_keys(read_settings(data=folder, **settings), found)
    return found


@pytest.fixture
def folder(premises: House) -> Path:
    return premises.folder


async def test_all_is_well_and_what_lies_in_one_folder_is_worth_knowing(folder: Path):
    found = await examined(folder)

    assert found.wrong == []
    assert found.fine == ["The server key can be used.", "The server key opens the key ring: 4 keys."]
    assert len(found.worth) == 2
    assert "whoever copies the folder can read every record" in found.worth[0]


async def test_keys_that_lie_apart_are_nothing_to_speak_of(folder: Path, tmp_path: Path):
    for name in ("server.key", "keys.db"):
        shutil.move(folder / name, tmp_path / name)

    found = await examined(folder, server_key_file=str(tmp_path / "server.key"), keys_url=str(tmp_path / "keys.db"))

    assert (found.wrong, found.worth) == ([], [])


async def test_what_others_can_read_is_named_each_and_copies_too(folder: Path):
    for name in ("server.key", "keys.db", "keys.db.monday", "old.key"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    (folder / "ebb.db").chmod(0o644)

    wrong = (await examined(folder)).wrong

    for name in ("server.key", "keys.db", "keys.db.monday", "old.key"):
        assert [line for line in wrong if str(folder / name) in line and "chmod 600" in line], name
    assert len(wrong) == 4, "the database is sealed, and its mode is the operator's affair"


async def test_a_new_folder_has_nothing_to_mend(tmp_path: Path):
    found = await examined(tmp_path / "new")

    assert (found.wrong, found.worth) == ([], [])
    assert "the first start makes one" in found.fine[0]
    assert not (tmp_path / "new").exists(), "looking makes nothing"


async def test_a_lost_key_and_a_lost_ring_are_said(folder: Path, tmp_path: Path):
    shutil.move(folder / "server.key", tmp_path / "server.key")
    (without_key,) = (await examined(folder)).wrong
    assert "There is no server key" in without_key

    shutil.move(tmp_path / "server.key", folder / "server.key")
    shutil.move(folder / "keys.db", tmp_path / "keys.db")
    (without_ring,) = (await examined(folder)).wrong
    assert "no key ring" in without_ring
    assert not (folder / "keys.db").exists(), "looking makes nothing"


async def test_a_key_that_does_not_fit_is_told_by_marks(folder: Path):
    other = bytes(range(32)).hex()

    (wrong,) = (await examined(folder, server_key=other)).wrong

    assert ServerKey.from_file(folder / "server.key").mark in wrong
    assert other not in wrong


async def test_a_server_that_runs_tells_of_an_exchange_once(house: House):
    ring, folder = house.app[wiring.KEYRING], house.folder
    own, new = ServerKey.from_file(folder / "server.key"), ServerKey(bytes(range(32)))
    assert isinstance(ring, KeyRing)
    assert not ring.is_behind

    await rotate(str(folder / "keys.db"), own, new, clock=house.clock, tell=lambda *_: None)
    await house.keep_time_going(lambda: ring.is_behind)

    assert ring.server_key == 2
    assert await house.told(), "and reads on"
