"""Ebb as `subjects.ebb` serves it, with visits of many lines to be read: their ids by how many lines they have."""

import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from server.demo.links import DemoLinks, links_of
from server.demo.seed import cast
from tests.bench.subjects.ebb import serve_demo
from tests.pages.records import keep_in, long


def main(data: Path, lines: list[int]) -> None:
    async def furnish(app: web.Application, links: DemoLinks) -> dict[str, Any]:
        known = await cast(app, data, pairs=0)
        visits = {str(many): await keep_in(app, known, long(many)) for many in lines}
        return {**links_of(links, known), "visits": visits}

    serve_demo(data, furnish)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(many) for many in sys.argv[2:]])
