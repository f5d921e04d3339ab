"""A peer: the same room on python-socketio with its own rooms and broadcasts. Nothing is recorded."""

import asyncio
import json
import os
import sys
from typing import Any

import socketio
from aiohttp import web


async def main() -> None:
    server = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*", http_compression=False)
    seqs: dict[str, int] = {}
    views: dict[str, tuple[str, str]] = {}

    @server.event  # type: ignore[untyped-decorator, unused-ignore]
    async def join(sid: str, data: dict[str, Any]) -> None:
        views[sid] = (data["room"], "v" * data["pad"])
        await server.enter_room(sid, data["room"])
        await server.emit("hello", {"seq": seqs.get(data["room"], 0)}, to=sid)

    @server.event  # type: ignore[untyped-decorator, unused-ignore]
    async def say(sid: str, command: dict[str, Any]) -> None:
        room, view = views[sid]
        seqs[room] = seq = seqs.get(room, 0) + 1
        told = {"type": "changed", "seq": seq, "event": command, "cause": command["id"], "view": view}
        await server.emit("changed", told, room=room)

    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(json.dumps({"port": runner.addresses[0][1], "pid": os.getpid()}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
