"""The exercises as the rooms read them: one file, named by its content, so that it is fetched once."""

from typing import Any

import msgspec
from aiohttp import web

from exercises.loader import Library
from exercises.model import Exercise
from server import wiring
from server.accounts import access


async def show(request: web.Request) -> web.StreamResponse:
    """No name of an exercise stands in any address: an address is what histories and logs keep."""
    await access.require(request)
    library = request.app[wiring.LIBRARY]
    response = web.Response(body=msgspec.json.encode(_told(library)), content_type="application/json")
    current = request.match_info["version"] == library.version
    # A page of the version before gets today's exercises, but does not keep them.
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable" if current else "private, no-cache"
    response.enable_compression()
    return response


def url(request: web.Request) -> str:
    return f"/library/{request.app[wiring.LIBRARY].version}.json"


def _told(library: Library) -> dict[str, Any]:
    return {
        "exercises": {exercise.slug: _exercise(exercise) for exercise in library},
        "presets": [
            {
                "id": preset.id,
                "name": preset.name,
                "pattern": preset.pattern,
                "use": preset.use,
                "offered": preset.offered,
            }
            for preset in library.presets
        ],
    }


def _exercise(exercise: Exercise) -> dict[str, Any]:
    return {
        "title": exercise.title,
        "summary": exercise.summary,
        "why": exercise.why,
        "needs_enabling": exercise.needs_enabling,
        "recovery": exercise.recovery,
        "internal": exercise.internal,
        "uses_ladder": exercise.uses_ladder,
        "seconds": exercise.seconds,
        "version": exercise.version,
        "review": {"status": exercise.review.status},
        "cautions": exercise.cautions,
        "steps": [
            {
                "id": step.id,
                "act": step.act,
                "seconds": step.seconds,
                "internal": step.internal,
                "way_out": exercise.way_out_of(index),
                "pattern": step.pattern,
                "words": step.words,
            }
            for index, step in enumerate(exercise.steps)
        ],
    }


routes = [web.get("/library/{version}.json", show)]
