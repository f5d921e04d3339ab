"""Our own style sheets, scripts and pictures: read once at start, served compressed from memory, cached for good.

What nobody's browser needs, comments and indentation, is taken out on the way: a third of a room's bytes, on the
phones and networks that have the least of them. Scripts of many modules can be had as one file as well.
"""

import gzip
import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from aiohttp import web
from msgspec import Struct

from server import joined, smaller

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
_SMALLER: Final[dict[str, Callable[[str], str]]] = {".css": smaller.style, ".js": smaller.script}


class _File(Struct, frozen=True):
    body: bytes
    gzipped: bytes
    kind: str


class StaticFiles:
    """All of `static/` under one path that names its content.

    One name for the whole tree means that what a script imports changes its address too: a page never runs
    half of an old version and half of a new one.
    """

    def __init__(self, root: Path, *, made: Mapping[str, bytes] | None = None, whole: Iterable[str] = ()) -> None:
        """`made` are files that lie in no folder, by name, such as the words of a language for scripts. `whole` are
        scripts to be had in one file with all that they import too, as `x.joined.js`. Raises CannotJoin.
        """
        found = {
            path.relative_to(root).as_posix(): _served(path)
            for path in root.rglob("*")
            if path.suffix in TYPES and path.is_file()
        }
        scripts = tuple((name, body) for name, body in sorted(found.items()) if name.endswith(".js"))
        self._apart: dict[str, tuple[str, ...]] = {}
        for entry in whole:
            name = joined.name_of(entry)
            found[name], self._apart[name] = _joined(scripts, entry)
        self._files: dict[str, _File] = {}
        digest = hashlib.sha256()
        for name, body in sorted({**found, **(made or {})}.items()):
            digest.update(f"{name}\0{len(body)}\0".encode() + body)
            self._files[name] = _File(body, _gzipped(body), TYPES[Path(name).suffix])
        self.version = digest.hexdigest()[:16]

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for one that is not there, so that a typo is found at once."""
        if name not in self._files:
            raise KeyError(f"static/{name} does not exist")
        return f"/static/{self.version}/{name}"

    def scripts(self, name: str) -> tuple[str, ...]:
        """The addresses of all that a page asks for with a joined script: itself, and the modules it left apart."""
        return tuple(self.url(one) for one in (name, *self._apart[name]))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._files)

    def body(self, name: str) -> bytes:
        """What a browser is given. Raises KeyError."""
        return self._files[name].body

    async def serve(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound(text="There is no such file.")
        current = request.match_info["version"] == self.version
        headers = {
            "Content-Type": file.kind,
            # A page of the version before may still ask; it gets today's file, but does not keep it.
            "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
            "Vary": "Accept-Encoding",
        }
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=file.gzipped, headers=headers)
        return web.Response(body=file.body, headers=headers)


@cache
def _gzipped(body: bytes) -> bytes:
    """Once for all servers of a process."""
    return gzip.compress(body, 9, mtime=0)


@lru_cache(maxsize=8)
def _joined(scripts: tuple[tuple[str, bytes], ...], entry: str) -> tuple[bytes, tuple[str, ...]]:
    """Once for all servers of a process, as long as nobody changes a script."""
    texts = {name: body.decode() for name, body in scripts}
    return joined.joined(texts, entry).encode(), joined.apart(texts, entry)


def _served(path: Path) -> bytes:
    body = path.read_bytes()
    return _made_smaller(body, path.suffix) if path.suffix in _SMALLER else body


@cache
def _made_smaller(body: bytes, suffix: str) -> bytes:
    """Once for all servers of a process."""
    return _SMALLER[suffix](body.decode("utf-8")).encode()
