"""The care ledger: what outlives a session.

Intake, suspension and clearance, the exercises that are open, the ladder and where the patient is on it, the
thresholds of the safety rules, the patient's own words, and what a therapist decided about a suggestion.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from exercises.model import Ladder, Rung
from exercises.wording import PLACES, Wording
from sessions.checkins import HalfStep
from sessions.intake import CONDITIONS, TRIED, Intake, Line
from sessions.people import Actor, Refused, Role
from sessions.programme import Item, Programme, prescribed
from sessions.thresholds import Thresholds, checked

_NEW_PATIENT = "New patient, not cleared yet"
_NOT_YET = (
    "Work inside the body waits until your therapist has looked at your history with you. "
    "Breathing and letting go are here for you now."
)


class Suspension(Struct, frozen=True, forbid_unknown_fields=True):
    """Internal work is off. `say` is for the patient, `reason` for the therapist."""

    say: str
    reason: str
    since_ms: int


class Clearance(Struct, frozen=True, forbid_unknown_fields=True):
    """What lifts the suspension of a new patient, as the therapist recorded it.

    `examined` is by whom and when, or why no examination is needed.
    """

    examined: Annotated[str, Meta(min_length=3, max_length=300)]
    conditions_screened: bool
    adult: bool
    pregnancy: Literal["not_pregnant", "cleared"]
    pregnancy_cleared_by: Line | None = None
    reason: Line | None = None


class CareState(Struct, frozen=True, forbid_unknown_fields=True):
    """The care of one patient as it stands. Sessions carry a copy of it as their snapshot."""

    suspended: Suspension | None = None
    clearance: Clearance | None = None
    enabled: tuple[str, ...] = ()
    ladder: Ladder | None = None
    rung: str | None = None
    half_step: HalfStep | None = None
    intake: Intake | None = None
    wording: Wording = Wording()
    thresholds: Thresholds = Thresholds()
    programme: Programme | None = None


# Commands


class TakeIntake(Struct, frozen=True, tag="care.intake"):
    intake: Intake


class Clear(Struct, frozen=True, tag="care.clear"):
    clearance: Clearance
    enabled: tuple[str, ...]
    ladder: Ladder | None
    rung: str | None


class Suspend(Struct, frozen=True, tag="care.suspend"):
    say: str
    reason: str


class Arrange(Struct, frozen=True, tag="care.arrange"):
    """Which exercises and rungs a patient may use, without touching the suspension. `reason` is for therapists."""

    enabled: tuple[str, ...]
    ladder: Ladder | None
    rung: str | None
    half_step: HalfStep | None = None
    reason: Line | None = None


class Decide(Struct, frozen=True, tag="care.decide"):
    """What a therapist makes of a suggestion: where the patient goes on, or that it stays as it is, and why.

    `rests_on` names the sessions that it was made from; `rules` the version of the rules.
    """

    suggestion: Literal["up", "stay", "smaller", "plateau"]
    taken: bool
    reason: Annotated[str, Meta(min_length=1, max_length=300)]
    rules: int
    rung: str | None = None
    half_step: HalfStep | None = None
    rests_on: tuple[str, ...] = ()


class SetThresholds(Struct, frozen=True, tag="care.set_thresholds"):
    """From now on these hold for this patient. The clinic sets them for all of its patients at once."""

    thresholds: Thresholds


class SetWording(Struct, frozen=True, tag="care.set_wording"):
    """The patient's own words, set by the patient, or by the therapist as they heard them."""

    wording: Wording


class SetProgramme(Struct, frozen=True, tag="care.set_programme"):
    """The whole home programme, as it is from now on. `template` names what it was begun from."""

    items: tuple[Item, ...]
    reason: str
    template: str | None = None


class HandOver(Struct, frozen=True, tag="care.hand_over"):
    """Another therapist takes over. The clinic's owner says so, and why; nothing of the care itself changes."""

    former: str
    following: str
    reason: str


CareCommand = TakeIntake | Clear | Suspend | Arrange | Decide | SetThresholds | SetWording | SetProgramme | HandOver


# Events


class CareOpened(Struct, frozen=True, tag_field="type", tag="care.opened"):
    """A new patient: internal work is suspended until a therapist records the clearance."""

    suspension: Suspension


class CareIntakeTaken(Struct, frozen=True, tag_field="type", tag="care.intake_taken"):
    intake: Intake


class CareCleared(Struct, frozen=True, tag_field="type", tag="care.cleared"):
    clearance: Clearance


class CareSuspended(Struct, frozen=True, tag_field="type", tag="care.suspended"):
    suspension: Suspension


