"""A session again, instant by instant: what the patient's screen and the therapist's were told, as it was told. Pure.

Both sides are made by `sessions.views`, the code that told the rooms. Of each line only what it changed is given, so
that a whole visit is a few kilobytes. What a screen worked out by itself, the breath at an instant or the turn of a
step, whoever replays works out from the same values by the same code.

A ledger knows what was stored and not what was seen: whoever had no connection saw the last view that had reached
them. An own Stop, which a screen obeys before anybody has heard of it, stands in `Stop` with the moment of its press.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct, to_builtins

from sessions import events as e
from sessions.evolve import evolve
from sessions.people import Role
from sessions.state import Activity, Asking, SessionState
from sessions.views import shown, view

#: What lies beside the stage, or is of no use once the visit is over.
_BESIDE: Final = ("planned_minutes", "screened")
#: Of care only what a stage shows: the whole of it may hold fifty sizes.
_CARE: Final = ("suspended", "rungs", "easing")

#: The words of an exercise as they were in its version, by name and version; None where nobody has them any more.
Cues = Callable[[str, int], Mapping[str, Mapping[str, Any]] | None]


class Instant(Struct, frozen=True):
    """From `at` on, and after line `seq`: what has changed on both screens, and what is the therapist's alone.

    `view` has fields of the small view; `here` is which roles had a connection, as far as the room knew.
    """

    seq: int
    at: int
    view: dict[str, Any]
    own: dict[str, Any]


class Stop(Struct, frozen=True):
    """A Stop from its press to the line that stored it; between the two only the own screen knew."""

    by: Role
    pressed: int
    stored: int


class Replay(Struct, frozen=True):
    """`scripts` are the exercises as they were offered, under the names that the views use for them."""

    scripts: dict[str, dict[str, Any]]
    stops: list[Stop]
    instants: list[Instant]


def replay(lines: list[e.Recorded], *, before: SessionState | None = None, cues: Cues | None = None) -> Replay:
    """The instants of these lines; `before` is the state that they follow, where they are not the first."""
    state = before or SessionState()
    named = _Scripts(cues)
    instants: list[Instant] = []
    stops: list[Stop] = []
    seen: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for line in lines:
        was, state = state, evolve(state, line)
        if isinstance(line.event, e.SessionStopped):
            stops.append(Stop(line.event.by, line.at - line.event.ago_ms, line.at))
        if instants and shown(was) == shown(state):
            continue
        patients, therapists = _patients(state, named), _therapists(state)
        instants.append(Instant(line.seq, line.at, _changed(seen, patients), _changed(own, therapists)))
        seen, own = patients, therapists
    return Replay(named.told, stops, instants)


def _patients(state: SessionState, named: "_Scripts") -> dict[str, Any]:
    """Both screens: they differ in `care` alone, where the therapist reads the reason."""
    told = view(state, Role.PATIENT, lists=False)
    for name in _BESIDE:
        told.pop(name, None)
    told["care"] = {name: told["care"][name] for name in _CARE}
    if state.activity is not None:
        told["activity"]["exercise"] = named.of(state.activity)
    if state.asking is not None:
        told["asking"]["exercise"] = named.of(state.asking)
    told["here"] = sorted({role for person, role in state.people.items() if person not in state.absent})
    return told


def _therapists(state: SessionState) -> dict[str, Any]:
    suspended = state.care.suspended
    return {"suspended": None if suspended is None else {"say": suspended.say, "reason": suspended.reason}}


def _changed(was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in now.items() if name not in was or was[name] != value}


class _Scripts:
    """Exercises by a name of their own: one that was offered twice, in other words each time, has two."""

    def __init__(self, cues: Cues | None) -> None:
        self.told: dict[str, dict[str, Any]] = {}
        self._cues = cues
        self._known: list[tuple[e.Script, str]] = []

    def of(self, on_stage: Activity | Asking) -> str:
        script = on_stage.script
        for known, name in self._known:
            if known is script or known == script:
                return name
        name = script.exercise
        while name in self.told:
            name += "+"
        self._known.append((script, name))
        self.told[name] = _exercise(script, None if self._cues is None else self._cues(script.exercise, script.version))
        return name


def _exercise(script: e.Script, cues: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
    """As the rooms have it, from what the ledger kept; what it did not keep is there where its version still is."""
    return {
        "title": script.title,
        "version": script.version,
        "internal": script.internal,
        "recovery": script.recovery,
        "with_support": script.with_support,
        "seconds": sum(step.seconds for step in script.steps),
        "steps": [
            {
                "id": step.id,
                "act": step.act,
                "seconds": step.seconds,
                "internal": step.internal,
                "way_out": step.way_out,
                "pattern": None if step.pattern is None else to_builtins(step.pattern),
                "words": {**(cues or {}).get(step.id, {}), "say": step.say},
            }
            for step in script.steps
        ],
    }
