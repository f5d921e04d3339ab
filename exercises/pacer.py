"""The pacer as a value: where a breath stands at an instant, and how a change of pace is dated ahead.

Everything is whole milliseconds on one clock, the server's. Nobody sends ticks: whoever holds a `Pacer` and
an estimate of that clock computes the same phase. A change never lands inside a breath. It is dated to a
boundary that lies at least `lead` ahead, so that every screen has heard of it before it is due.

Time is always an argument. The one thing that has to happen at an instant is `promoted`, at `due_ms`.
"""

import math

from msgspec import Struct
from msgspec.structs import replace

from exercises.model import Pattern
from exercises.saying import kept

BREATH_MIN_MS, BREATH_MAX_MS = 1_500, 12_000
HOLD_MIN_MS, HOLD_MAX_MS = 0, 4_000
PERIOD_MIN_MS, PERIOD_MAX_MS = 5_000, 24_000
LEAD_MIN_MS, LEAD_MAX_MS = 500, 3_000


class Turn(Struct, frozen=True, forbid_unknown_fields=True):
    """A change of pattern that everybody may know of already and that is due at `anchor_ms`."""

    pattern: Pattern
    anchor_ms: int
    revision: int


class Pacer(Struct, frozen=True, forbid_unknown_fields=True):
    """A running pacer: one breath after the other since `anchor_ms`, each beginning with *in*.

    `next` is the dated change, `wish` a newer one that came too late to replace it and waits for it.
    A `revision` names one pattern at one anchor, and is never used for another.
    """

    pattern: Pattern
    anchor_ms: int
    revision: int
    next: Turn | None = None
    wish: Pattern | None = None


class Phase(Struct, frozen=True):
    """Part of a breath: `ready`, `in`, `hold-in`, `out`, `hold-out` or `stopped`.

    `ready` and `stopped` have no clock of their own: 0 of 0 ms.
    """

    name: str
    elapsed_ms: int = 0
    length_ms: int = 0


READY = Phase("ready")
STOPPED = Phase("stopped")


def check(pattern: Pattern) -> str | None:
    """What is wrong with a pattern, in a sentence, or None. The limits keep a breath within what is easy."""
    parts = (
        ("Breathing in", pattern.in_ms, BREATH_MIN_MS, BREATH_MAX_MS),
        ("The rest after breathing in", pattern.hold_in_ms, HOLD_MIN_MS, HOLD_MAX_MS),
        ("Breathing out", pattern.out_ms, BREATH_MIN_MS, BREATH_MAX_MS),
        ("The rest after breathing out", pattern.hold_out_ms, HOLD_MIN_MS, HOLD_MAX_MS),
        ("One whole breath", pattern.period_ms, PERIOD_MIN_MS, PERIOD_MAX_MS),
    )
    for what, length_ms, least_ms, most_ms in parts:
        if not least_ms <= length_ms <= most_ms:
            return kept(
                "{what} takes {least} to {most} seconds, and this is {length}.",
                what=what,
                least=least_ms / 1000,
                most=most_ms / 1000,
                length=length_ms / 1000,
            )
    return None


def lead_ms(worst_rtt_ms: float | None) -> int:
    """How far ahead a change is dated, from the worst round trip that anybody in the room reported.

    Two round trips leave time for one lost packet. Without a report it is the least lead: a change that
    comes late is taken at once by the screen that was late, and at the same phase.
    """
    if worst_rtt_ms is None or math.isnan(worst_rtt_ms):
        return LEAD_MIN_MS
    return math.ceil(min(max(2 * worst_rtt_ms, LEAD_MIN_MS), LEAD_MAX_MS))


def begun(pattern: Pattern, *, now_ms: int, lead: int, revision: int = 1) -> Pacer:
    """A pacer whose first breath in begins `lead` from now."""
    return Pacer(pattern=pattern, anchor_ms=now_ms + lead, revision=revision)


