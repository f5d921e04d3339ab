"""One connection in a room: whose it is, how well it runs, and what it may still send."""

from msgspec import Struct

from server import languages
from server.clock import Clock
from server.live import protocol
from server.live.outbox import Outbox
from sessions.people import Role

COMMANDS_A_MINUTE = 60
COMMANDS_BURST = 20
PINGS_BURST = 15
PING_EVERY_MS = 2_000
REFUSALS_MAX = 100
REFUSALS_WINDOW_MS = 10_000


class Bucket(Struct):
    """A bucket of tokens: `size` at once, one more each `every_ms`."""

    size: float
    every_ms: float
    tokens: float
    at_ms: float

    def take(self, now_ms: float) -> int:
        """0 where there was a token, else the milliseconds until there is one."""
        self.tokens = min(self.size, self.tokens + (now_ms - self.at_ms) / self.every_ms)
        self.at_ms = now_ms
        if self.tokens >= 1:
            self.tokens -= 1
            return 0
        return int((1 - self.tokens) * self.every_ms) + 1


def commands_bucket(now_ms: float) -> Bucket:
    return Bucket(size=COMMANDS_BURST, every_ms=60_000 / COMMANDS_A_MINUTE, tokens=COMMANDS_BURST, at_ms=now_ms)


class Member:
    """A socket as its room knows it. The commands' bucket is the person's, shared by all their tabs."""

    # Two of them a visit, for hours: without a dictionary each.
    __slots__ = (
        "_clock",
        "_outbox",
        "_refusals",
        "bound_ms",
        "commands",
        "key",
        "language",
        "login",
        "person",
        "pings",
        "reported_ms",
        "role",
        "rtt_ms",
        "since_ms",
        "sync",
    )

    def __init__(
        self, *, person: str, role: Role, login: str, key: str, outbox: Outbox, commands: Bucket, clock: Clock
    ) -> None:
        self.person, self.role, self.login, self.key = person, role, login, key
        #: That of the request which this connection began as.
        self.language = languages.current()
        self.since_ms = clock.now_ms()
        self.rtt_ms: float | None = None
        self.bound_ms: float | None = None
        self.sync: str | None = None
        self.reported_ms = 0.0
        self.commands = commands
        self.pings = Bucket(size=PINGS_BURST, every_ms=PING_EVERY_MS, tokens=PINGS_BURST, at_ms=clock.now())
        self._outbox = outbox
        self._clock = clock
        self._refusals: list[float] = []

    def put(self, frame: bytes) -> None:
        self._outbox.put(frame)

    def refuse(
        self,
        command: str | None,
        code: str,
        message: str,
        *,
        fields: dict[str, str] | None = None,
        retry_ms: int | None = None,
    ) -> None:
        """Says so in the language that this side was opened in."""
        with languages.speaking(self.language):
            # What stands under `id` is a word for programs, which look at it: it is the same in every language.
            fields = {name: words if name == "id" else languages.told(words) for name, words in (fields or {}).items()}
            self.put(protocol.refused(command, code, languages.told(message), fields=fields, retry_ms=retry_ms))

    @property
    def closing(self) -> int | None:
        """The code of a close that is under way, or None."""
        return self._outbox.closing

    def close(self, code: int, reason: str, *, retry_ms: int | None = None) -> None:
        self._outbox.close(code, reason, retry_ms=retry_ms)

    def abort(self) -> None:
        """Away with it: whoever still reads had the time to."""
        self._outbox.abort()

    def stop(self) -> None:
        """Its socket is gone: nothing more can be sent."""
        self._outbox.stop()

    async def closed(self) -> None:
        """Wait until `bye` and the close have gone out, or the time for it has."""
        await self._outbox.closed()

    def report(self, ping: protocol.ClockPing) -> bool:
        """Keep what this side last measured. True where what others are shown of it changed."""
        before = (self.rtt_ms is None, self.sync)
        self.reported_ms = self._clock.now()
        if ping.rtt_ms is not None:
            self.rtt_ms = ping.rtt_ms
        if ping.bound_ms is not None:
            self.bound_ms = ping.bound_ms
        if ping.sync is not None:
            self.sync = ping.sync
        return before != (self.rtt_ms is None, self.sync)

    def count_refusal(self) -> None:
        """100 refusals within 10 s are no mistake any more: the socket is closed."""
        now = self._clock.now()
        self._refusals = [at for at in self._refusals if at > now - REFUSALS_WINDOW_MS]
        self._refusals.append(now)
        if len(self._refusals) >= REFUSALS_MAX:
            self.close(protocol.TOO_FAST, "too_fast", retry_ms=10_000)