class CareArranged(Struct, frozen=True, tag_field="type", tag="care.arranged"):
    enabled: tuple[str, ...]
    ladder: Ladder | None
    rung: str | None
    half_step: HalfStep | None = None
    reason: str | None = None


class CareDecided(Struct, frozen=True, tag_field="type", tag="care.decided"):
    suggestion: Literal["up", "stay", "smaller", "plateau"]
    taken: bool
    reason: str
    rules: int
    rung: str | None
    half_step: HalfStep | None
    rests_on: tuple[str, ...] = ()


class CareThresholdsSet(Struct, frozen=True, tag_field="type", tag="care.thresholds_set"):
    thresholds: Thresholds


class CareWordingSet(Struct, frozen=True, tag_field="type", tag="care.wording_set"):
    wording: Wording


class CareProgrammeSet(Struct, frozen=True, tag_field="type", tag="care.programme_set"):
    programme: Programme
    reason: str


class CareHandedOver(Struct, frozen=True, tag_field="type", tag="care.handed_over"):
    """From whom to whom, as ids: names may change, or be erased."""

    former: str
    following: str
    reason: str


CareEvent = (
    CareOpened
    | CareIntakeTaken
    | CareCleared
    | CareSuspended
    | CareArranged
    | CareDecided
    | CareThresholdsSet
    | CareWordingSet
    | CareProgrammeSet
    | CareHandedOver
)


def opened(now_ms: int) -> CareOpened:
    return CareOpened(suspension=Suspension(say=_NOT_YET, reason=_NEW_PATIENT, since_ms=now_ms))


def decide_care(state: CareState, command: CareCommand, actor: Actor, now_ms: int) -> list[CareEvent]:
    """The events that `command` makes of `state`. Raises Refused with the fields that are missing."""
    match command:
        case Suspend(say=say, reason=reason):
            if state.suspended is not None and (state.suspended.say, state.suspended.reason) == (say, reason):
                return []
            return [CareSuspended(suspension=Suspension(say=say, reason=reason, since_ms=now_ms))]
        case SetWording(wording=wording):
            return _wording_set(state, wording, actor)
        case SetThresholds(thresholds=thresholds):
            # The clinic's owner sets them; the system carries them into each patient's care.
            if actor.role is not Role.SYSTEM:
                raise Refused("not_allowed", "The clinic’s owner sets these numbers, for everybody at once.")
            changes = checked(thresholds) != state.thresholds
            return [CareThresholdsSet(thresholds=thresholds)] if changes else []
        case HandOver():
            return _handed_over(command, actor)
        case TakeIntake() | Arrange() | Clear() | Decide() | SetProgramme():
            if actor.role is not Role.THERAPIST:
                raise Refused("not_allowed", "Only a therapist can change this.")
            return _by_therapist(state, command, now_ms)


def _by_therapist(
    state: CareState, command: TakeIntake | Arrange | Clear | Decide | SetProgramme, now_ms: int
) -> list[CareEvent]:
    match command:
        case TakeIntake(intake=intake):
            _known(intake.tried, TRIED, "tried")
            _known(intake.asked, CONDITIONS, "asked")
            _known(intake.conditions, dict.fromkeys(intake.asked, ""), "conditions")
            return [] if intake == state.intake else [CareIntakeTaken(intake=intake)]
        case Decide():
            return _decided(state, command)
        case SetProgramme(items=items, reason=reason, template=template):
            following = prescribed(
                state.programme, items, ladder=state.ladder, reason=reason, template=template, now_ms=now_ms
            )
            return [] if following is None else [CareProgrammeSet(programme=following, reason=reason.strip())]
        case Arrange() | Clear():
            events: list[CareEvent] = [_arranged(state, command)] if _differs(state, command) else []
            if isinstance(command, Clear):
                _check_clearance(state, command)
                events.append(CareCleared(clearance=command.clearance))
            return events


def _known(given: tuple[str, ...], among: dict[str, str], field: str) -> None:
    if any(one not in among for one in given):
        raise Refused("bad_message", "Choose from the list.", fields={field: "Choose from the list."})


def _wording_set(state: CareState, wording: Wording, actor: Actor) -> list[CareEvent]:
    if actor.role not in (Role.PATIENT, Role.THERAPIST):
        raise Refused("not_allowed", "These words are the patient’s own.")
    _known(tuple(wording.own), dict.fromkeys(PLACES, ""), "own")
    return [] if wording == state.wording else [CareWordingSet(wording=wording)]


