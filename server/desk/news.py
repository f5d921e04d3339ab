"""News for the desk, as server-sent events: ids alone, never a name or a reason."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from server.live.room import Room
from sessions.events import ArrivalConfirmed, ConcernRaised, PracticeEnded, Recorded, VisitEnded, WaitingOverdue
from sessions.people import Role

#: A desk that reads nothing loses the oldest news; it loads the page anew anyway.
WAITING_MAX = 100
#: Nodes tell of one line within seconds of each other.
TOLD_KEPT = 2_000


class Item(Struct, frozen=True):
    """`kind` is `waiting`, `overdue`, `concern`, `ended`, `message` or `changed`; `session` is what it is about.

    For a message it is the patient's id: a thread belongs to no session. `patient` stands in its place where a concern
    was raised outside of sessions. `changed` makes no sound: something on the desk is not as it was.
    """

    kind: str
    session: str = ""
    patient: str = ""


class News:
    """Who listens to what. A listener is a therapist's open desk.

    `say` tells other nodes, where a desk of the same person may be open.
    """

    def __init__(self, say: Callable[..., None] = lambda *_about: None) -> None:
        #: By person, and of each open desk by which login it was opened.
        self._desks: dict[str, dict[asyncio.Queue[Item | None], str]] = {}
        self._say = say
        #: What was told lately that more than one node may tell of.
        self._told: OrderedDict[tuple[str, str], None] = OrderedDict()

    @contextlib.contextmanager
    def listening(self, person_id: str, *, login: str) -> Iterator[asyncio.Queue[Item | None]]:
        queue: asyncio.Queue[Item | None] = asyncio.Queue(WAITING_MAX)
        self._desks.setdefault(person_id, {})[queue] = login
        try:
            yield queue
        finally:
            desks = self._desks[person_id]
            del desks[queue]
            if not desks:
                del self._desks[person_id]

    def of_room(self, room: Room, lines: list[Recorded]) -> None:
        """What a room's new lines mean for the desks of its therapists."""
        self.of_lines(room.session_id, room.state.people, lines)

    def of_lines(self, session_id: str, people: dict[str, Role], lines: list[Recorded]) -> None:
        """The same for lines that no room has stored."""
        news = [(kind, line.seq) for line in lines if (kind := _kind_of(line)) is not None]
        # Hardly any line is news, so the people come second.
        for kind, seq in news:
            for person_id, role in people.items():
                if role is Role.THERAPIST:
                    # A room that is open at two nodes tells of the same line at both.
                    self.tell(person_id, Item(kind=kind, session=session_id), mark=f"{session_id}/{seq}")

    def tell(self, person_id: str, item: Item, *, mark: str = "") -> None:
        """To the open desks of this person, at whichever node. What has a `mark` is told once."""
        if self._is_new(person_id, mark):
            self._put(person_id, item)
            self._say("news", person_id, item.kind, item.session, item.patient, mark)

    def told_there(self, person_id: str, kind: str, session: str, patient: str, mark: str) -> None:
        """Another node tells."""
        if self._is_new(person_id, mark):
            self._put(person_id, Item(kind=kind, session=session, patient=patient))

    def _is_new(self, person_id: str, mark: str) -> bool:
        if not mark:
            return True
        if (person_id, mark) in self._told:
            return False
        self._told[person_id, mark] = None
        if len(self._told) > TOLD_KEPT:
            self._told.popitem(last=False)
        return True

    def _put(self, person_id: str, item: Item) -> None:
        for queue in self._desks.get(person_id, ()):
            _put(queue, item)

    def close_login(self, login: str) -> None:
        """A login ended: its desks hear no more."""
        for desks in self._desks.values():
            for queue, opened_by in desks.items():
                if opened_by == login:
                    _put(queue, None)

    def close(self) -> None:
        """Every listener is told to end."""
        for desks in self._desks.values():
            for queue in desks:
                _put(queue, None)


def _put(queue: "asyncio.Queue[Item | None]", item: Item | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(item)


def frame(item: Item) -> bytes:
    about = {"session": item.session} if item.session else {"patient": item.patient} if item.patient else {}
    return b"event: " + item.kind.encode() + b"\ndata: " + msgspec.json.encode(about) + b"\n\n"


def _kind_of(line: Recorded) -> str | None:
    match line.event:
        case ArrivalConfirmed():
            return "waiting"
        case WaitingOverdue():
            return "overdue"
        case ConcernRaised():
            return "concern"
        case VisitEnded() | PracticeEnded():
            return "ended"
        case _:
            return None
