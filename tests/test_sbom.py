"""The bill of materials leaves nothing out: it is held against the lock."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.sbom import locked, main, missing

LOCK = Path("requirements/run.lock").read_text("utf-8")


def _bill() -> dict[str, Any]:
    return {
        "components": [
            {
                "name": name,
                "version": version,
                "externalReferences": [{"hashes": [{"alg": "SHA-256", "content": one} for one in hashes]}],
            }
            for name, (version, hashes) in locked(LOCK).items()
        ]
    }


def test_every_part_of_our_lock_has_a_version_and_hashes():
    parts = locked(LOCK)

    assert {"aiohttp", "cryptography", "websockets"} <= set(parts)
    assert len(parts) == sum("==" in line for line in LOCK.splitlines() if line[:1].isalnum())
    assert all(hashes for _, hashes in parts.values())


def test_what_a_bill_leaves_out_or_changes_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    whole, without, another = _bill(), _bill(), _bill()
    gone = without["components"].pop()["name"]
    another["components"][0]["externalReferences"] = []

    assert missing(whole, LOCK) == []
    assert [line.split()[0] for line in missing(without, LOCK)] == [gone.lower()]
    assert len(missing(another, LOCK)) == 1

    file = tmp_path / "sbom.json"
    file.write_text(json.dumps(without))
    assert main(str(file), "requirements/run.lock") == 1
    assert gone in capsys.readouterr().err