def _handed_over(command: HandOver, actor: Actor) -> list[CareEvent]:
    if actor.role is not Role.SYSTEM:
        raise Refused("not_allowed", "The clinic’s owner hands patients over.")
    reason = command.reason.strip()
    if not reason:
        raise Refused("bad_message", "Write why.", fields={"reason": "Write why. A few words do."})
    if command.former == command.following:
        raise Refused("bad_message", "Choose somebody else.", fields={"to": "Choose another therapist."})
    return [CareHandedOver(former=command.former, following=command.following, reason=reason)]


def _decided(state: CareState, command: Decide) -> list[CareEvent]:
    """A decision is recorded with its reason; where the patient goes on elsewhere, that too, in one go."""
    if not command.reason.strip():
        raise Refused("bad_message", "Write why.", fields={"reason": "Write why. A few words do."})
    events: list[CareEvent] = [
        CareDecided(
            suggestion=command.suggestion,
            taken=command.taken,
            reason=command.reason,
            rules=command.rules,
            rung=command.rung,
            half_step=command.half_step,
            rests_on=command.rests_on,
        )
    ]
    moved = command.taken and (command.rung, command.half_step) != (state.rung, state.half_step)
    if moved:
        wanted = Arrange(
            enabled=state.enabled,
            ladder=state.ladder,
            rung=command.rung,
            half_step=command.half_step,
            reason=command.reason,
        )
        events.append(_arranged(state, wanted))
    return events


def _differs(state: CareState, wanted: Arrange | Clear) -> bool:
    return (state.enabled, _rungs(state.ladder), state.rung, state.half_step) != (
        _sorted(wanted.enabled),
        _rungs(wanted.ladder),
        wanted.rung,
        _half_step(state, wanted),
    )


def _half_step(state: CareState, wanted: Arrange | Clear) -> HalfStep | None:
    """A clearance says nothing of it: it stays with its rung, and goes with it."""
    if isinstance(wanted, Arrange):
        return wanted.half_step
    return state.half_step if wanted.rung == state.rung else None


def _sorted(enabled: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(enabled)))


def _rungs(ladder: Ladder | None) -> tuple[Rung, ...] | None:
    return None if ladder is None else ladder.rungs


def _arranged(state: CareState, wanted: Arrange | Clear) -> CareArranged:
    rung, ladder = wanted.rung, wanted.ladder
    if rung is not None and (ladder is None or ladder.position(rung) is None):
        raise Refused(
            "bad_message",
            "Choose one of the sizes that are ticked.",
            fields={"rung": "Choose one that is ticked."},
        )
    if ladder is not None and state.ladder is not None:
        # A form knows the rungs, not the version: it rises with an edit and never runs back.
        edited = ladder.rungs != state.ladder.rungs
        ladder = structs.replace(ladder, version=state.ladder.version + edited)
    reason = wanted.reason if isinstance(wanted, Arrange) else None
    half_step = _half_step(state, wanted)
    return CareArranged(enabled=_sorted(wanted.enabled), ladder=ladder, rung=rung, half_step=half_step, reason=reason)


def _check_clearance(state: CareState, command: Clear) -> None:
    given, missing = command.clearance, {}
    if len(given.examined.strip()) < 3:
        missing["examined"] = "Write who examined, and when, or why no examination is needed."
    if not given.adult:
        missing["adult"] = "Ebb is for adults. Confirm that this person is one."
    if not given.conditions_screened:
        missing["conditions_screened"] = "Confirm that the conditions on the list were asked about."
    if given.pregnancy == "cleared" and not (given.pregnancy_cleared_by or "").strip():
        missing["pregnancy_cleared_by"] = "Write who agreed, and when."
    if command.ladder is None or not command.ladder.rungs:
        missing["rungs"] = "Tick at least one size."
    if state.suspended is not None and not (given.reason or "").strip():
        missing["reason"] = "Write what you found, and why internal work can go on."
    if missing:
        raise Refused("bad_message", "Some answers are missing.", fields=missing)


def evolve_care(state: CareState, event: CareEvent) -> CareState:
    match event:
        case CareOpened(suspension=suspension) | CareSuspended(suspension=suspension):
            return structs.replace(state, suspended=suspension)
        case CareCleared(clearance=clearance):
            return structs.replace(state, suspended=None, clearance=clearance)
        case CareIntakeTaken(intake=intake):
            return structs.replace(state, intake=intake)
        case CareArranged():
            return structs.replace(
                state, enabled=event.enabled, ladder=event.ladder, rung=event.rung, half_step=event.half_step
            )
        case CareThresholdsSet(thresholds=thresholds):
            return structs.replace(state, thresholds=thresholds)
        case CareWordingSet(wording=wording):
            return structs.replace(state, wording=wording)
        case CareProgrammeSet(programme=programme):
            return structs.replace(state, programme=programme)
        case CareDecided() | CareHandedOver():
            return state
