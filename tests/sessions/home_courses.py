"""Practices that go where chance seldom does: each answer, each flag, and both sides of every limit in time."""

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import msgspec
from msgspec import structs

from sessions.care import CareState
from sessions.checkins import KINDS
from sessions.flags import FLAGS
from sessions.inside import FETCHED_FOR_MS, SCREENED_FOR_MS
from sessions.programme import Item, Programme
from tests.sessions.at_home import BEGUN_MS, EXERCISES, AtHome
from tests.sessions.cast import CARE, LADDER, SUSPENDED_CARE

_OPEN = tuple(sorted(slug for slug, exercise in EXERCISES.items() if exercise.needs_enabling))
_ITEM = Item(id="a", exercise="dilate", version=1, times_a_week=3, rung="three")

HOME: Final = structs.replace(CARE, enabled=_OPEN)
PRESCRIBED: Final = structs.replace(HOME, programme=Programme(version=4, items=(_ITEM,), valid_from_ms=1))
#: A clinic that stops at less pain in a practice than on the next day.
STRICT: Final = structs.replace(
    HOME, thresholds=structs.replace(HOME.thresholds, pain_stop=5, pain_next_day=6, pain_easing=2)
)
CARES: Final[tuple[CareState, ...]] = (
    HOME,
    HOME,
    PRESCRIBED,
    STRICT,
    structs.replace(HOME, suspended=SUSPENDED_CARE.suspended),
    structs.replace(HOME, rung=None, ladder=structs.replace(LADDER, rungs=LADDER.rungs[1:])),
    CareState(),
)
PACE: Final = ("in_ms", "hold_in_ms", "out_ms", "hold_out_ms")
_LONG = "ä𝄞" * 250
_NEEDED: dict[str, dict[str, Any]] = {"next_day": {"of": 2}, "exposure": {"situation": "The dentist"}}


def courses() -> Iterator[AtHome]:
    for course in (
        _each_answer,
        _each_degree_of_pain,
        _each_correction,
        _days_afterwards,
        _each_flag,
        _limits_in_time,
        _screens_that_were_gone,
        _feelings,
        _noes,
        _paces,
        _sizes,
    ):
        yield from course()


def outcomes(kind: str) -> list[str]:
    return [str(value) for value in _literals(kind)["outcome"]]


def _literals(kind: str) -> dict[str, tuple[Any, ...]]:
    """The fields of a kind that are one of several."""
    info = msgspec.inspect.type_info(KINDS[kind])
    assert isinstance(info, msgspec.inspect.StructType)
    found = {}
    for field in info.fields:
        shapes = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else (field.type,)
        for shape in shapes:
            if isinstance(shape, msgspec.inspect.LiteralType):
                found[field.name] = tuple(shape.values)
    return found


def _inside(care: CareState = HOME, **given: Any) -> AtHome:
    home = AtHome(care=care, fetched_ms=BEGUN_MS, **given)
    home.screens()
    home.runs("dilate")
    home.goes_inside()
    return home


def _each_answer() -> Iterator[AtHome]:
    odd: tuple[Any, ...] = (-1, 0, 10, 11, 12, 240, 241, 1.5, True, False, "", "x", _LONG, _LONG + "x", None, [], {})
    for kind in KINDS:
        needed: dict[str, Any] = _NEEDED.get(kind, {})
        whole: dict[str, Any] = dict(needed)
        for field in KINDS[kind].__struct_fields__:
            if field in ("outcome", "of", "bleeding"):
                continue
            choices = _literals(kind).get(field)
            whole[field] = (
                choices[-1]
                if choices
                else {"rung": "one", "situation": "x", "belief": "x", "note": "x"}.get(
                    field, field in ("numbness", "lidocaine", "sedating") or 3
                )
            )
        tried = [{**whole, "outcome": outcome} for outcome in outcomes(kind)]
        for field in (*KINDS[kind].__struct_fields__, "kind", "made_up"):
            values = (*odd, kind, "rung", *_literals(kind).get(field, ()))
            tried += [{"outcome": outcomes(kind)[0], **needed, field: value} for value in values]
        for begin in range(0, len(tried), 24):
            home = AtHome(care=HOME)
            home.asks("checkin.record", kind="relaxation", answers={"outcome": "done"})
            for answers in tried[begin : begin + 24]:
                home.may("checkin.record", kind=kind, answers=answers)
            yield home


