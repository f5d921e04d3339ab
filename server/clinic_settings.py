"""What a clinic's owner sets: numbers to call, hours, cover, the safety thresholds, sets of dilators, templates."""

import msgspec
from msgspec import Struct, field

from exercises.ladder import ToolSet
from server.db.people import Clinic
from sessions.notes import Template as NoteTemplate
from sessions.programme_templates import Template
from sessions.thresholds import Thresholds

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OPEN = ("09:00", "17:00")


class Cover(Struct, frozen=True):
    """Who is told, without a word of what about, that something waits unread after hours."""

    name: str = ""
    email: str = ""


class Suggestions(Struct, frozen=True):
    """Off until an owner has read what they are for and turned them on."""

    on: bool = False
    by: str | None = None
    at_ms: int | None = None


class Copied(Struct, frozen=True):
    """Somebody took all records of the clinic along, sealed: who, when, and why. Patients read the reason."""

    by: str
    at_ms: int
    reason: str


class ClinicSettings(Struct, frozen=True):
    """Until an owner sets them: mobile networks everywhere lead 112 to the local emergency service.

    `hours` holds opening and closing by day; a day that is missing is closed.
    """

    emergency_number: str = "112"
    time_zone: str = "UTC"
    crisis_number: str = ""
    hours: dict[str, tuple[str, str]] = field(default_factory=lambda: dict.fromkeys(DAYS[:5], _OPEN))
    answer_days: int = 2
    cover: Cover = Cover()
    thresholds: Thresholds = Thresholds()
    suggestions: Suggestions = Suggestions()
    sets: tuple[ToolSet, ...] = ()
    programmes: tuple[Template, ...] = ()
    copies: tuple[Copied, ...] = ()
    notes: tuple[NoteTemplate, ...] = ()
    #: How long records are kept after the last entry: of whoever leaves, and of everybody once an owner turned it on.
    retention_years: int = 10
    #: The owner who turned on that records go when they are as old as that; empty where nothing goes by itself.
    retention_by: str = ""


def settings_of(clinic: Clinic) -> ClinicSettings:
    return msgspec.json.decode(clinic.settings, type=ClinicSettings) if clinic.settings else ClinicSettings()
