"""The commands that only the system makes: absence, deadlines, and news from the care ledger."""

from msgspec import Struct

from sessions.care import CareState
from sessions.people import Role, Shared


class PresenceLose(Struct, frozen=True, tag="system.lose"):
    """A person's last connection has been gone for 10 s; `since_ms`: when it went."""

    person: str
    since_ms: int


class PresenceReturn(Struct, frozen=True, tag="system.return"):
    person: str


class WaitTooLong(Struct, frozen=True, tag="system.overdue"):
    pass


class NotHeld(Struct, frozen=True, tag="system.not_held"):
    pass


class BothLeft(Struct, frozen=True, tag="system.both_left"):
    """Patient and therapist are both gone."""


class VisitMove(Struct, frozen=True, tag="system.move"):
    """The therapist planned the visit anew, on a page."""

    due_ms: int
    minutes: int
    where: str = ""


class VisitCancel(Struct, frozen=True, tag="system.cancel"):
    """The therapist called it off, on a page."""


class AskLapse(Struct, frozen=True, tag="system.lapse"):
    ask: int


class InternalAlone(Struct, frozen=True, tag="system.alone"):
    """An internal step, and patient or therapist gone too long. `since_ms` names this absence."""

    role: Role
    since_ms: int


class PauseTooLong(Struct, frozen=True, tag="system.pause"):
    """`since_ms` names this pause, not a later one."""

    since_ms: int


class WishDue(Struct, frozen=True, tag="system.wish"):
    """A pace that had to wait for a boundary can be dated now."""


class CareNews(Struct, frozen=True, tag="system.care"):
    care: CareState


class CompanyNews(Struct, frozen=True, tag="system.company"):
    """Who the patient lets be with them now: support persons, and what is shared with each."""

    support: dict[str, Shared]


SystemCommand = (
    PresenceLose
    | PresenceReturn
    | WaitTooLong
    | NotHeld
    | BothLeft
    | VisitMove
    | VisitCancel
    | AskLapse
    | InternalAlone
    | PauseTooLong
    | WishDue
    | CareNews
    | CompanyNews
)
