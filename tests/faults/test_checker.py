"""The checker finds what is planted, names it, and is content with what is whole."""

import ast
import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.db.postgres import Postgres
from tests.faults.checker.findings import KINDS
from tests.faults.checker.opening import Row
from tests.faults.planting import MESSAGES, Copies, Copy, visit
from tests.faults.premises import ROOT, Premises

Opened = list[tuple[Row, dict[str, Any]]]
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Premises:
    """A visit that took place, on SQLite. It is only ever copied."""
    premises = Premises(tmp_path_factory.mktemp("visited"))
    asyncio.run(visit(premises))
    return premises


@pytest.fixture
async def copy(visited: Premises, tmp_path: Path) -> Copy:
    return await Copies(visited, tmp_path).make()


async def test_a_whole_record_is_found_whole(copy: Copy):
    report = await copy.check(final=True)

    assert report.findings == []
    assert (report.ledgers, report.people, report.stops) == (1, 2, 1)
    assert report.acknowledged >= MESSAGES + 6
    assert report.told > report.events, "most of it to both"
    assert len(report.halts_ms) == 1, "the other side's clock question after the halt was answered"


ONCE_MORE = (
    "INSERT INTO event SELECT clinic_id, ledger_id, epoch, (SELECT seq + 1 FROM head WHERE ledger_id = $S),"
    " at_ms, received_ms, person_id, cause, body_enc, fingerprint FROM event WHERE ledger_id = $S AND seq = 8"
)
#: In clear SQL, as somebody does it who has the database and no key. The middle message is event 8 or so; the last
#: events are the patient's "ready" and the therapist's last words.
WITHOUT_A_KEY = {
    "a row is gone": (["DELETE FROM event WHERE ledger_id = $S AND seq = 8"], {"gap", "chain", "missing"}),
    "the end is gone": (
        [
            "DELETE FROM event WHERE ledger_id = $S AND seq = (SELECT seq FROM head WHERE ledger_id = $S)",
            "UPDATE head SET seq = seq - 1 WHERE ledger_id = $S",
        ],
        {"chain", "missing", "unstored"},
    ),
    "a row is there twice": (
        [
            ONCE_MORE,
            "UPDATE head SET seq = seq + 1 WHERE ledger_id = $S",
        ],
        {"altered", "chain", "doubled"},
    ),
    "two rows changed places": (
        [
            "UPDATE event SET seq = 1000 WHERE ledger_id = $S AND seq = 8",
            "UPDATE event SET seq = 8 WHERE ledger_id = $S AND seq = 9",
            "UPDATE event SET seq = 9 WHERE ledger_id = $S AND seq = 1000",
        ],
        {"altered", "chain"},
    ),
    "a time was changed": (
        ["UPDATE event SET at_ms = at_ms + 1 WHERE ledger_id = $S AND seq = 8"],
        {"altered", "chain"},
    ),
    "somebody else said it": (
        ["UPDATE event SET person_id = 'x' WHERE ledger_id = $S AND seq = 8"],
        {"chain", "missing"},
    ),
    "an answer is gone": (
        ["UPDATE event SET fingerprint = NULL WHERE ledger_id = $S AND seq = 8"],
        {"missing"},
    ),
    "a whole session is gone": (
        ["DELETE FROM event WHERE ledger_id = $S", "DELETE FROM head WHERE ledger_id = $S"],
        {"missing"},
    ),
    "a history was replaced": (["UPDATE head SET epoch = 2 WHERE ledger_id = $S"], {"epoch"}),
}


@pytest.mark.parametrize(("statements", "what"), WITHOUT_A_KEY.values(), ids=WITHOUT_A_KEY.keys())
async def test_what_is_done_without_a_key_is_found(copy: Copy, statements: list[str], what: set[str]):
    await copy.run(*statements)

    report = await copy.check()

    assert what <= {finding.what for finding in report.findings}


@pytest.mark.parametrize("served", ["postgresql"], indirect=True)
async def test_the_same_on_postgresql(served: Premises, postgres: Postgres, tmp_path: Path):
    await visit(served)
    copies = Copies(served, tmp_path, postgres=postgres)
    try:
        assert (await (await copies.make()).check(final=True)).findings == []
        for name, (statements, what) in WITHOUT_A_KEY.items():
            copy = await copies.make()
            await copy.run(*statements)
            assert what <= {finding.what for finding in (await copy.check()).findings}, name
    finally:
        await copies.drop()


def said(opened: Opened, text: str) -> int:
    return next(at for at, (_, body) in enumerate(opened) if body["event"].get("text") == text)


def another_text(opened: Opened) -> Opened:
    at = said(opened, "Message 1")
    row, body = opened[at]
    opened[at] = (row, {**body, "event": {**body["event"], "text": "Something else"}})
    return opened


def once_more(opened: Opened) -> Opened:
    row, body = opened[said(opened, "Message 1")]
    return [*opened, (replace(row, cause=str(uuid4())), body)]


def never(opened: Opened) -> Opened:
    del opened[said(opened, "The last one")]
    return opened


def the_other_way_round(opened: Opened) -> Opened:
    first, second = said(opened, "Message 1"), said(opened, "Message 2")
    opened[first], opened[second] = opened[second], opened[first]
    return opened


@pytest.mark.parametrize(
    ("change", "what"),
    [(another_text, "altered"), (once_more, "doubled"), (never, "missing"), (the_other_way_round, "altered")],
)
async def test_what_is_done_with_every_key_is_found_by_what_people_heard(
    copy: Copy, change: Callable[[Opened], Opened], what: str
):
    await copy.rewrite(change)

    found = {finding.what for finding in (await copy.check()).findings}

    assert what in found
    assert "chain" not in found, "no chain tells of it"


