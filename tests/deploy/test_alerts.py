"""The alert rules: Prometheus takes them, each names what a server tells, and each goes off when it is meant to."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from server.security import Event
from tests.db.postgres import Postgres
from tests.deploy.proxied import needed
from tests.served import served

RULES = Path(__file__).parents[2] / "deploy" / "alerts.yml"
GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "alerts.md"
#: Told by Prometheus itself, of whatever it asks.
ITS_OWN = {"up"}
#: Told once a backup was taken, a minute after the start.
LATER = {"ebb_backup_last_good_seconds"}
_METRIC = re.compile(r"\b((?:ebb|process|python)_[a-z_]+|up)\b(?!\")")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


async def _told(folder: Path, database_url: str) -> str:
    (folder / "backups").mkdir(mode=0o700)
    chosen = {
        "EBB_DATA": str(folder),
        "EBB_DATABASE_URL": database_url,
        "EBB_BACKUP_FOLDER": str(folder / "backups"),
    }
    async with served(**chosen) as (port, metrics_port), aiohttp.ClientSession() as http:
        assert (await http.get(f"http://127.0.0.1:{port}/readyz")).status == 200
        async with http.get(f"http://127.0.0.1:{metrics_port}/metrics") as answer:
            return await answer.text()


async def test_every_metric_that_a_rule_names_is_told_from_the_start(
    tmp_path: Path, postgres: Postgres, postgres_name: str
):
    told = await _told(tmp_path, postgres.url(postgres_name))
    there = {line.partition("{")[0].partition(" ")[0] for line in told.splitlines() if not line.startswith("#")}
    named = {name for rule in rules() for name in _METRIC.findall(rule["expr"])}

    assert len(named) > 8
    assert named - ITS_OWN - LATER <= there
    for event in re.findall(r'what=~?"([^"]+)"', " ".join(rule["expr"] for rule in rules())):
        for one in event.split("|"):
            assert one in set(Event), one
            assert f'ebb_security_events_total{{what="{one}"}} 0.0' in told, "else its first time is no increase"
    routes = set(re.findall(r'route="([^"]+)"', told))
    assert "/readyz" in routes


def test_every_rule_says_what_to_do_and_the_guide_says_it():
    guide = GUIDE.read_text("utf-8")
    anchors = {line.removeprefix("## ").strip().lower() for line in guide.splitlines() if line.startswith("## ")}

    for rule in rules():
        page, _, anchor = rule["annotations"]["do"].partition("#")
        assert (GUIDE.parents[2] / page).exists(), page
        if page.endswith("alerts.md"):
            assert anchor in anchors, anchor
        assert rule["labels"]["severity"] in ("page", "ticket")


def checked(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([needed("promtool"), *words], capture_output=True, text=True, check=False, timeout=100)


def test_prometheus_takes_them():
    result = checked("check", "rules", str(RULES))

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(rules())} rules found" in result.stdout


def test_prometheus_would_not_take_a_slip(tmp_path: Path):
    slip = tmp_path / "slip.yml"
    slip.write_text(RULES.read_text("utf-8").replace("rate(", "rat(", 1))

    assert checked("check", "rules", str(slip)).returncode != 0


READY = 'ebb_request_seconds_count{job="ebb", instance="a", route="/readyz", method="GET", status="503"}'
ERROR = 'ebb_request_seconds_count{job="ebb", instance="a", route="/desk", method="GET", status="500"}'


def security(what: str) -> str:
    return f'ebb_security_events_total{{job="ebb", instance="a", what="{what}"}}'


#: An hour of a server's life as `series: what it was each quarter of a minute`, when to look, and what has gone off.
HOURS: list[tuple[str, dict[str, str], str, set[str]]] = [
    ("all is well", {'up{job="ebb"}': "1x240", "ebb_batches_waiting": "0x240", READY: "3x240"}, "40m", set()),
    ("it does not answer", {'up{job="ebb"}': "1x20 0x40"}, "8m", {"EbbDown"}),
    ("it was away for a moment", {'up{job="ebb"}': "1x20 0x2 1x40"}, "6m30s", set()),
    ("the database is away for the first time", {READY: "_x20 1+1x30"}, "7m", {"EbbCannotStore"}),
    ("the database was away an hour ago", {READY: "1+1x20 21x220"}, "50m", set()),
    ("the first error ever", {ERROR: "_x20 1x40"}, "6m", {"EbbError"}),
    ("another error", {ERROR: "4x60 5x20"}, "16m", {"EbbError"}),
    ("an error of yesterday", {ERROR: "4x240"}, "59m", set()),
    ("what is stored piles up", {"ebb_batches_waiting": "0x20 150x20"}, "8m", {"EbbStoringBehind"}),
    ("a moment of piling up", {"ebb_batches_waiting": "0x20 150x2 0x20"}, "6m30s", set()),
    ("a core is full", {'process_cpu_seconds_total{job="ebb"}': "0+14x120"}, "25m", {"EbbCoreFull"}),
    ("a core has half to do", {'process_cpu_seconds_total{job="ebb"}': "0+7x120"}, "25m", set()),
    ("memory", {'process_resident_memory_bytes{job="ebb"}': "1.6e9x120"}, "20m", {"EbbMemory"}),
    (
        "sockets run out",
        {'process_open_fds{job="ebb"}': "900x60", 'process_max_fds{job="ebb"}': "1024x60"},
        "10m",
        {"EbbFilesRunOut"},
    ),
    (
        "a disk is nearly full",
        {'ebb_disk_free_bytes{what="database"}': "4e9x60", 'ebb_disk_bytes{what="database"}': "5e10x60"},
        "10m",
        {"EbbDiskNearlyFull"},
    ),
    (
        "a disk is full",
        {'ebb_disk_free_bytes{what="database"}': "1e8x60", 'ebb_disk_bytes{what="database"}': "5e10x60"},
        "10m",
        {"EbbDiskNearlyFull", "EbbDiskFull"},
    ),
    (
        "a disk with room",
        {'ebb_disk_free_bytes{what="database"}': "2e10x60", 'ebb_disk_bytes{what="database"}': "5e10x60"},
        "10m",
        set(),
    ),
    (
        "it starts again and again",
        {'process_start_time_seconds{job="ebb"}': "100x20 200x20 300x20 400x20"},
        "16m",
        {"EbbRestarts"},
    ),
    ("one restart", {'process_start_time_seconds{job="ebb"}': "100x20 200x60"}, "16m", set()),
    ("a ledger is not as it was", {security("chain.broken"): "0x20 1x20"}, "6m", {"EbbRecordTouched"}),
    ("a record does not open", {security("record.unreadable"): "0x20 1x20"}, "6m", {"EbbRecordTouched"}),
    ("an emergency", {security("emergency.opened"): "0x20 1x20"}, "6m", {"EbbEmergencyOpened"}),
    ("a copied passkey", {security("passkey.went_back"): "0x20 1x20"}, "6m", {"EbbStolenWayIn"}),
    ("somebody guesses", {security("signin.too_often"): "0+1x60"}, "14m", {"EbbGuessing"}),
    ("somebody mistyped", {security("signin.refused"): "0x20 1x20 2x20"}, "14m", set()),
    ("another site", {security("origin.refused"): "0x20 1x20"}, "6m", {"EbbProbed"}),
    ("keys", {security("keys.rotated"): "0x20 1x20"}, "6m", {"EbbKeysRotated"}),
    ("the audit is late", {security("audit.late"): "0x20 1x20"}, "6m", {"EbbAuditLate"}),
    ("a backup that was not made", {"ebb_backups_failed_total": "0x20 1x20"}, "6m", {"EbbBackupFailed"}),
    (
        "no backup for long",
        {"ebb_backup_last_good_seconds": "60x120", "ebb_backup_every_seconds": "300x120"},
        "25m",
        {"EbbBackupOld"},
    ),
    (
        "a backup that is late",
        {"ebb_backup_last_good_seconds": "60x120", "ebb_backup_every_seconds": "900x120"},
        "25m",
        set(),
    ),
    ("a clock goes its own way", {"ebb_clock_apart_seconds": "0x20 -0.7x40"}, "12m", {"EbbClockApart"}),
    ("a clock that was set is followed", {"ebb_clock_apart_seconds": "0x20 -0.7x4 0x40"}, "9m", set()),
    (
        "a node knows of one of two",
        {'up{job="ebb",instance="a"}': "1x60", 'up{job="ebb",instance="b"}': "1x60", "ebb_nodes": "1x60"},
        "9m",
        {"EbbNodesApart"},
    ),
    (
        "both know of both",
        {'up{job="ebb",instance="a"}': "1x60", 'up{job="ebb",instance="b"}': "1x60", "ebb_nodes": "2x60"},
        "9m",
        set(),
    ),
    (
        "pages are slow",
        {
            'ebb_request_seconds_bucket{instance="a", method="GET", route="/desk", le="1.0"}': "0+1x120",
            'ebb_request_seconds_bucket{instance="a", method="GET", route="/desk", le="2.5"}': "0+10x120",
            'ebb_request_seconds_bucket{instance="a", method="GET", route="/desk", le="+Inf"}': "0+10x120",
        },
        "20m",
        {"EbbSlow"},
    ),
    (
        "a copy is slow, which nobody minds",
        {
            'ebb_request_seconds_bucket{instance="a", method="GET", route="/export/{job}/file", le="1.0"}': "0+1x120",
            'ebb_request_seconds_bucket{instance="a", method="GET", route="/export/{job}/file", le="+Inf"}': "0+10x120",
        },
        "20m",
        set(),
    ),
]


def _firing(alert: str) -> str:
    return f'ALERTS{{alertname="{alert}", alertstate="firing"}}'


@pytest.mark.thorough
def test_each_goes_off_when_it_is_meant_to_and_not_before(tmp_path: Path):
    tests = []
    for name, series, at, firing in HOURS:
        tests.append(
            {
                "name": name,
                "interval": "15s",
                "input_series": [{"series": each, "values": values} for each, values in series.items()],
                # With no labels asked for promtool compares all of them: so only whether any is firing is asked.
                "promql_expr_test": [
                    {
                        "expr": f"count({_firing(rule['alert'])}) > bool 0 or vector(0)",
                        "eval_time": at,
                        "exp_samples": [{"labels": "{}", "value": int(rule["alert"] in firing)}],
                    }
                    for rule in rules()
                ],
            }
        )
    file = tmp_path / "hours.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": tests}))

    result = checked("test", "rules", str(file))

    assert result.returncode == 0, result.stdout + result.stderr


def test_each_rule_has_an_hour_in_which_it_goes_off():
    assert {rule["alert"] for rule in rules()} == set().union(*(firing for *_, firing in HOURS))
