"""One node among several: what it says to the others, what it does about what they say, and the time that all keep.

What is said, each with ids alone:

- `here` — this node has just started: whoever was alone is so no more
- `halt` session, role — a Stop was told there, and is being stored; `went on` session — it changed nothing
- `people` sessions — somebody came or left there
- `logins` ids — these ended; `out` person, session — this session is not theirs any more
- `news` person, kind, session, patient, mark — for their open desks
- `library` clinic — it words an exercise anew; `keys` clinic, patient — a key was destroyed; `erased` patient
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from server.db.engine import Database
from server.nodes.bus import Bus, Said

log = structlog.get_logger()

Hearing = Callable[..., None]


class Nodes:
    """What others of the app hold on to: `say`, and `on` to hear. On SQLite there is nobody to talk to."""

    def __init__(self) -> None:
        self._hearing: dict[str, Hearing] = {}
        self._back: list[Callable[[], None]] = []
        self._appended: Callable[[Sequence[str]], None] = lambda _ids: None
        self._bus: Bus | None = None

    def on(self, kind: str, hearing: Hearing) -> None:
        """`hearing` is called with what the word is about, each as an argument of its own; the last one counts."""
        self._hearing[kind] = hearing

    def on_appended(self, hearing: Callable[[Sequence[str]], None]) -> None:
        """Called with the ids of ledgers that another node appended to."""
        self._appended = hearing

    def on_back(self, hearing: Callable[[], None]) -> None:
        """Called when words may have been missed: what they could have been about is to be looked up."""
        self._back.append(hearing)

    def say(self, kind: str, *about: str) -> None:
        if self._bus is not None:
            self._bus.say(kind, *about)

    @contextlib.asynccontextmanager
    async def running(self, database: Database) -> AsyncIterator[None]:
        if database.dialect == "sqlite":
            yield
            return
        self._bus = Bus(
            database, node=database.node, appended=self._heard_lines, said=self._heard, back=self._came_back
        )
        async with self._bus.running():
            yield

    def _heard_lines(self, ledger_ids: Sequence[str]) -> None:
        self._appended(ledger_ids)

    def _heard(self, said: Said) -> None:
        hearing = self._hearing.get(said.kind)
        if hearing is None:
            # A newer node, in the middle of an upgrade.
            log.warning("nodes.unknown_word", kind=said.kind)
            return
        try:
            hearing(*said.about)
        except TypeError:
            log.warning("nodes.not_understood", kind=said.kind)

    def _came_back(self) -> None:
        for hearing in self._back:
            hearing()
