"""The command line: what it refuses in one sentence, and with which exit code."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands import ebb


def from_nothing(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """As a person starts it, with all that it has to read first."""
    return subprocess.run(
        [sys.executable, "-m", "server", *words],
        env={**os.environ, "EBB_DATA": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_serving_needs_to_know_its_address(tmp_path: Path):
    result = from_nothing("serve", folder=tmp_path)

    assert result.returncode == 1
    assert "EBB_PUBLIC_URL" in result.stderr
    assert "Traceback" not in result.stderr


async def test_every_problem_of_the_settings_is_told_at_once(tmp_path: Path):
    result = await ebb("serve", folder=tmp_path, EBB_PORT="99999", EBB_PUBLIC_URL="foo", EBB_SERVER_KEY="changeme")

    assert result.code == 1
    for name in ("EBB_PORT", "EBB_PUBLIC_URL", "EBB_SERVER_KEY"):
        assert name in result.err
    assert "changeme" not in result.err


@pytest.mark.parametrize("link", ["http://example.org/demo/x", "http://10.0.0.1/demo/x", "nonsense"])
async def test_a_rehearsal_goes_to_this_machine_alone(tmp_path: Path, link: str):
    result = await ebb("rehearse", link, folder=tmp_path)

    assert result.code == 1
    assert "this machine alone" in result.err


async def test_misuse_is_told_apart_from_failure(tmp_path: Path):
    assert (await ebb("rehearse", folder=tmp_path)).code == 2
    assert from_nothing("nonsense", folder=tmp_path).returncode == 2


async def test_a_clinic_gets_one_link_for_its_owner_and_an_address_is_taken_once(tmp_path: Path):
    made = await ebb("clinic", "create", "Shore Lane", "--owner", "a@b.example", folder=tmp_path)
    again = await ebb("clinic", "create", "Other", "--owner", "A@B.example", folder=tmp_path)

    assert made.code == 0
    assert made.out.count("/i/") == 1
    assert again.code == 1
    assert "uses this address already" in again.err


async def test_an_owner_who_lost_everything_gets_one_link_and_nobody_else_does(tmp_path: Path):
    await ebb("clinic", "create", "Shore Lane", "--owner", "a@b.example", folder=tmp_path)
    link = await ebb("clinic", "recover-owner", "A@B.example", folder=tmp_path)
    nobody = await ebb("clinic", "recover-owner", "c@b.example", folder=tmp_path)

    assert link.code == 0, link.err
    assert link.out.count("/i/") == 1
    assert nobody.code == 1
    assert "No owner signs in with that address." in nobody.err
    with closing(sqlite3.connect(tmp_path / "ebb.db")) as db:
        links = db.execute("SELECT purpose, used_ms, expires_ms FROM invitation ORDER BY created_ms").fetchall()
    # The first one, which was never used, is over.
    assert [purpose for purpose, _, _ in links] == ["owner", "anew"]
    assert links[0][2] < links[1][2]


async def test_the_doctor_says_what_is_fine_and_what_is_not(tmp_path: Path):
    well = await ebb("doctor", folder=tmp_path, EBB_PUBLIC_URL="https://ebb.example.org", EBB_BEHIND_PROXY="true")
    ill = await ebb("doctor", folder=tmp_path, EBB_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    assert well.code == 0, well.out + well.err
    assert ill.code == 1
    assert "does not answer" in ill.out
    assert "EBB_PUBLIC_URL" in ill.out


async def test_a_database_can_be_brought_up_twice(tmp_path: Path):
    for _ in range(2):
        assert (await ebb("migrate", folder=tmp_path)).code == 0


async def test_the_audit_is_walked_and_what_was_changed_is_said(tmp_path: Path):
    nothing = await ebb("audit", "verify", folder=tmp_path / "nothing")
    assert nothing.code == 2
    assert "There is no database" in nothing.err
    assert not (tmp_path / "nothing").exists()

    assert (await ebb("clinic", "create", "Shore Lane", "--owner", "a@b.example", folder=tmp_path)).code == 0
    fine = await ebb("audit", "verify", folder=tmp_path)
    clinic_id = fine.out.split()[1]
    with closing(sqlite3.connect(tmp_path / "ebb.db")) as db:
        row = (clinic_id, 1, 0, "record.read", b"")
        db.execute("INSERT INTO audit (clinic_id, seq, at_ms, what, chain) VALUES (?, ?, ?, ?, ?)", row)
        db.commit()
    changed = await ebb("audit", "verify", "--clinic", clinic_id, folder=tmp_path)

    assert fine.code == 0, fine.out + fine.err
    assert changed.code == 1
    assert "Entry 1 of the audit of 1970-01-01 00:00 UTC was altered" in changed.out
    assert "chain.broken" in changed.err
