"""Who is connected to a session at other nodes, as its room here knows it."""

from collections.abc import Mapping
from typing import Final, Protocol

from server.db.nodes import Seen
from server.live.book import Place
from sessions.people import Role

#: One mapping for all rooms that nobody is in elsewhere, which is nearly all of them.
NOBODY: Final[Mapping[str, Seen]] = {}


class Neighbours(Protocol):
    """What rooms tell other nodes, and ask of them. Only a room that is being opened waits for an answer."""

    @property
    def any(self) -> bool:
        """Whether there is another node at all."""

    @property
    def fresh(self) -> bool:
        """Whether what is known of the other nodes is of now. Nobody is lost on stale news."""

    async def at(self, place: Place, /) -> Mapping[str, Seen]:
        """Who is connected to this session at other nodes. Raises Unavailable."""

    def people_changed(self, place: Place, /) -> None:
        """Somebody came or left here, or their screen reported something else."""

    def halted(self, session_id: str, by: Role, /) -> None:
        """A Stop was told here, and is being stored."""

    def went_on(self, session_id: str, /) -> None:
        """That Stop changed nothing: whoever halted for it is shown how it stands."""


class Alone:
    """The only node there is."""

    any = False
    fresh = True

    async def at(self, _place: Place) -> Mapping[str, Seen]:
        return NOBODY

    def people_changed(self, _place: Place) -> None:
        """Nobody asks."""

    def halted(self, _session_id: str, _by: Role) -> None:
        """Everybody is here."""

    def went_on(self, _session_id: str) -> None:
        """Everybody is here."""


ALONE: Final = Alone()
