"""The command line: what it refuses in one sentence, and with which exit code."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

TRACEBACK = "Traceback"


def ebb(*words: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server", *words],
        env={**os.environ, "EBB_DATA": str(folder), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_serving_needs_to_know_its_address(tmp_path: Path):
    result = ebb("serve", folder=tmp_path)

    assert result.returncode == 1
    assert "EBB_PUBLIC_URL" in result.stderr
    assert TRACEBACK not in result.stderr


def test_every_problem_of_the_settings_is_told_at_once(tmp_path: Path):
    result = ebb("serve", folder=tmp_path, EBB_PORT="99999", EBB_PUBLIC_URL="foo", EBB_SERVER_KEY="changeme")

    assert result.returncode == 1
    for name in ("EBB_PORT", "EBB_PUBLIC_URL", "EBB_SERVER_KEY"):
        assert name in result.stderr
    assert "changeme" not in result.stderr


@pytest.mark.parametrize("link", ["http://example.org/demo/x", "http://10.0.0.1/demo/x", "nonsense"])
def test_a_rehearsal_goes_to_this_machine_alone(tmp_path: Path, link: str):
    result = ebb("rehearse", link, folder=tmp_path)

    assert result.returncode == 1
    assert "this machine alone" in result.stderr


def test_misuse_is_told_apart_from_failure(tmp_path: Path):
    assert ebb("rehearse", folder=tmp_path).returncode == 2
    assert ebb("nonsense", folder=tmp_path).returncode == 2


def test_a_clinic_gets_one_link_for_its_owner_and_an_address_is_taken_once(tmp_path: Path):
    made = ebb("clinic", "create", "Shore Lane", "--owner", "a@b.example", folder=tmp_path)
    again = ebb("clinic", "create", "Other", "--owner", "A@B.example", folder=tmp_path)

    assert made.returncode == 0
    assert made.stdout.count("/i/") == 1
    assert again.returncode == 1
    assert "uses this address already" in again.stderr
    assert TRACEBACK not in again.stderr


def test_an_owner_who_lost_everything_gets_one_link_and_nobody_else_does(tmp_path: Path):
    ebb("clinic", "create", "Shore Lane", "--owner", "a@b.example", folder=tmp_path)
    link = ebb("clinic", "recover-owner", "A@B.example", folder=tmp_path)
    nobody = ebb("clinic", "recover-owner", "c@b.example", folder=tmp_path)

    assert link.returncode == 0, link.stderr
    assert link.stdout.count("/i/") == 1
    assert nobody.returncode == 1
    assert "No owner signs in with that address." in nobody.stderr
    assert TRACEBACK not in nobody.stderr
    with closing(sqlite3.connect(tmp_path / "ebb.db")) as db:
        links = db.execute("SELECT purpose, used_ms, expires_ms FROM invitation ORDER BY created_ms").fetchall()
    # The first one, which was never used, is over.
    assert [purpose for purpose, _, _ in links] == ["owner", "anew"]
    assert links[0][2] < links[1][2]


def test_the_doctor_says_what_is_fine_and_what_is_not(tmp_path: Path):
    well = ebb("doctor", folder=tmp_path, EBB_PUBLIC_URL="https://ebb.example.org", EBB_BEHIND_PROXY="true")
    ill = ebb("doctor", folder=tmp_path, EBB_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    assert well.returncode == 0, well.stdout + well.stderr
    assert ill.returncode == 1
    assert "does not answer" in ill.stdout
    assert "EBB_PUBLIC_URL" in ill.stdout


def test_a_database_can_be_brought_up_twice(tmp_path: Path):
    for _ in range(2):
        assert ebb("migrate", folder=tmp_path).returncode == 0


def test_the_audit_is_walked_and_what_was_changed_is_said(tmp_path: Path):
    nothing = ebb("audit", "verify", folder=tmp_path / "nothing")
    assert nothing.returncode == 2
    assert "There is no database" in nothing.stderr
    assert not (tmp_path / "nothing").exists()

    assert ebb("clinic", "create", "Shore Lane", "--owner", "a@b.example", folder=tmp_path).returncode == 0
    fine = ebb("audit", "verify", folder=tmp_path)
    clinic_id = fine.stdout.split()[1]
    with closing(sqlite3.connect(tmp_path / "ebb.db")) as db:
        row = (clinic_id, 1, 0, "record.read", b"")
        db.execute("INSERT INTO audit (clinic_id, seq, at_ms, what, chain) VALUES (?, ?, ?, ?, ?)", row)
        db.commit()
    changed = ebb("audit", "verify", "--clinic", clinic_id, folder=tmp_path)

    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert changed.returncode == 1
    assert "Entry 1 of the audit of 1970-01-01 00:00 UTC was altered" in changed.stdout
    assert "chain.broken" in changed.stderr