def _each_degree_of_pain() -> Iterator[AtHome]:
    ways: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("relaxation", "pain", {"outcome": "done"}),
        ("rung", "pain_worst", {"outcome": "completed"}),
        ("rung", "pain_before", {"outcome": "did_not_start"}),
        ("rung", "pain_after", {"outcome": "completed", "eased": "not_yet"}),
        ("rung", "pain_after", {"outcome": "completed", "eased": "hours"}),
        ("release", "tender_after", {"outcome": "partly", "numbness": True}),
        ("release", "tender_before", {"outcome": "stopped_early", "stop_reason": "bleeding"}),
    )
    for care, (kind, field, answers), pain in product((HOME, STRICT), ways, (0, 4, 5, 6, 7, 10)):
        home = _inside(care)
        home.asks("checkin.record", kind=kind, answers={**answers, field: pain})
        home.may("step.go", to=1)
        yield home


def _each_correction() -> Iterator[AtHome]:
    told: tuple[dict[str, Any] | None, ...] = (
        {"outcome": "completed", "pain_worst": 6},
        {"outcome": "completed", "pain_worst": 7, "bleeding": "pink"},
        {"outcome": "completed", "pain_worst": 8, "rung": "one"},
        {"outcome": "stopped_early", "stop_reason": "bleeding"},
        {"outcome": "stopped_early", "stop_reason": "bleeding", "bleeding": "pink"},
        {"outcome": "partly", "stop_reason": "bleeding", "bleeding": "fresh_red", "rung": "three"},
        {"outcome": "partly", "bleeding": "heavy", "pain_worst": 9, "rung": "ten"},
        {"outcome": "chose_not_to_insert", "bleeding": "fresh_red", "rung": ""},
        None,
    )
    for first, second in product(told[:-1], told):
        home = _inside()
        if home.may("checkin.record", kind="rung", answers=first):
            of = home.state.checkins[-1].seq
            home.may("checkin.correct", of=of, answers=second)
            home.may("checkin.correct", of=of, answers=first)
            home.may("checkin.correct", of=of + 1, answers=first)
        yield home


def _days_afterwards() -> Iterator[AtHome]:
    hours = 3_600_000
    for care, pain, bleeding in product((HOME, STRICT), (None, 4, 5, 6), (None, "none", "trace", "heavy")):
        home = AtHome(care=care)
        home.asks("checkin.record", kind="relaxation", answers={"outcome": "done"})
        home.asks("practice.end")
        for outcome in ("fine", "sore", "worse", "sore"):
            answers = {"of": 2, "outcome": outcome, "pain": pain, "bleeding": bleeding}
            home.may("checkin.record", kind="next_day", answers=answers)
            if outcome == "worse":
                home.may("checkin.correct", of=4, answers={**answers, "pain": 7})
        home.may("checkin.correct", of=4, answers=None)
        home.may("checkin.record", kind="relaxation", answers={"outcome": "done"})
        home.tick(72 * hours)
        home.may("checkin.record", kind="next_day", answers={"of": 2, "outcome": "worse"})
        home.tick(1)
        home.may("checkin.record", kind="next_day", answers={"of": 2, "outcome": "fine"})
        yield home


def _each_flag() -> Iterator[AtHome]:
    for flag in FLAGS:
        for inside in (False, True):
            home = _inside() if inside else AtHome(care=HOME)
            home.screens(flag.id)
            home.screens(flag.id, "spotting")
            home.may("activity.offer", exercise="dilate")
            home.asks("flags.tell", flags=[flag.id, "strong_pain"], note="In my words")
            home.may("session.stop")
            home.asks("flags.tell", flags=["heavy_bleeding"])
            yield home
        asked = AtHome(care=HOME, fetched_ms=BEGUN_MS)
        asked.screens()
        asked.runs("dilate")
        asked.asks("step.go", to=1)
        asked.asks("flags.tell", flags=[flag.id])
        asked.may("step.go", to=1)
        yield asked
    for urgent in ("fever", "collapse", "lump"):
        home = AtHome(care=structs.replace(HOME, suspended=SUSPENDED_CARE.suspended))
        home.screens("unsure", urgent)
        home.may("flags.tell", note=" \n")
        home.may("flags.tell", note="x" * 501)
        yield home


