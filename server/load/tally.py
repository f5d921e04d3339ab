"""What a load gives: how long answers took, and whether what was told and what is stored are the same. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

#: Of a hundred: half of all, nearly all, all but the worst.
_SHARES: Final = (0.50, 0.95, 0.99)


class Spread(Struct, frozen=True):
    """Milliseconds that half of all took at most, that 95 and 99 of 100 did, and the longest."""

    p50: float
    p95: float
    p99: float
    worst: float


def spread(taken_ms: Iterable[float]) -> Spread | None:
    """By the nearest rank, so that each number was really measured. None where nothing was."""
    ranked = sorted(taken_ms)
    if not ranked:
        return None
    shares = [ranked[max(math.ceil(share * len(ranked)), 1) - 1] for share in _SHARES]
    return Spread(*(round(ms, 2) for ms in (*shares, ranked[-1])))


class Told(Struct):
    """What one side was told, by number: a digest of each event, how often, and which of its own commands are done."""

    events: dict[int, bytes] = {}
    times: dict[int, int] = {}
    #: Number of the last event of each own command that was acknowledged.
    done: dict[str, int] = {}
    #: A number that came after a higher one.
    backwards: int = 0
    last: int = 0

    def hear(self, seq: int, digest: bytes) -> None:
        self.events[seq] = digest
        self.times[seq] = self.times.get(seq, 0) + 1
        if seq < self.last:
            self.backwards += 1
        self.last = max(self.last, seq)


class Losses(Struct, frozen=True):
    """All of them must be 0. `not_stored`: acknowledged or told, and not in the record; `not_told`: in the record of
    this person, and never on their socket; `doubled`: one number told twice, or one message stored twice; `altered`:
    told as something else than what is stored; `disordered`: told after what came later."""

    not_stored: int = 0
    not_told: int = 0
    doubled: int = 0
    altered: int = 0
    disordered: int = 0

    def __add__(self, other: "Losses") -> "Losses":
        return Losses(*(mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)))

    @property
    def counts(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__)

    @property
    def all(self) -> int:
        return sum(self.counts)


def losses_of(told: Told, stored: Mapping[int, bytes], *, after: int, texts: Sequence[str] = ()) -> Losses:
    """One side against the record as this person may read it, from the number of its greeting on.

    `texts`: of messages in that record, each of which was said once.
    """
    expected = {seq: digest for seq, digest in stored.items() if seq > after}
    # A command that changed nothing, such as a second arrival, is acknowledged with the number that was there before.
    acknowledged = {seq for seq in told.done.values() if seq > after}
    heard = told.events.keys()
    return Losses(
        not_stored=len((acknowledged | heard) - expected.keys()),
        not_told=len(expected.keys() - heard),
        doubled=sum(times - 1 for times in told.times.values()) + len(texts) - len(set(texts)),
        altered=sum(expected[seq] != told.events[seq] for seq in expected.keys() & heard),
        disordered=told.backwards,
    )


class Report(Struct, frozen=True, kw_only=True):
    """What `ebb load --json` prints."""

    sessions: int
    seconds: float
    commands: int
    acknowledged: int
    events: int
    events_per_second: float
    done_ms: Spread | None
    other_side_ms: Spread | None
    refused: dict[str, int]
    unanswered: int
    cut: int
    losses: Losses

    @property
    def wrong(self) -> str:
        """What went wrong, for a person to read; nothing where all went well."""
        found = self.losses
        said = [
            (self.cut, "{} connections were cut"),
            (self.unanswered, "{} commands were never answered"),
            (found.not_stored, "{} events were told or acknowledged and are not stored"),
            (found.not_told, "{} stored events were not told"),
            (found.doubled, "{} events were doubled"),
            (found.altered, "{} events were told otherwise than they are stored"),
            (found.disordered, "{} events came out of order"),
            (not self.acknowledged, "nothing was acknowledged"),
        ]
        return "; ".join(words.format(count) for count, words in said if count)
