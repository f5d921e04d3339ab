"""The journal: what a patient and their therapist write outside of sessions, and the concerns that it raises.

Messages, thought records, the exposure list, measures, adjuncts, and what somebody told under "something is wrong".
One ledger for each patient beside the care ledger: decisions stand there, words and numbers here. What may be
written, and what it makes of the state, is in `sessions.journaling`.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from sessions.checkins import ExposureAnswers, Rating
from sessions.flags import Tier
from sessions.pathway import PathwayCommand, PathwayEvent
from sessions.people import Role

Line = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
AdjunctKind = Literal["lidocaine", "oestrogen", "muscle_relaxant", "injection", "other"]


class Thought(Struct, frozen=True, forbid_unknown_fields=True):
    """A short thought record: what happened, what went through the head, another way to see it. Worry 0 to 10."""

    situation: Line
    thought: Line
    worry_before: Rating | None = None
    for_it: Annotated[str, Meta(max_length=500)] | None = None
    against_it: Annotated[str, Meta(max_length=500)] | None = None
    another_way: Annotated[str, Meta(max_length=500)] | None = None
    worry_after: Rating | None = None


class Adjunct(Struct, frozen=True, forbid_unknown_fields=True):
    """A medicine or an injection beside the exercises. `until` is None while it goes on, or for one day's."""

    kind: AdjunctKind
    on: Day
    until: Day | None = None
    name: Annotated[str, Meta(max_length=200)] | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None


class Measure(Struct, frozen=True, forbid_unknown_fields=True):
    """One answered measure: `measure` and the names in `answers` are those of `sessions.measures`.

    An answer that was left out is absent; `total` is what the measure's own rule makes of them, or None.
    `labels` keeps the patient's own words for what was rated; `on` is the day on which a paper form was filled in.
    """

    measure: Annotated[str, Meta(max_length=40)]
    answers: dict[str, int]
    total: float | None = None
    labels: dict[str, Line] = {}
    on: Day | None = None


# Commands


class Say(Struct, frozen=True, tag="journal.say"):
    text: Words


class Read(Struct, frozen=True, tag="journal.read"):
    """This side has seen the messages up to `until`."""

    until: int


class WriteThought(Struct, frozen=True, tag="journal.think"):
    thought: Thought


class ListSituation(Struct, frozen=True, tag="journal.list"):
    """Puts a situation on the exposure list; `expected` is how much fear they expect, 0 to 10."""

    situation: Line
    expected: Rating | None = None


class DropSituation(Struct, frozen=True, tag="journal.drop"):
    of: int


class Meet(Struct, frozen=True, tag="journal.meet"):
    """A situation was met outside of a session."""

    answers: ExposureAnswers


class Take(Struct, frozen=True, tag="journal.take"):
    measure: Measure


class LogAdjunct(Struct, frozen=True, tag="journal.adjunct"):
    adjunct: Adjunct


class EndAdjunct(Struct, frozen=True, tag="journal.adjunct_end"):
    of: int
    until: Day


class Strike(Struct, frozen=True, tag="journal.strike"):
    """Takes back an entry of one's own, or an adjunct. It stays in the ledger, struck out."""

    of: int


class KeepPrivate(Struct, frozen=True, tag="journal.keep_private"):
    """The patient keeps an entry of theirs to themself, or shares it again. Therapists then never see that it is."""

    of: int
    private: bool


class TellWrong(Struct, frozen=True, tag="journal.wrong"):
    """ "Something is wrong": ids of red flags, and a line. What follows is decided by `sessions.safety`."""

    flags: tuple[str, ...]
    note: Annotated[str, Meta(max_length=500)] | None = None


class Raise(Struct, frozen=True, tag="journal.raise"):
    """A rule over several sessions noticed something. `about` names the sessions."""

    rule: str
    tier: Tier
    say: str
    rules: int
    about: tuple[str, ...] = ()


class Prefer(Struct, frozen=True, tag="journal.prefer"):
    """Whether the patient wants to be shown how it has been. Hidden means that nothing leads there either."""

    progress: bool


class ReadIn(Struct, frozen=True, tag="journal.read_in"):
    """In which language the patient reads, so that a mail to them is in it. Empty: they took the choice back."""

    language: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z0-9-]*\Z")]


class See(Struct, frozen=True, tag="journal.see"):
    """A therapist has seen a concern: one of a session (`ledger` is its id) or of the journal (None)."""

    seq: int
    ledger: str | None = None


class SignNote(Struct, frozen=True, tag="journal.sign"):
    """A therapist signed a note, or an amendment of the note `of`. `sha256` is that of what was signed, in hex;
    `as_of_seq` how far the session's ledger had been read for it.
    """

    document: str
    sha256: str
    session: str
    as_of_seq: int
    of: str | None = None


class WithholdNote(Struct, frozen=True, tag="journal.withhold"):
    """A signed note is left out of the patient's own export. The reason is for therapists."""

    document: str
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class ShowNote(Struct, frozen=True, tag="journal.show"):
    """The patient's own export holds this note again."""

    document: str


