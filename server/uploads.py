"""What somebody sends in one piece, on its way in: noise on the disk while it comes, and whole in memory for a moment.

A browser on a slow line takes a minute for a recording, and sixty of them would fill the memory of a small server for
that long. So what comes is written down as it comes, sealed under a key that is in memory alone; when it is there, it
is read in one of a few turns, stored, and gone. What a crash leaves is noise, and goes at the next start with the
copies that lie in the same folder.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

from aiohttp import web
from msgspec import Struct

from server.db.errors import Unavailable
from server.exports.sealed import Spool

#: So many are whole in memory at a time.
TURNS: Final = 2
#: Somebody who keeps one step after the other has one on its way, and after a broken line perhaps another.
AT_ONCE: Final = 4
#: What tells a kind of file stands in its beginning.
HEAD_BYTES: Final = 4_096
_AGAIN_S: Final = 5


class Bounds(Struct, frozen=True):
    """How large it may be, how long it may take, and whether it begins as what it is said to be.

    The rest is what is raised, in a handler's own words: `too_large` is given the size, `half` whether it was too slow.
    """

    most_bytes: int
    seconds: float
    begins_right: Callable[[bytes], bool]
    too_large: Callable[[int], Exception]
    other: Callable[[], Exception]
    nothing: Callable[[], Exception]
    half: Callable[[bool], Exception]


class Uploads:
    """All that are on their way in to this server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turns = asyncio.Semaphore(TURNS)
        self._coming: Counter[str] = Counter()

    @asynccontextmanager
    async def whole(self, request: web.Request, person_id: str, bounds: Bounds) -> AsyncGenerator[bytes]:
        """The body of this request, once it is there and it is its turn. Raises what `bounds` says, and
        HTTPTooManyRequests where this person has several on their way already."""
        if (request.content_length or 0) > bounds.most_bytes:
            raise bounds.too_large(request.content_length or 0)
        if self._coming[person_id] >= AT_ONCE:
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(_AGAIN_S)})
        self._coming[person_id] += 1
        try:
            with self._spool() as spool:
                await _received(request, spool, bounds)
                async with self._turns:
                    yield await asyncio.to_thread(_read, spool)
        finally:
            self._coming[person_id] -= 1
            if not self._coming[person_id]:
                del self._coming[person_id]

    @contextmanager
    def _spool(self) -> Generator[Spool]:
        with _in_words():
            spool = Spool(self._folder / f"{uuid4().hex}.upload")
        try:
            yield spool
        finally:
            with suppress(OSError):
                # A full disk says so once more; what is left goes at the next start.
                spool.forget()


def _read(spool: Spool) -> bytes:
    with _in_words():
        return b"".join(spool.pour())


@contextmanager
def _in_words() -> Generator[None]:
    """A disk that takes nothing more is told as a database that does."""
    try:
        yield
    except OSError:
        raise Unavailable from None


async def _received(request: web.Request, spool: Spool, bounds: Bounds) -> None:
    """Written down as it comes; refused as early as it can be seen to be nothing for here."""
    head, size = bytearray(), 0
    try:
        async with asyncio.timeout(bounds.seconds):
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > bounds.most_bytes:
                    raise bounds.too_large(size)
                if len(head) < HEAD_BYTES:
                    head += chunk[:HEAD_BYTES]
                    if len(head) >= HEAD_BYTES and not bounds.begins_right(bytes(head)):
                        raise bounds.other()
                with _in_words():
                    spool.write(chunk)
    except TimeoutError:
        raise bounds.half(True) from None
    except (ConnectionError, web.PayloadAccessError):
        raise bounds.half(False) from None
    if not size:
        raise bounds.nothing()
    if size < HEAD_BYTES and not bounds.begins_right(bytes(head)):
        raise bounds.other()
