"""The floor: an aiohttp room that parses, numbers and broadcasts. No login, no rules, no record."""

import asyncio
import json
import os
import sys

from aiohttp import WSMsgType, web


class Room:
    def __init__(self) -> None:
        self.seq = 0
        self.sockets: list[web.WebSocketResponse] = []


async def live(request: web.Request) -> web.StreamResponse:
    """`pad` is how long the view in each broadcast is, so that as many bytes go out as Ebb's."""
    rooms: dict[str, Room] = request.app[ROOMS]
    room = rooms.setdefault(request.match_info["session"], Room())
    view = "v" * int(request.query.get("pad", "0"))
    socket = web.WebSocketResponse(compress=False, heartbeat=20.0)
    await socket.prepare(request)
    room.sockets.append(socket)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            command = json.loads(message.data)
            room.seq += 1
            told = json.dumps(
                {"type": "changed", "seq": room.seq, "event": command, "cause": command["id"], "view": view}
            )
            for other in room.sockets:
                await other.send_str(told)
    room.sockets.remove(socket)
    return socket


ROOMS: web.AppKey[dict[str, Room]] = web.AppKey("rooms", dict)


async def main() -> None:
    app = web.Application()
    app[ROOMS] = {}
    app.router.add_get("/live/{session}", live)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(json.dumps({"port": runner.addresses[0][1], "pid": os.getpid()}), flush=True)
    # Whoever started this ends it by closing its input.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
