"""Settings as operators write them: a file with mistakes, secrets in files, a second server on one database."""

import asyncio
import os
import re
from pathlib import Path
from typing import Any

import pytest

from server.alone import NotAlone, alone
from server.settings import BadSettings, read_settings
from tests.commands import ebb
from tests.deploy.proxied import Node
from tests.ports import free_ports

ROOT = Path(__file__).parents[2]
KEY = bytes(range(32)).hex()


def of_file(text: str) -> dict[str, Any]:
    """As systemd and Docker read a settings file: a name, an equals sign, the rest."""
    lines = [line.partition("=") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines}


THREE_MISTAKES = """\
# The port is none, the mail server would be spoken to in the clear and has no address, the relay lacks its secret.
EBB_PUBLIC_URL=https://ebb.example.org
EBB_PORT=84200
EBB_SMTP_HOST=mail.example.org
EBB_SMTP_STARTTLS=false
EBB_TURN_URLS=turn:turn.example.org:3478
EBB_DATABASE_URL=mysql://ebb:hunter2@db/ebb
"""


@pytest.mark.parametrize("command", ["serve", "doctor"])
async def test_every_mistake_of_a_file_is_told_at_once_with_those_between_two_settings(tmp_path: Path, command: str):
    result = await ebb(command, folder=tmp_path, **of_file(THREE_MISTAKES))

    said = result.out + result.err
    assert result.code == 1
    for name in ("EBB_PORT", "EBB_SMTP_STARTTLS", "EBB_SMTP_FROM", "EBB_TURN_SECRET", "EBB_DATABASE_URL"):
        assert re.search(rf"\b{name}: ", said), name
    assert "hunter2" not in said
    assert not (tmp_path / "ebb.db").exists()


def test_what_only_follows_from_a_mistake_is_not_told_beside_it():
    with pytest.raises(BadSettings) as wrong:
        read_settings(turn_urls="stun:x", turn_secret=KEY, turn_relay_only=True, smtp_host="mail", smtp_from="nobody")

    lines = str(wrong.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["EBB_SMTP_FROM", "EBB_TURN_URLS"]


def test_the_sample_file_has_no_mistake(tmp_path: Path):
    sample = (ROOT / "deploy" / "ebb.env").read_text("utf-8")
    all_of_it = re.sub(r"^#(EBB_)", r"\1", sample, flags=re.MULTILINE)

    for text in (sample, all_of_it):
        chosen = {name.removeprefix("EBB_").lower(): value for name, value in of_file(text).items()}
        assert read_settings(**chosen).secure


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "ebb_server_key").write_text(f"{KEY}\n")
    (folder / "ebb_smtp_password").write_text("from-a-file\n")
    (folder / "something_else").write_text("of another program")
    return folder


