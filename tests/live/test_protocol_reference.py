"""The reference of the protocol and the code say the same, in both directions."""

import re
from typing import Any

import pytest

from server.live import member, protocol
from server.live.call import AWAY_MS, PEOPLE_MAX
from server.live.heart import BEATS_BURST
from server.live.outbox import BYTES_MAX, MESSAGES_MAX
from server.live.socket import SOCKETS_A_PERSON
from server.live.switchboard import SIGNALS_A_SECOND, SIGNALS_BURST
from server.live.waiting import WAITING_MAX
from sessions.evolve import replay
from sessions.flags import FLAGS, Tier
from sessions.heart import EVERY_MS
from sessions.machine import MAY
from sessions.people import Role
from sessions.views import LAST, view
from tools import protocol_reference as reference

PAGE = reference.PAGE.read_text("utf-8")


def section(heading: str) -> str:
    """What stands under a heading, up to the next of its rank or above."""
    rank = len(heading) - len(heading.lstrip("#"))
    return re.split(rf"\n#{{1,{rank}}} ", PAGE.split(f"\n{heading}\n", maxsplit=1)[1], maxsplit=1)[0]


def names_of_rows(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def test_what_comes_from_the_code_is_as_the_code_has_it():
    assert reference.with_parts(PAGE) == PAGE, "run: python -m tools.protocol_reference"


def test_every_command_is_explained_and_no_other():
    assert names_of_rows(section("### What they do, and when")) == [reference.tag_of(one) for one in reference.COMMANDS]
    assert {reference.tag_of(one) for one in reference.COMMANDS} == set(protocol.TYPES)


def test_what_a_practice_has_beside_a_visit_is_explained_and_no_socket_takes_it():
    at_home = [reference.tag_of(one) for one in reference.AT_HOME]

    assert names_of_rows(section("## A practice at home")) == at_home * 2
    assert set(at_home).isdisjoint(protocol.TYPES)
    assert all(MAY[one] == {Role.PATIENT} for one in reference.AT_HOME)


def test_every_event_that_is_named_exists():
    known = {reference.tag_of(event) for event in (*reference.EVENTS, *reference.AT_HOME)}
    known |= set(protocol.TYPES) | reference.frames().keys()
    told = section("### What they do, and when") + section("## What holds") + section("## A practice at home")

    named = set(re.findall(r"`([a-z]+\.[a-z]+)`", told))

    assert named <= known


def test_every_frame_of_the_server_stands_there_with_its_fields():
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+?) \| .+ \|$", section("## Frames from the server"), re.MULTILINE))

    assert {name for name in rows if not name.isdigit()} >= reference.frames().keys()
    for name, frame in reference.frames().items():
        for field in frame.keys() - {"type"}:
            assert re.search(rf"`{field}\??`", rows[name]), f"{name}.{field}"
    assert set(re.findall(r"`(\w+)`", rows["people"])) - {"people"} == reference.frames()["people"]["people"][0].keys()


def test_every_close_code_stands_there_and_no_other():
    codes = {int(code) for code in re.findall(r"^\| (\d{4}) \|", section("## Frames from the server"), re.MULTILINE)}

    assert codes == {
        protocol.ENDED,
        protocol.RESTARTING,
        protocol.SIGNED_OUT,
        protocol.NO_LONGER_YOURS,
        protocol.FELL_BEHIND,
        protocol.TOO_FAST,
    }


def test_every_refusal_that_is_named_exists():
    column = re.findall(r"^\| `[^`]+` \| .+ \| (.+) \|$", section("### What they do, and when"), re.MULTILINE)
    codes = set(re.findall(r"`([a-z_]+)`", " ".join(column)))

    assert codes - {"ask", "heard", "scheduled", "ended", "id"} <= set(protocol.REFUSALS)


def paths_of(seen: dict[str, Any]) -> set[str]:
    return set(seen) | {
        f"{name}.{inner}"
        for name in ("asking", "activity", "pacer", "care")
        if isinstance(seen[name], dict)
        for inner in seen[name]
    }


def test_the_view_is_described_name_by_name():
    seen: set[str] = set()
    for role in Role.THERAPIST, Role.PATIENT, Role.SUPPORT:
        state, lines = reference.played()
        asked = next(line.seq for line in lines if reference.tag_of(type(line.event)) == "activity.offered")
        for until in (asked, state.seq):
            seen |= paths_of(view(replay(lines[:until]), role, lists=True))

    assert names_of_rows(section("## The view")) == sorted(seen, key=names_of_rows(section("## The view")).index)


def test_what_is_for_therapists_alone_is_marked():
    state, _ = reference.played()
    theirs = view(state, Role.THERAPIST, lists=True).keys() - view(state, Role.PATIENT, lists=True).keys()

    marked = set(re.findall(r"^\| `(\w+)` \| therapist\b", section("## The view"), re.MULTILINE))

    assert marked == theirs


@pytest.mark.parametrize(
    "sentence",
    [
        f"| {protocol.FRAME_LIMIT_BYTES // 1024} KiB a frame |",
        f"| {protocol.SOCKET_LIMIT_BYTES // 1024} KiB a frame |",
        f"| {member.COMMANDS_A_MINUTE} commands a minute, {member.COMMANDS_BURST} at once,",
        f"| {member.PINGS_BURST} pings at once, then one each {member.PING_EVERY_MS // 1000} s |",
        f"| {SIGNALS_BURST} frames `call.*` at once, then {SIGNALS_A_SECOND} a second, over all sockets of a person |",
        f"| {BEATS_BURST} frames `heart.beats` at once, then one a second, over all sockets of a person |",
        f"`too_fast` within {EVERY_MS // 1000} s of the one before",
        f"keeps the place for {AWAY_MS // 1000} s;",
        f"`not_now` beyond {PEOPLE_MAX} people or one support person",
        f"| {member.REFUSALS_MAX} refusals within {member.REFUSALS_WINDOW_MS // 1000} s on one socket |",
        f"| {WAITING_MAX} commands that wait in one room |",
        f"more than {MESSAGES_MAX} frames or {BYTES_MAX // 2**20} MiB waited",
        f"A list carries its last {LAST}.",
    ],
)
def test_the_limits_stand_there_as_they_are(sentence: str):
    assert sentence in PAGE


def test_eight_tabs_are_eight():
    assert SOCKETS_A_PERSON == 8
    assert "open eight times already" in PAGE


def test_the_red_flags_are_all_there_with_how_soon():
    assert names_of_rows(section("## Red flags")) == [flag.id for flag in FLAGS]
    assert all(f"`{tier}`:" in section("## Red flags") for tier in Tier)
