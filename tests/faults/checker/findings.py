"""What the checker can find, and how it says so."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

What = Literal[
    "damaged",  # the database finds its own file broken
    "gap",  # numbers of a ledger that are not there
    "altered",  # a row that is not as it was written or told
    "chain",  # the rows do not give the head's value
    "doubled",  # a command that happened twice, or a number that is there twice
    "missing",  # acknowledged or told, and not there
    "unstored",  # told before it was stored, or never stored
    "order",  # told or stored in another order than it happened
    "rewound",  # a screen was taken back behind what it had shown
    "refused",  # refused, and stored all the same
    "late_stop",  # told to the other side after it was stored, or too long after the server heard it
    "lost_stop",  # pressed, and in no record although its person came back
    "epoch",  # a history was replaced, and nobody said that one would be
]
KINDS: Final = What.__args__  # type: ignore[attr-defined]  # typing has no public way to ask


@dataclass(frozen=True)
class Finding:
    what: What
    session: str
    say: str
    seq: int | None = None
    person: str = ""
    command: str = ""

    def __str__(self) -> str:
        where = f"{self.session[:8]}" + (f" event {self.seq}" if self.seq is not None else "")
        return f"{self.what:<10} {where}: {self.say}"


@dataclass
class Report:
    """`findings` empty: nothing is wrong with what was looked at. The numbers say how much that was."""

    ledgers: int = 0
    events: int = 0
    people: int = 0
    frames: int = 0
    #: Commands that anybody was told are done.
    acknowledged: int = 0
    #: Events that anybody was told.
    told: int = 0
    stops: int = 0
    #: Acknowledged commands of a history that a restore has replaced.
    rolled_back: int = 0
    #: For each Stop and other side: milliseconds of the server's clock until that side had surely heard it.
    halts_ms: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def in_words(self) -> str:
        return (
            f"{self.ledgers} ledgers with {self.events} events, {self.people} people with {self.frames} frames, "
            f"{self.acknowledged} acknowledged commands, {self.told} events told, {self.stops} Stops: "
            f"{len(self.findings) or 'no'} findings."
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
