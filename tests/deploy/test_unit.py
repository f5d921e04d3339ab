"""The unit of systemd: systemd takes it, it shuts the service in, and the settings beside it are Ebb's."""

import re
import subprocess
from pathlib import Path

import pytest

from server.settings import Settings
from tests.deploy.proxied import needed

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "ebb.service"
#: Of 100. A service without any of this has 96; systemd calls what is below 20 "OK".
EXPOSED_AT_MOST = 20


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine as the guide leaves it: the unit, and Ebb where it says."""
    for path in ("opt/ebb/.venv/bin/ebb", "etc/ebb/ebb.env"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("#!/bin/sh\n")
        (tmp_path / path).chmod(0o755)
    (tmp_path / "ebb.service").write_text(UNIT.read_text("utf-8").replace("/opt/ebb", f"{tmp_path}/opt/ebb"))
    return tmp_path


def analysed(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([needed("systemd-analyze"), *words], capture_output=True, text=True, check=False, timeout=60)


def test_systemd_takes_it_without_a_complaint(root: Path):
    result = analysed("verify", "--man=no", "--recursive-errors=no", str(root / "ebb.service"))

    about_it = [line for line in result.stderr.splitlines() if "ebb.service" in line]
    assert (result.returncode, about_it) == (0, []), result.stderr


def test_systemd_would_complain_of_a_slip(root: Path):
    unit = root / "ebb.service"
    unit.write_text(unit.read_text().replace("NoNewPrivileges=yes", "NoNewPrivilege=yes"))

    assert "NoNewPrivilege" in analysed("verify", "--man=no", "--recursive-errors=no", str(unit)).stderr


def test_systemd_finds_it_shut_in(root: Path):
    result = analysed(
        "security", "--offline=true", f"--threshold={EXPOSED_AT_MOST}", "--no-pager", str(root / "ebb.service")
    )

    assert result.returncode == 0, result.stdout[-3000:]


def values(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("User", "ebb"),
        ("UMask", "0077"),
        ("StateDirectoryMode", "0700"),
        ("Restart", "always"),
    ],
)
def test_it_promises(name: str, value: str):
    assert values(name) == [value]


def test_the_server_key_is_never_a_file_that_the_service_can_open():
    assert values("LoadCredential") == ["ebb_server_key:/etc/ebb/server.key"]
    assert not values("ReadWritePaths")
    assert any("EBB_SECRETS_DIR=%d" in line for line in values("Environment"))


def test_records_and_key_ring_lie_in_folders_of_their_own():
    (folders,) = values("StateDirectory")
    assert folders.split() == ["ebb", "ebb-ring"]
    assert any("EBB_KEYS_URL=/var/lib/ebb-ring/keys.db" in line for line in values("Environment"))


def test_every_setting_that_is_named_is_one():
    known = {f"EBB_{name.upper()}" for name in Settings.model_fields}
    samples = [path.read_text("utf-8") for path in (UNIT, DEPLOY / "ebb.env")]
    named = set(re.findall(r"^#?(?:Environment=.*?)?\b(EBB_[A-Z_]+)=", "\n".join(samples), re.MULTILINE))

    assert len(named) > 5
    assert named <= known
    assert {name.upper() for name in re.findall(r"\bebb_[a-z_]+", "\n".join(samples))} <= known
