"""Throws hostile requests at a server, and keeps what came back."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator

from tests.hostile.noise import Sent
from tests.live.talker import PATIENCE_S

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
#: Words that no answer has: what a program says of itself when it fails.
GIVEN_AWAY = (b"Traceback", b"aiohttp", b'.py"', b"sqlalchemy", b"SELECT ", b"msgspec")


class Thrower:
    """Some lines at once, each of them used as long as the server keeps it."""

    def __init__(self, host: str, port: int) -> None:
        self._at = (host, port)
        self.statuses: Counter[int] = Counter()
        self.given_away: list[bytes] = []

    async def throw(self, noise: Iterator[Sent], count: int, *, lines: int = 8) -> None:
        left = iter(range(count))
        await asyncio.gather(*(self._one(noise, left) for _ in range(lines)))

    async def _one(self, noise: Iterator[Sent], left: Iterator[int]) -> None:
        reader: asyncio.StreamReader | None = None
        writer: asyncio.StreamWriter | None = None
        for _ in left:
            sent = next(noise)
            if reader is None or writer is None:
                reader, writer = await asyncio.open_connection(*self._at)
            if not await self._ask(sent, reader, writer):
                writer.close()
                reader = writer = None
        if writer is not None:
            writer.close()

    async def _ask(self, sent: Sent, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the line can be used again."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                writer.write(sent.data)
                await writer.drain()
                if sent.cut:
                    # Nothing more comes, and nothing is waited for.
                    return False
                return await self._answer(reader, head_alone=sent.data.startswith(b"HEAD"))
        except (ConnectionError, asyncio.IncompleteReadError):
            # Refused at once, while more of it was on its way.
            self.statuses[0] += 1
            return False

    async def _answer(self, reader: asyncio.StreamReader, *, head_alone: bool) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        self.statuses[status] += 1
        body = b""
        found = _LENGTH.search(head)
        if found is not None and not head_alone:
            body = await reader.readexactly(int(found[1]))
        self.given_away += [word for word in GIVEN_AWAY if word in head + body]
        # An answer without an end, such as the news of a desk, is left where it is.
        return b"\r\nconnection: close" not in head.lower() and (found is not None or status in (204, 304))

    @property
    def mistakes(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500 and status not in (503, 505))