def _limits_in_time() -> Iterator[AtHome]:
    for limit_ms, fetched_ms in ((SCREENED_FOR_MS, BEGUN_MS), (60_000, BEGUN_MS + 60_000 - FETCHED_FOR_MS)):
        for late_ms, until in product((0, 1), ("offered", "begun", "asked", "answered", "resumed")):
            home = AtHome(care=HOME, fetched_ms=fetched_ms)
            home.screens()
            if until != "offered":
                home.asks("activity.offer", exercise="dilate")
            if until in ("asked", "answered", "resumed"):
                home.asks("activity.start")
            if until in ("answered", "resumed"):
                home.asks("step.go", to=1)
            if until == "resumed":
                home.says("yes")
                home.tick(20_000)
                home.asks("activity.pause")
            home.tick(BEGUN_MS + limit_ms + late_ms - home.now_ms)
            home.may("activity.offer", exercise="dilate")
            home.may("activity.start")
            home.may("step.go", to=1)
            if home.state.asking is not None:
                home.answers("yes")
            home.may("activity.resume")
            home.may("step.go", to=3)
            yield home
    for paused_ms in (119_999, 120_000, 120_001):
        home = _inside()
        home.asks("activity.pause")
        home.tick(paused_ms)
        home.may("activity.resume")
        home.may("activity.answer", ask=home.state.seq, answer="yes")
        yield home


def _screens_that_were_gone() -> Iterator[AtHome]:
    for gone_ms, where in product((14_999, 15_000), range(7)):
        home = AtHome(care=HOME, fetched_ms=BEGUN_MS)
        home.screens()
        home.asks("activity.offer", exercise="dilate")
        if where > 0:
            home.asks("activity.start")
            home.tick(20_000)
        if where in (2, 5):
            home.asks("activity.pause")
        if where == 3:
            home.asks("step.go", to=1)
        if where in (4, 6):
            home.goes_inside()
        if where == 6:
            home.asks("activity.pause")
        home.tick(gone_ms)
        home.asks("practice.back", gone_ms=gone_ms)
        home.asks("practice.back", gone_ms=31_536_000_000)
        home.may("practice.back", gone_ms=31_536_000_001)
        home.tick(700)
        home.may("activity.pause")
        home.tick(700)
        home.may("activity.resume")
        home.may("session.stop", ago_ms=86_400_000)
        home.may("practice.end")
        yield home


def _feelings() -> Iterator[AtHome]:
    levels = ("settled", "uneasy", "dizzy")
    for first, second, exercise in product(levels, levels, ("calm", "soothe", "dilate")):
        home = AtHome(care=HOME, fetched_ms=BEGUN_MS)
        home.screens()
        home.asks("comfort.set", level=first)
        home.asks("activity.offer", exercise=exercise)
        home.may("activity.start")
        home.tick(2_000)
        home.may("step.go", to=1)
        home.may("comfort.set", level=second)
        home.may("pacer.set", **dict(zip(PACE, (6_000, 0, 8_000, 0), strict=True)))
        home.may("step.go", to=2)
        home.tick(1_000)
        home.may("comfort.set", level=first)
        home.may("activity.resume")
        yield home
    for level, at_ms in product(("uneasy", "dizzy"), (0, 7_999, 8_000, 20_000)):
        home = AtHome(care=HOME)
        home.runs("calm")
        home.tick(2_000)
        home.asks("step.go", to=2)
        home.tick(at_ms)
        home.asks("comfort.set", level=level)
        home.tick(30_000)
        home.asks("comfort.set", level="settled")
        home.asks("comfort.set", level="settled")
        yield home


