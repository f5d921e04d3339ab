"""What `ebb doctor` says of folders: room, who can look in, whose files they are, what kind of disk, which backups."""

import os
import shutil
from pathlib import Path

import pytest

from server.backups import taking
from server.clock import ManualClock
from server.doctor_found import Found
from server.doctor_places import examine_places, kind_of_disk
from server.key_source import read_server_key
from server.opening import installation
from server.settings import read_settings
from tests.live.house import House

GIB = 1024**3
MOUNTS = """\
overlay / overlay rw 0 0
/dev/sda1 /var ext4 rw 0 0
files:/ebb /var/lib/ebb nfs4 rw 0 0
//server/share /mnt/a\\040share cifs rw 0 0
"""


@pytest.fixture
def folder(premises: House) -> Path:
    premises.folder.chmod(0o700)
    return premises.folder


def examined(folder: Path, *, total: int = 100 * GIB, free: int = 50 * GIB, **settings: object) -> Found:
    found = Found(fine=[], wrong=[])
    examine_places(read_settings(data=folder, **settings), found, usage=lambda _: (total, free))
    return found


def test_all_is_well(folder: Path):
    found = examined(folder)

    assert (found.wrong, found.worth) == ([], [])
    assert found.fine == [f"50 GiB are free where the data folder lies, {folder}."]


@pytest.mark.parametrize(
    ("total", "free", "wrong", "worth"),
    [
        (100 * GIB, 400 * 1024**2, "Only 400 MiB are free", ""),
        (100 * GIB, 9 * GIB, "", "9.0 GiB are free"),
        (2 * GIB, GIB, "", ""),
    ],
)
def test_room_is_told_before_it_runs_out(folder: Path, total: int, free: int, wrong: str, worth: str):
    found = examined(folder, total=total, free=free)

    assert [line for line in found.wrong if wrong in line] == found.wrong
    assert bool(found.wrong) == bool(wrong)
    assert [line for line in found.worth if worth in line] == found.worth
    assert bool(found.worth) == bool(worth)


def test_room_is_told_of_each_disk_once_and_of_a_folder_that_is_still_to_be_made(tmp_path: Path):
    sizes = {tmp_path: (100 * GIB, 50 * GIB), tmp_path / "other": (10 * GIB, 1024)}
    (tmp_path / "other").mkdir()
    found = Found(fine=[], wrong=[])
    settings = read_settings(data=tmp_path / "new", keys_url=str(tmp_path / "other" / "keys.db"))

    examine_places(settings, found, usage=lambda folder: sizes[folder])

    assert len(found.fine) == 1
    (wrong,) = found.wrong
    assert "the folder of the key ring" in wrong
    assert not (tmp_path / "new").exists(), "looking makes nothing"


def test_a_folder_that_others_can_look_into_is_told(folder: Path):
    folder.chmod(0o755)

    (worth,) = examined(folder).worth

    assert f"chmod 700 {folder}" in worth


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_somebody_else_are_told_with_the_way_to_mend_it(folder: Path):
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    well = examined(folder)
    os.chown(folder / "ebb.db", 0, 0)
    ill = examined(folder)

    assert well.wrong == []
    assert any("You are root" in line for line in well.worth)
    (wrong,) = ill.wrong
    assert wrong.startswith("ebb.db in the data folder belong")
    assert "chown -R nobody" in wrong


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write anywhere")
def test_a_folder_that_cannot_be_written_to_is_told(folder: Path):
    folder.chmod(0o500)
    try:
        (wrong,) = examined(folder).wrong
    finally:
        folder.chmod(0o700)

    assert "cannot write to the data folder" in wrong


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/ebb", "nfs4"),
        ("/var/lib/ebb/deeper", "nfs4"),
        ("/var/lib/ebbs", "ext4"),
        ("/srv", "overlay"),
        ("/mnt/a share/x", "cifs"),
    ],
)
def test_the_kind_of_disk_is_that_of_the_nearest_mount(folder: str, kind: str):
    assert kind_of_disk(Path(folder), MOUNTS) == kind


def test_sqlite_on_a_disk_of_another_machine_is_wrong_and_postgresql_does_not_mind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    mounts = f"overlay / overlay rw 0 0\nfiles:/ebb {folder.parent} nfs4 rw 0 0\n"
    monkeypatch.setattr("server.doctor_places._mounts", lambda: mounts)

    (wrong,) = examined(folder).wrong
    on_postgres = examined(folder, database_url="postgresql://ebb@db/ebb")

    assert "nfs4" in wrong
    assert "PostgreSQL" in wrong
    assert on_postgres.wrong == []


async def backed_up(folder: Path, to: Path, *, keys: bool = False) -> None:
    settings = read_settings(data=folder)
    own = read_server_key(settings)
    assert own is not None
    clock = ManualClock()
    if keys:
        await taking.take_keys(settings.keys, own, to, now_ms=clock.now_ms(), tell=lambda *_: None)
        return
    async with installation(settings, clock) as (database, all_keys, _):
        await taking.take_records(database, all_keys, to, now_ms=clock.now_ms(), tell=lambda *_: None)


async def test_a_backup_beside_the_keys_is_found_by_what_it_is(folder: Path, tmp_path: Path):
    await backed_up(folder, folder / "harmless.txt")
    (wrong,) = examined(folder).wrong
    assert "harmless.txt lies beside the key ring and the server key" in wrong

    elsewhere = tmp_path / "keys"
    elsewhere.mkdir(mode=0o700)
    for name in ("keys.db", "server.key"):
        shutil.move(folder / name, elsewhere / name)
    apart = examined(folder, keys_url=str(elsewhere / "keys.db"), server_key_file=str(elsewhere / "server.key"))
    assert apart.wrong == []
    (worth,) = apart.worth
    assert "beside the database" in worth


async def test_both_kinds_of_backups_in_one_folder_are_wrong(folder: Path, tmp_path: Path):
    await backed_up(folder, folder / "monday")
    await backed_up(folder, folder / "ring", keys=True)
    elsewhere = tmp_path / "keys"
    elsewhere.mkdir(mode=0o700)
    for name in ("keys.db", "server.key"):
        shutil.move(folder / name, elsewhere / name)

    found = examined(folder, keys_url=str(elsewhere / "keys.db"), server_key_file=str(elsewhere / "server.key"))

    (wrong,) = found.wrong
    assert "ring lies beside monday" in wrong
