"""Our own style sheets, scripts and pictures: read once at start, served compressed from memory, cached for good."""

import gzip
import hashlib
from pathlib import Path
from typing import Final

from aiohttp import web
from msgspec import Struct

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


class _File(Struct, frozen=True):
    body: bytes
    gzipped: bytes
    kind: str


class StaticFiles:
    """All of `static/` under one path that names its content.

    One name for the whole tree means that what a script imports changes its address too: a page never runs
    half of an old version and half of a new one.
    """

    def __init__(self, root: Path) -> None:
        self._files: dict[str, _File] = {}
        digest = hashlib.sha256()
        for path in sorted(root.rglob("*")):
            kind = TYPES.get(path.suffix)
            if kind is None or not path.is_file():
                continue
            name, body = path.relative_to(root).as_posix(), path.read_bytes()
            digest.update(f"{name}\0{len(body)}\0".encode() + body)
            self._files[name] = _File(body, gzip.compress(body, 9, mtime=0), kind)
        self.version = digest.hexdigest()[:16]

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for one that is not there, so that a typo is found at once."""
        if name not in self._files:
            raise KeyError(f"static/{name} does not exist")
        return f"/static/{self.version}/{name}"

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
