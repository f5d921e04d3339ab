"""Who acts in a session, and how a wish is refused."""

from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    """What somebody is in this session. Comes from the login, never from a message."""

    PATIENT = "patient"
    THERAPIST = "therapist"
    SUPPORT = "support"
    SYSTEM = "system"


class Shared(Struct, frozen=True):
    """What a patient lets a support person have beside the stage: their check-ins, and a part in voice."""

    checkins: bool = False
    voice: bool = False


class Actor(Struct, frozen=True):
    """The person behind a command: `id` is the person's, empty for the system's own deadlines."""

    id: str
    role: Role


SYSTEM = Actor(id="", role=Role.SYSTEM)


class Refused(Exception):
    """A command that is not carried out.

    `code` is one of the protocol's and never changes meaning; `message` is a sentence that a patient can
    read; `fields` names what was wrong with which field of the frame.
    """

    def __init__(self, code: str, message: str, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.fields = fields