JournalCommand = (
    Say
    | Read
    | WriteThought
    | ListSituation
    | DropSituation
    | Meet
    | Take
    | LogAdjunct
    | EndAdjunct
    | Strike
    | KeepPrivate
    | PathwayCommand
    | TellWrong
    | Raise
    | Prefer
    | ReadIn
    | See
    | SignNote
    | WithholdNote
    | ShowNote
)


# Events


class Said(Struct, frozen=True, tag_field="type", tag="journal.said"):
    text: str


class WasRead(Struct, frozen=True, tag_field="type", tag="journal.was_read"):
    until: int


class ThoughtWritten(Struct, frozen=True, tag_field="type", tag="journal.thought"):
    thought: Thought


class SituationListed(Struct, frozen=True, tag_field="type", tag="journal.listed"):
    situation: str
    expected: int | None = None


class SituationDropped(Struct, frozen=True, tag_field="type", tag="journal.dropped"):
    of: int


class SituationMet(Struct, frozen=True, tag_field="type", tag="journal.met"):
    answers: ExposureAnswers


class MeasureTaken(Struct, frozen=True, tag_field="type", tag="journal.taken"):
    measure: Measure


class AdjunctLogged(Struct, frozen=True, tag_field="type", tag="journal.adjunct_logged"):
    adjunct: Adjunct


class AdjunctEnded(Struct, frozen=True, tag_field="type", tag="journal.adjunct_ended"):
    of: int
    until: str


class StruckOut(Struct, frozen=True, tag_field="type", tag="journal.struck_out"):
    of: int


class KeptPrivate(Struct, frozen=True, tag_field="type", tag="journal.kept_private"):
    of: int
    private: bool


class WrongTold(Struct, frozen=True, tag_field="type", tag="journal.wrong_told"):
    flags: tuple[str, ...]
    note: str | None = None


class JournalConcern(Struct, frozen=True, tag_field="type", tag="journal.concern"):
    rule: str
    tier: Tier
    say: str
    rules: int = 0
    about: tuple[str, ...] = ()


class Preferred(Struct, frozen=True, tag_field="type", tag="journal.preferred"):
    progress: bool


class LanguageChosen(Struct, frozen=True, tag_field="type", tag="journal.language_chosen"):
    language: str


class ConcernSeen(Struct, frozen=True, tag_field="type", tag="journal.seen"):
    seq: int
    ledger: str | None = None


class NoteSigned(Struct, frozen=True, tag_field="type", tag="journal.note_signed"):
    document: str
    sha256: str
    session: str
    as_of_seq: int
    of: str | None = None


class NoteWithheld(Struct, frozen=True, tag_field="type", tag="journal.note_withheld"):
    document: str
    reason: str


class NoteShown(Struct, frozen=True, tag_field="type", tag="journal.note_shown"):
    document: str


JournalEvent = (
    Said
    | WasRead
    | ThoughtWritten
    | SituationListed
    | SituationDropped
    | SituationMet
    | MeasureTaken
    | AdjunctLogged
    | AdjunctEnded
    | StruckOut
    | KeptPrivate
    | PathwayEvent
    | WrongTold
    | JournalConcern
    | Preferred
    | LanguageChosen
    | ConcernSeen
    | NoteSigned
    | NoteWithheld
    | NoteShown
)


class Entry(Struct, frozen=True):
    """One line as it stands: `struck` once it was taken back."""

    seq: int
    at: int
    by: Role
    person: str
    event: JournalEvent
    struck: bool = False


class JournalState(Struct, frozen=True):
    """All entries, the oldest first, and how far each role has read the messages."""

    seq: int = 0
    entries: tuple[Entry, ...] = ()
    read: dict[Role, int] = {}
    seen: frozenset[tuple[str | None, int]] = frozenset()
    shows_progress: bool = True
    language: str = ""
    private: frozenset[int] = frozenset()

    def of(self, kind: type[Struct]) -> list[Entry]:
        """Entries of one kind that stand, the oldest first."""
        return [entry for entry in self.entries if isinstance(entry.event, kind) and not entry.struck]

    @property
    def shared(self) -> "JournalState":
        """Without what the patient keeps to themself: whatever a therapist is shown is made of this."""
        if not self.private:
            return self
        return structs.replace(self, entries=tuple(entry for entry in self.entries if entry.seq not in self.private))

    def passed_over(self) -> "JournalState":
        """After a line whose key was destroyed: its number is taken, and nothing of it is left."""
        return structs.replace(self, seq=self.seq + 1)

    @property
    def messages(self) -> list[Entry]:
        return self.of(Said)

    def unread_by(self, role: Role) -> list[Entry]:
        """Messages from the other side that this role has not seen, the oldest first."""
        until = self.read.get(role, 0)
        return [entry for entry in self.messages if entry.by is not role and entry.seq > until]

    @property
    def concerns(self) -> list[Entry]:
        """Those that no therapist has marked as seen."""
        return [entry for entry in self.of(JournalConcern) if (None, entry.seq) not in self.seen]

    @property
    def situations(self) -> list[Entry]:
        return self.of(SituationListed)
