"""Taking a copy along as somebody does, and looking into it."""

import io
import zipfile

import aiohttp
import msgspec
from msgspec import Struct

from server import wiring
from server.exports.jobs import Job
from tests.live.house import House
from tests.pages.reader import Fields, reading


class Taken(Struct):
    """A file as a browser was given it."""

    status: int
    kind: str
    name: str
    cached: str
    body: bytes

    @property
    def archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.body))


async def send(house: House, who: str, path: str, fields: Fields | None = None) -> Taken:
    """A form that is answered with a file."""
    async with house.browsing(who) as http:
        form = aiohttp.FormData(list((fields or {}).items()))
        async with http.post(path, data=form(), headers={"Origin": str(house.url.origin())}) as answer:
            return await _file(answer)


async def load(house: House, who: str, path: str) -> Taken:
    async with house.browsing(who) as http, http.get(path) as answer:
        return await _file(answer)


async def copy(house: House, who: str, path: str, fields: Fields | None = None) -> tuple[Job, Taken]:
    """Asks for what takes a while, waits, and takes it."""
    async with reading(house, who) as somebody:
        page = await somebody.sends(path, fields)
    assert page.status == 200, page.words
    assert page.path.startswith("/export/"), page.words
    job = await made(house, who, page.path.removeprefix("/export/"))
    return job, await load(house, who, f"/export/{job.id}/file")


async def made(house: House, who: str, job_id: str) -> Job:
    job = house.app[wiring.EXPORTS].of(getattr(house.cast, who), job_id)
    assert job is not None
    await job.over.wait()
    assert job.state == "ready"
    return job


async def _file(answer: aiohttp.ClientResponse) -> Taken:
    return Taken(
        status=answer.status,
        kind=answer.content_type,
        name=answer.headers.get("Content-Disposition", ""),
        cached=answer.headers.get("Cache-Control", ""),
        body=await answer.read(),
    )


def bundle_in(archive: zipfile.ZipFile, name: str = "record.fhir.json") -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(archive.read(name))
    return found
