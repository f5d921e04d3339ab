"""What is due when nobody acts: a pure list of instants and the system's commands for them."""

import uuid

from msgspec import Struct

from exercises import pacer as breath
from sessions import system
from sessions.people import Role
from sessions.state import SessionState

LOST_AFTER_MS = 10_000
OVERDUE_AFTER_MS = 10 * 60_000
NOT_HELD_AFTER_MS = 60 * 60_000
ASK_LAPSES_AFTER_MS = 60_000
PATIENT_INSIDE_MS = 15_000
THERAPIST_INSIDE_MS = 30_000
BOTH_LEFT_AFTER_MS = 30 * 60_000
PAUSE_ENDS_CONSENT_AFTER_MS = 2 * 60_000
#: After a start of the server nobody is missed for this long: an outage is nobody's absence.
GRACE_MS = 60_000

_NAMESPACE = uuid.UUID("6d2f3f0e-0c6e-5d8e-9a53-2f8ad5c7b1aa")


class Due(Struct, frozen=True):
    """`command` at `at_ms`; the id is derived from the cause, so that firing it twice is harmless."""

    at_ms: int
    id: str
    command: system.SystemCommand


def deadlines(state: SessionState, session_id: str, *, not_before_ms: int) -> list[Due]:
    """Everything that will happen by itself, soonest first.

    `not_before_ms` is the server's boot plus the grace: no clock of an absence begins before it.
    """
    if state.phase == "ended" or _nothing_waits(state):
        return []
    found: list[tuple[int, system.SystemCommand, object]] = []
    gone = {role: state.gone_since(role) for role in (Role.PATIENT, Role.THERAPIST)}
    since = {role: None if at is None else max(at, not_before_ms) for role, at in gone.items()}
    found += _before_it_begins(state, since, not_before_ms)
    if state.phase == "open":
        found += _while_it_runs(state, since)
    dues = [
        Due(at_ms=at_ms, id=_derived(session_id, command, cause), command=command) for at_ms, command, cause in found
    ]
    return sorted(dues, key=lambda due: due.at_ms)


def _nothing_waits(state: SessionState) -> bool:
    """The common case, told cheaply: a visit that runs, everybody here, no pause and no pace to be dated."""
    paused = state.activity is not None and state.activity.pause is not None
    wished = state.pacer is not None and state.pacer.wish is not None
    return state.phase == "open" and not state.absent and not paused and not wished


def _before_it_begins(
    state: SessionState, since: dict[Role, int | None], not_before_ms: int
) -> list[tuple[int, system.SystemCommand, object]]:
    found: list[tuple[int, system.SystemCommand, object]] = []
    if state.phase == "waiting" and not state.overdue:
        waited = max(state.waiting_since or 0, state.due_ms) + OVERDUE_AFTER_MS
        found.append((max(waited, not_before_ms), system.WaitTooLong(), state.waiting_since))
    if state.phase in ("scheduled", "waiting") and since[Role.PATIENT] is not None:
        # Whoever sits and waits does not lose by it, and an outage at that hour was nobody's absence.
        planned_end = max(state.due_ms + state.planned_minutes * 60_000, not_before_ms)
        found.append((planned_end + NOT_HELD_AFTER_MS, system.NotHeld(), "not_held"))
    return found


def _while_it_runs(
    state: SessionState, since: dict[Role, int | None]
) -> list[tuple[int, system.SystemCommand, object]]:
    found: list[tuple[int, system.SystemCommand, object]] = []
    # Nobody is missed from a practice at home: it was told afterwards, by the phone that was there.
    patient, therapist = since[Role.PATIENT], since[Role.THERAPIST]
    if patient is not None and therapist is not None:
        at_ms = max(patient, therapist) + BOTH_LEFT_AFTER_MS
        found.append((at_ms, system.BothLeft(), at_ms))
    asking, activity = state.asking, state.activity
    if asking is not None and patient is not None and not asking.told:
        lapse = system.AskLapse(ask=asking.seq)
        found.append((max(patient, asking.at) + ASK_LAPSES_AFTER_MS, lapse, asking.seq))
    if activity is not None and activity.started_at is not None:
        if activity.on_internal:
            for role, gone, limit_ms in (
                (Role.PATIENT, patient, PATIENT_INSIDE_MS),
                (Role.THERAPIST, therapist, THERAPIST_INSIDE_MS),
            ):
                left = state.gone_since(role)
                if gone is not None and left is not None and (role is Role.PATIENT or state.kind == "visit"):
                    alone = system.InternalAlone(role=role, since_ms=left)
                    found.append((gone + limit_ms, alone, (gone, activity.step_at_ms)))
        if activity.pause is not None and activity.step_consent is not None:
            at_ms = activity.pause.at + PAUSE_ENDS_CONSENT_AFTER_MS
            found.append((at_ms, system.PauseTooLong(since_ms=activity.pause.at), activity.pause.at))
        due_ms = None if state.pacer is None else breath.due_ms(state.pacer)
        if due_ms is not None and activity.pause is None and state.comfort != "dizzy":
            found.append((due_ms, system.WishDue(), due_ms))
    return found


def _derived(session_id: str, command: system.SystemCommand, cause: object) -> str:
    return uuid.uuid5(_NAMESPACE, f"{session_id} {command!r} {cause!r}").hex