def _noes() -> Iterator[AtHome]:
    for told, reopened in product((False, True), (False, True)):
        home = AtHome(care=HOME, fetched_ms=BEGUN_MS)
        home.screens()
        home.runs("dilate")
        home.asks("step.go", to=1)
        if told:
            home.says("tell_me_first")
            home.says("tell_me_first")
        home.says("not_today")
        home.may("step.go", to=1)
        if reopened:
            home.asks("activity.reopen", exercise="dilate")
            home.asks("step.go", to=1)
            home.says("yes")
            home.tick(20_000)
        home.may("step.go", to=2)
        if home.state.asking is not None:
            home.answers("yes")
        yield home
    for then in ("resume", "go", "finish"):
        home = _inside()
        home.asks("activity.pause")
        home.tick(130_000)
        home.asks("activity.resume")
        if then == "resume":
            home.says("not_today")
            home.may("activity.resume")
            home.may("step.go", to=1)
            home.may("activity.resume")
        home.may("step.go", to=2)
        home.may("activity.finish" if then == "finish" else "activity.resume")
        yield home
    eased = _inside()
    eased.asks("step.go", to=2)
    eased.says("yes")
    eased.tick(20_000)
    eased.asks("step.go", to=1)
    eased.asks("activity.pause")
    eased.asks("activity.resume")
    eased.says("not_today")
    eased.may("activity.resume")
    eased.asks("step.go", to=2)
    eased.says("yes")
    eased.tick(20_000)
    eased.asks("step.go", to=1)
    eased.asks("activity.pause")
    eased.may("activity.resume")
    yield eased
    stopped = _inside()
    stopped.asks("session.stop")
    stopped.asks("session.ready")
    stopped.runs("soothe")
    yield stopped


def _paces() -> Iterator[AtHome]:
    for at_ms, then_ms in product((*range(0, 10_001, 500), 9_400, 9_499), (0, 200, 500, 4_000, 9_500)):
        home = AtHome(care=HOME)
        home.runs("calm")
        home.tick(at_ms)
        home.asks("pacer.set", **dict(zip(PACE, (5_000, 0, 7_000, 0), strict=True)))
        home.tick(then_ms)
        home.asks("pacer.set", **dict(zip(PACE, (6_000, 0, 8_000, 0), strict=True)))
        home.asks("pacer.set", **dict(zip(PACE, (5_000, 0, 7_000, 0), strict=True)))
        home.asks("pacer.set", **dict(zip(PACE, (6_000, 1_000, 8_000, 0), strict=True)))
        if at_ms % 1_000:
            home.asks("comfort.set", level="dizzy" if then_ms in (0, 200) else "uneasy")
        home.may("step.go", to=1)
        home.tick(25_000)
        home.asks("step.go", to=0)
        yield home
    # A step whose own breath is as long as the pace that was asked for, a little longer, and a little shorter.
    for out_ms in (7_999, 8_000, 8_001):
        home = AtHome(care=HOME)
        home.runs("calm")
        home.asks("pacer.set", **dict(zip(PACE, (6_000, 0, out_ms, 0), strict=True)))
        home.tick(30_000)
        home.asks("step.go", to=2)
        home.tick(30_000)
        home.asks("comfort.set", level="settled")
        home.asks("step.go", to=0)
        yield home
    for part, length in product(PACE, (0, 1_499, 1_500, 4_000, 4_001, 12_000, 12_001, 60_001)):
        home = AtHome(care=HOME)
        home.runs("calm")
        home.may("pacer.set", **{**dict(zip(PACE, (4_000, 0, 6_000, 0), strict=True)), part: length})
        yield home


def _sizes() -> Iterator[AtHome]:
    for care, item, rung in product(CARES, ("a", "b", None), (None, "one", "two", "three", "ten")):
        home = AtHome(care=care, item=item, fetched_ms=BEGUN_MS)
        home.screens()
        given = {} if rung is None else {"rung": rung}
        home.may("activity.offer", exercise="calm", **given, minutes=120)
        home.may("activity.offer", exercise="calm", minutes=0)
        home.may("activity.offer", exercise="calm", minutes=121)
        home.may("activity.offer", exercise="dilate", **given, minutes=1, step=0)
        home.may("activity.start")
        for other in ("one", "three", "two"):
            home.may("rung.choose", rung=other)
        home.asks("checkin.record", kind="rung", answers={"outcome": "completed"})
        yield home