def frame(line: dict[str, Any], way: str, kind: str) -> bool:
    return (line["way"], line["frame"].get("type")) == (way, kind)


def acknowledged_and_never_stored(lines: Lines) -> None:
    last = lines[-1]
    command = {"type": "message.say", "id": str(uuid4()), "text": "Lost"}
    lines.append({**last, "way": "out", "frame": command})
    lines.append({**last, "way": "in", "frame": {"type": "done", "id": command["id"], "seq": 9}})


def acknowledged_under_another_number(lines: Lines) -> None:
    next(line for line in lines if frame(line, "in", "done"))["frame"]["seq"] += 1


def told_and_never_stored(lines: Lines) -> None:
    shown = [line for line in lines if frame(line, "in", "changed")][-1]
    more = {**shown["frame"], "seq": shown["frame"]["seq"] + 1}
    lines.append({**shown, "frame": more})


def told_out_of_order(lines: Lines) -> None:
    first, second = [at for at, line in enumerate(lines) if frame(line, "in", "changed")][-2:]
    lines[first], lines[second] = lines[second], lines[first]


def greeted_with_less(lines: Lines) -> None:
    hello = next(line for line in lines if frame(line, "in", "hello"))
    lines.append({**lines[-1], "socket": 2, "way": "in", "frame": hello["frame"]})


def refused_and_stored(lines: Lines) -> None:
    done = next(line for line in lines if frame(line, "in", "done"))
    done["frame"] = {"type": "refused", "id": done["frame"]["id"], "code": "not_now", "message": ""}


def sent_after_what_stands_behind_it(lines: Lines) -> None:
    """The first message goes out only once the last one is acknowledged, if one believes these times."""
    says = [line["frame"]["id"] for line in lines if frame(line, "out", "message.say")]
    end = max(line["t"] for line in lines)
    for line in lines:
        if line["frame"].get("id") == says[0]:
            line["t"] = end + 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (acknowledged_and_never_stored, "missing"),
        (acknowledged_under_another_number, "altered"),
        (told_and_never_stored, "unstored"),
        (told_out_of_order, "order"),
        (greeted_with_less, "rewound"),
        (refused_and_stored, "refused"),
        (sent_after_what_stands_behind_it, "order"),
    ],
)
async def test_what_a_server_could_have_said_wrongly_is_found(copy: Copy, change: Callable[[Lines], None], what: str):
    copy.edit("therapist", change)

    assert what in {finding.what for finding in (await copy.check()).findings}


def without_the_halt(lines: Lines) -> None:
    lines[:] = [line for line in lines if not frame(line, "in", "halt")]


def the_halt_behind_the_event(lines: Lines) -> None:
    halt = next(at for at, line in enumerate(lines) if frame(line, "in", "halt"))
    shown = next(at for at, line in enumerate(lines) if line["frame"].get("event", {}).get("type") == "session.stopped")
    assert halt < shown
    lines.insert(shown, lines.pop(halt))


def three_seconds_later(lines: Lines) -> None:
    halt = next(at for at, line in enumerate(lines) if frame(line, "in", "halt"))
    asked = next(line for line in lines[halt:] if frame(line, "out", "clock.ping"))
    for line in lines:
        if frame(line, "in", "clock.pong") and line["frame"]["id"] == asked["frame"]["id"]:
            line["frame"]["received"] += 3_000


@pytest.mark.parametrize("change", [without_the_halt, the_halt_behind_the_event, three_seconds_later])
async def test_a_late_stop_is_found(copy: Copy, change: Callable[[Lines], None]):
    copy.edit("therapist", change)

    assert {finding.what for finding in (await copy.check()).findings} == {"late_stop"}


async def test_a_stop_that_is_in_no_record_is_found_once_everybody_is_back(copy: Copy):
    def pressed(lines: Lines) -> None:
        lines.append({**lines[-1], "way": "out", "frame": {"type": "session.stop", "id": str(uuid4())}})

    copy.edit("patient", pressed)

    assert (await copy.check()).findings == [], "it may be on its way"
    assert {finding.what for finding in (await copy.check(final=True)).findings} == {"lost_stop"}


async def test_what_a_restore_took_back_is_counted_and_no_finding(copy: Copy):
    await copy.rewrite(never)
    await copy.run("UPDATE head SET epoch = 2 WHERE ledger_id = $S")

    report = await copy.check(epoch=2)

    assert report.findings == []
    assert report.rolled_back == 1


def test_every_kind_of_finding_is_planted_somewhere():
    planted = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in planted] == []


def test_the_checker_shares_no_code_with_what_it_checks():
    own = ("tests.faults.checker", "cryptography", "asyncpg")
    for path in (Path(__file__).parent / "checker").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.startswith(own) or name.partition(".")[0] in sys.stdlib_module_names, (path.name, name)
    loaded = "import tests.faults.checker.__main__, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    told = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"server", "sessions", "exercises", "sqlalchemy", "msgspec"} & set(told.stdout.split())


async def test_a_damaged_file_is_named(copy: Copy):
    with Path(copy.database).open("r+b") as file:  # noqa: ASYNC230 - nothing else runs here
        file.seek(-4096, 2)
        file.write(bytes(4096))

    assert "damaged" in {finding.what for finding in (await copy.check()).findings}
