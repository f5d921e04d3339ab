"""`ebb keys rotate` on eight weeks of history, while a visit runs: killed, begun again, finished."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server import keys_command
from server.clock import SystemClock
from server.db.engine import open_database
from server.db.keyring import KeyRing
from server.db.people import clinics
from server.db.rotating import NotNow
from server.db.standing import server_keys_of
from server.db.store import Store
from server.db.vault import KeyKind
from server.db.verifying import verify_ledgers
from server.db.wrappings import Wrappings, bound
from server.doctor import Found
from server.doctor_keys import examine_keys
from server.keys import BadKey, Keys, ServerKey
from server.settings import read_settings
from tests.commands import Program
from tests.live.demo import Demo
from tests.live.visit import Pair

#: So many that a rotation can be killed in its middle: it takes 80 batches, and rests between them.
MORE_KEYS = 8_000


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with Demo(tmp_path) as demo:
        yield demo


class Ebb:
    """The command line beside a demo, with its folder."""

    def __init__(self, demo: Demo, **settings: str) -> None:
        self._env = {**os.environ, "EBB_DATA": str(demo.data), **settings}

    def begin(self, *words: str) -> Program:
        return Program(*words, environment=self._env)

    async def run(self, *words: str) -> tuple[int, str]:
        """Exit code, and all that it said."""
        process = await asyncio.to_thread(self.begin, *words)
        said, complained = await asyncio.to_thread(process.communicate)
        return process.wait(), said + complained


def add_keys(folder: Path, own: ServerKey) -> None:
    """As of a clinic with four thousand patients more."""
    wrappings = Wrappings(own.wrapping_key)
    wrappings.begin_with(1)
    rows = []
    for number in range(MORE_KEYS):
        place = ("c" * 32, f"{number:032x}", KeyKind.CARE.value)
        rows.append((*place, wrappings.wrap(os.urandom(32), bound(*place)), 1, 1))
    with closing(sqlite3.connect(folder / "keys.db", timeout=30)) as ring, ring:
        ring.executemany(
            "INSERT INTO data_key (clinic_id, patient_id, purpose, wrapped, created_ms, server_key)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )


async def verified(folder: Path, key: ServerKey) -> int:
    """How many events, with not a single ledger that is not whole, under the keys of this server key."""
    ring = await KeyRing.open(str(folder / "keys.db"), wrapping_key=key.wrapping_key, clock=SystemClock())
    database = await open_database(str(folder / "ebb.db"))
    try:
        store, events = Store(database, Keys(ring.root), ring), 0
        async with store.reader() as tx:
            known = await clinics(tx)
        for clinic_id in known:
            walked = await verify_ledgers(store, clinic_id)
            assert walked.broken == ()
            events += walked.events
        return events
    finally:
        await ring.close()
        await database.close()


async def doctor(demo: Demo, key: Path) -> str:
    found = Found(fine=[], wrong=[])
    await examine_keys(read_settings(data=demo.data, server_key_file=str(key)), found)
    return "\n".join([*found.fine, *found.worth, *found.wrong])


@pytest.mark.timeout(600)
async def test_a_visit_goes_on_while_the_server_key_is_exchanged_and_the_exchange_outlives_a_kill(demo: Demo):
    old_key, next_key = demo.data / "server.key", demo.data.parent / "next.key"
    own = ServerKey.from_file(old_key)
    before = await verified(demo.data, own)
    assert before > 500, "eight weeks of three patients"
    add_keys(demo.data, own)
    visit = Pair(await demo.come("therapist"), await demo.come("patient"))
    await visit.open()
    await visit.run()
    ebb = Ebb(demo)

    rotation = await asyncio.to_thread(ebb.begin, "keys", "rotate", "--to", str(next_key))
    assert rotation.stdout is not None
    told = [await asyncio.to_thread(rotation.stdout.readline) for _ in range(3)]
    # It holds still in whichever instruction it is, so that what follows happens in its middle on any machine.
    rotation.send_signal(signal.SIGSTOP)
    assert told[1].endswith(f" of {MORE_KEYS + 6} keys\n"), told
    code, said = await ebb.run("keys", "rotate", "--to", str(next_key))
    assert (code, "Another rotation" in said) == (1, True), said
    await visit.patient.must("message.say", text="in the middle of it")
    rotation.send_signal(signal.SIGKILL)
    await asyncio.to_thread(rotation.communicate)

    cut = await server_keys_of(str(demo.data / "keys.db"))
    assert 0 < cut.done < cut.total
    assert "is being exchanged" in await doctor(demo, old_key)
    await visit.patient.must("message.say", text="after the kill")

    code, said = await ebb.run("keys", "rotate", "--to", str(next_key))
    assert code == 0, said
    assert f"All {MORE_KEYS + 6} keys" in said
    first = next(line for line in said.splitlines() if line.endswith(" keys"))
    assert int(first.split()[0]) >= cut.done, "it went on, and did not begin anew"
    assert "the old one still opens the key ring" in await doctor(demo, next_key)
    await visit.therapist.must("note.write", text="after the exchange")

    # The server of the visit was started with the old key; whoever finishes has the new one.
    code, said = await Ebb(demo, EBB_SERVER_KEY_FILE=str(next_key)).run("keys", "finish", "--now")
    assert code == 0, said
    await visit.patient.stop()
    await visit.therapist.must("visit.end")
    await visit.patient.closed()
    demo.terminate()
    assert await demo.exit_code(within_s=5) == 0

    assert await verified(demo.data, ServerKey.from_file(next_key)) > before
    assert "o record can be read" in await doctor(demo, old_key)
    next_key.replace(old_key)
    await demo.start()
    again = await demo.come("therapist")
    await again.heard_so_far()


def test_the_next_key_is_given_in_one_way_and_no_key_is_ever_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    own, text = ServerKey.made_in(tmp_path / "server.key"), os.urandom(32).hex()

    async def make_ring() -> None:
        ring = await KeyRing.open(str(tmp_path / "keys.db"), wrapping_key=own.wrapping_key, clock=SystemClock())
        await ring.create("c" * 32, "d" * 32)
        await ring.close()

    asyncio.run(make_ring())
    monkeypatch.setenv("EBB_DATA", str(tmp_path))
    runner = CliRunner()

    nothing = runner.invoke(keys_command.cli, ["rotate"])
    monkeypatch.setenv("EBB_SERVER_KEY_NEXT", text)
    both = runner.invoke(keys_command.cli, ["rotate", "--to", str(tmp_path / "x.key")])
    for refused in (nothing, both):
        assert isinstance(refused.exception, BadKey)
        assert "in one way" in str(refused.exception)
    assert not (tmp_path / "x.key").exists()
    assert isinstance(runner.invoke(keys_command.cli, ["finish"]).exception, NotNow)

    done = runner.invoke(keys_command.cli, ["rotate"])
    shown = runner.invoke(keys_command.cli, ["show"])

    assert done.exit_code == 0, done.output
    assert "All 2 keys" in done.output
    for mark in (own.mark, ServerKey.from_text(text).mark):
        assert mark in shown.output
    for secret in (text, (tmp_path / "server.key").read_text().strip()):
        assert secret not in done.output + shown.output
    monkeypatch.delenv("EBB_SERVER_KEY_NEXT")
    monkeypatch.setenv("EBB_SERVER_KEY_COMMAND", f"echo {text}")
    assert runner.invoke(keys_command.cli, ["finish", "--now"]).exit_code == 0
