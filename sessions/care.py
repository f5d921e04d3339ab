"""The care ledger: what outlives a session (intake, suspension, clearance, enabled exercises, ladder, rung)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from exercises.model import Ladder, Rung
from sessions.people import Actor, Refused, Role

_NEW_PATIENT = "New patient, not cleared yet"
_NOT_YET = (
    "Work inside the body waits until your therapist has looked at your history with you. "
    "Breathing and letting go are here for you now."
)

Line = Annotated[str, Meta(max_length=300)]


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


class Intake(Struct, frozen=True, forbid_unknown_fields=True):
    """What was tried before the first visit: ids from `TRIED`, and a line about how it went."""

    tried: tuple[str, ...] = ()
    note: Annotated[str, Meta(max_length=1000)] | None = None


#: Squeezing exercises stand first: for a floor that is too tight already they can make things worse.
TRIED: dict[str, str] = {
    "squeezing": "Squeezing or strengthening exercises",
    "relaxing": "Relaxing or breathing exercises",
    "dilators": "Dilators",
    "physiotherapy": "Physiotherapy in person",
    "counselling": "Counselling or sex therapy",
    "medicine": "A medicine, a cream or an injection",
    "surgery": "Surgery",
}


class CareState(Struct, frozen=True, forbid_unknown_fields=True):
    """The care of one patient as it stands. Sessions carry a copy of it as their snapshot."""

    suspended: Suspension | None = None
    clearance: Clearance | None = None
    enabled: tuple[str, ...] = ()
    ladder: Ladder | None = None
    rung: str | None = None
    intake: Intake | None = None


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
    """Which exercises and rungs a patient may use, without touching the suspension."""

    enabled: tuple[str, ...]
    ladder: Ladder | None
    rung: str | None


CareCommand = TakeIntake | Clear | Suspend | Arrange


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


CareEvent = CareOpened | CareIntakeTaken | CareCleared | CareSuspended | CareArranged


def opened(now_ms: int) -> CareOpened:
    return CareOpened(suspension=Suspension(say=_NOT_YET, reason=_NEW_PATIENT, since_ms=now_ms))


def decide_care(state: CareState, command: CareCommand, actor: Actor, now_ms: int) -> list[CareEvent]:
    """The events that `command` makes of `state`. Raises Refused with the fields that are missing."""
    match command:
        case Suspend(say=say, reason=reason):
            if state.suspended is not None and (state.suspended.say, state.suspended.reason) == (say, reason):
                return []
            return [CareSuspended(suspension=Suspension(say=say, reason=reason, since_ms=now_ms))]
        case TakeIntake(intake=intake):
            if actor.role is not Role.THERAPIST:
                raise Refused("not_allowed", "Only a therapist can change this.")
            unknown = [one for one in intake.tried if one not in TRIED]
            if unknown:
                raise Refused("bad_message", "Choose from the list.", fields={"tried": "Choose from the list."})
            return [] if intake == state.intake else [CareIntakeTaken(intake=intake)]
        case Arrange() | Clear():
            if actor.role is not Role.THERAPIST:
                raise Refused("not_allowed", "Only a therapist can change this.")
            events: list[CareEvent] = [_arranged(state, command)] if _differs(state, command) else []
            if isinstance(command, Clear):
                _check_clearance(state, command)
                events.append(CareCleared(clearance=command.clearance))
            return events


def _differs(state: CareState, wanted: Arrange | Clear) -> bool:
    return (state.enabled, _rungs(state.ladder), state.rung) != (
        _sorted(wanted.enabled),
        _rungs(wanted.ladder),
        wanted.rung,
    )


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
    return CareArranged(enabled=_sorted(wanted.enabled), ladder=ladder, rung=rung)


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
    again = state.suspended is not None and (state.clearance is not None or state.suspended.reason != _NEW_PATIENT)
    if again and not (given.reason or "").strip():
        missing["reason"] = "Internal work was suspended again. Write why it can go on."
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
            return structs.replace(state, enabled=event.enabled, ladder=event.ladder, rung=event.rung)