def phase_at(pacer: Pacer, t_ms: int, *, paused: bool = False, stopped: bool = False) -> Phase:
    """Where the breath stands at `t_ms`. Phases of no length are never shown, not even for an instant."""
    if stopped:
        return STOPPED
    if paused:
        return READY
    current = settled(pacer, t_ms)
    if t_ms < current.anchor_ms:
        return READY
    pattern = current.pattern
    elapsed_ms = (t_ms - current.anchor_ms) % pattern.period_ms
    for name, length_ms in (
        ("in", pattern.in_ms),
        ("hold-in", pattern.hold_in_ms),
        ("out", pattern.out_ms),
    ):
        if elapsed_ms < length_ms:
            return Phase(name, elapsed_ms, length_ms)
        elapsed_ms -= length_ms
    return Phase("hold-out", elapsed_ms, pattern.hold_out_ms)


def settled(pacer: Pacer, now_ms: int) -> Pacer:
    """The same pacer with a `next` that is due made the present. A wish goes on waiting, see `promoted`."""
    turn = pacer.next
    if turn is None or now_ms < turn.anchor_ms:
        return pacer
    return replace(pacer, pattern=turn.pattern, anchor_ms=turn.anchor_ms, revision=turn.revision, next=None)


def first_boundary(pacer: Pacer, not_before_ms: int) -> int:
    """The first instant from `not_before_ms` on at which a breath in begins.

    Breaths are counted in the pattern that will be running by then: up to a pending `next`, which is itself
    a boundary, in the present one, from there on in the next.
    """
    turn = pacer.next
    if turn is not None and not_before_ms > turn.anchor_ms:
        return _boundary(turn.anchor_ms, turn.pattern.period_ms, not_before_ms)
    return _boundary(pacer.anchor_ms, pacer.pattern.period_ms, not_before_ms)


def turned(pacer: Pacer, pattern: Pattern, now_ms: int, lead: int) -> Pacer:
    """The pacer with a wish for another pattern: dated to the first boundary at least `lead` ahead.

    While a `next` is pending, a newer pattern takes its place if everybody can still hear of it in time.
    Otherwise some screens may already have turned, so it is kept as the `wish`: the last one wins.
    Asking for what is coming anyway changes nothing.
    """
    current = promoted(pacer, now_ms, lead)
    turn = current.next
    if turn is not None and turn.anchor_ms < now_ms + lead:
        return replace(current, wish=None if pattern == turn.pattern else pattern)
    if pattern == wished(current):
        return current
    anchor_ms = first_boundary(current, now_ms + lead)
    # An older wish may stand here if the lead has shrunk since: it came before this one, so it goes.
    return replace(current, next=Turn(pattern, anchor_ms, _latest(current) + 1), wish=None)


def promoted(pacer: Pacer, now_ms: int, lead: int) -> Pacer:
    """The pacer settled at `now_ms`, its wish dated if the change that it waited for has come."""
    current = settled(pacer, now_ms)
    if current.wish is None or current.next is not None:
        return current
    turn = Turn(current.wish, first_boundary(current, now_ms + lead), _latest(current) + 1)
    return replace(current, next=turn, wish=None)


def due_ms(pacer: Pacer) -> int | None:
    """When `promoted` has something to do that others need to hear of, or None while no wish waits."""
    if pacer.wish is None:
        return None
    return pacer.anchor_ms if pacer.next is None else pacer.next.anchor_ms


def restarted(pacer: Pacer, now_ms: int, lead: int) -> Pacer:
    """After a pause: a new first breath in, `lead` from now, in the pattern that was wished for last."""
    return Pacer(pattern=wished(pacer), anchor_ms=now_ms + lead, revision=_latest(pacer) + 1)


def wished(pacer: Pacer) -> Pattern:
    """The pattern that was asked for last, whether it runs already, is dated or still waits."""
    if pacer.wish is not None:
        return pacer.wish
    return pacer.pattern if pacer.next is None else pacer.next.pattern


def _boundary(anchor_ms: int, period_ms: int, not_before_ms: int) -> int:
    breaths = max(0, -((anchor_ms - not_before_ms) // period_ms))
    return anchor_ms + breaths * period_ms


def _latest(pacer: Pacer) -> int:
    return pacer.revision if pacer.next is None else pacer.next.revision