def test_secrets_come_from_files_named_like_their_setting(secrets: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EBB_SECRETS_DIR", str(secrets))
    from_files = read_settings()
    monkeypatch.setenv("EBB_SMTP_PASSWORD", "from-the-environment")
    from_both = read_settings()

    assert (from_files.server_key, from_files.smtp_password) == (KEY, "from-a-file")
    assert from_both.smtp_password == "from-the-environment"
    assert KEY not in repr(from_files)


def test_a_secret_that_cannot_be_used_is_told_with_the_others(secrets: Path, monkeypatch: pytest.MonkeyPatch):
    (secrets / "ebb_server_key").write_text("changeme")
    monkeypatch.setenv("EBB_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("EBB_PORT", "none")
    with pytest.raises(BadSettings) as wrong:
        read_settings()

    assert {line.partition(":")[0] for line in str(wrong.value).splitlines()} == {"EBB_SERVER_KEY", "EBB_PORT"}


def test_a_folder_of_secrets_that_is_not_there_is_told_with_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("EBB_SECRETS_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("EBB_PORT", "none")
    with pytest.raises(BadSettings) as wrong:
        read_settings()

    assert {line.partition(":")[0] for line in str(wrong.value).splitlines()} == {"EBB_SECRETS_DIR", "EBB_PORT"}


async def test_the_key_of_a_file_opens_what_was_made_with_it(secrets: Path, tmp_path: Path):
    made = await ebb("clinic", "create", "Shore", "--owner", "a@b.example", folder=tmp_path, EBB_SECRETS_DIR=secrets)
    again = await ebb("keys", "show", folder=tmp_path, EBB_SECRETS_DIR=secrets)
    without = await ebb("keys", "show", folder=tmp_path)

    assert made.code == 0, made.err
    assert again.code == 0, again.err
    assert without.code == 1
    assert not (tmp_path / "server.key").exists()


async def test_a_second_server_on_one_sqlite_database_is_refused(tmp_path: Path):
    port, other, metrics_port = free_ports(3)
    first = Node(
        tmp_path / "node",
        port=port,
        metrics_port=metrics_port,
        settings={"EBB_SERVER_KEY": KEY, "EBB_PUBLIC_URL": f"http://127.0.0.1:{port}"},
    )
    try:
        await asyncio.to_thread(first.start)
        second = await ebb(
            "serve",
            folder=first.folder / "data",
            EBB_SERVER_KEY=KEY,
            EBB_PORT=other,
            EBB_PUBLIC_URL=f"http://127.0.0.1:{other}",
        )
    finally:
        first.close()

    assert second.code == 1
    assert "One server at a time uses a SQLite database" in second.err


def test_several_are_welcome_on_postgresql_each_with_a_folder_of_its_own(tmp_path: Path):
    url = "postgresql://ebb@db/ebb"
    with (
        alone(url, tmp_path / "a"),
        alone(url, tmp_path / "b"),
        pytest.raises(NotAlone, match=str(os.getpid())) as refused,
        alone(url, tmp_path / "a"),
    ):
        raise AssertionError("never reached")

    assert "EBB_DATA" in str(refused.value)


def test_one_at_a_time_on_sqlite_wherever_its_folder_is(tmp_path: Path):
    path = str(tmp_path / "ebb.db")
    with alone(path, tmp_path / "a"), pytest.raises(NotAlone, match="SQLite"), alone(path, tmp_path / "b"):
        raise AssertionError("never reached")
    with alone(path, tmp_path / "b"):
        pass


async def test_a_set_up_with_many_mistakes_is_told_in_one_go_and_a_sound_one_has_none(tmp_path: Path):
    """Everything that the doctor looks at, through the command line."""
    folder, keys, backups = (tmp_path / name for name in ("data", "keys", "backups"))
    for each in (folder, keys, backups):
        each.mkdir(mode=0o700)
    sound: dict[str, Any] = {
        "EBB_KEYS_URL": keys / "keys.db",
        "EBB_SERVER_KEY_FILE": keys / "server.key",
        "EBB_BACKUP_FOLDER": backups,
        "EBB_PUBLIC_URL": "http://127.0.0.1:8420",
    }
    (keys / "server.key").write_text(KEY)
    (keys / "server.key").chmod(0o600)
    assert (await ebb("clinic", "create", "Shore", "--owner", "a@b.example", folder=folder, **sound)).code == 0
    well = await ebb("doctor", folder=folder, **sound)

    assert (await ebb("backup", folder / "beside.backup", folder=folder, **sound)).code == 0
    (folder / "beside.backup").rename(keys / "beside.backup")
    (keys / "keys.db").chmod(0o644)
    ill = await ebb(
        "doctor",
        folder=folder,
        **{
            **sound,
            "EBB_PUBLIC_URL": "http://ebb.example.org",
            "EBB_PUBLIC_ULR": "https://ebb.example.org",
            "EBB_SMTP_HOST": "localhost",
            "EBB_SMTP_PORT": free_ports(1)[0],
            "EBB_SMTP_FROM": "ebb@example.org",
            "EBB_BEHIND_PROXY": "true",
        },
    )

    assert well.code == 0, well.out
    assert "WRONG" not in well.out
    assert ill.code == 1
    wrong = [line for line in ill.out.splitlines() if line.lstrip().startswith("WRONG")]
    for about in ("EBB_PUBLIC_ULR", "keys.db", "beside.backup", "without TLS", "EBB_BEHIND_PROXY", "mail server"):
        assert [line for line in wrong if about in line], about
    assert f"{len(wrong)} things to mend" in ill.err
