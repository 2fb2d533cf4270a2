# A plain WebSocket client, driven line by line: commands come as JSON on standard input, events go out as JSON.
import asyncio
import base64
import json
import sys

import websockets


def tell(event):
    print(json.dumps(event), flush=True)


async def hear(socket):
    try:
        async for message in socket:
            if isinstance(message, str):
                tell({"event": "text", "data": message})
            else:
                tell({"event": "binary", "data": base64.b64encode(message).decode()})
    except websockets.ConnectionClosed:
        pass
    tell({"event": "closed", "code": socket.close_code, "reason": socket.close_reason})


async def obey(socket, lines):
    while True:
        line = await lines.readline()
        if not line:
            return
        command = json.loads(line)
        if command["do"] == "text":
            await socket.send(command["data"])
        elif command["do"] == "binary":
            await socket.send(base64.b64decode(command["data"]))
        elif command["do"] == "abort":
            socket.transport.abort()
        elif command["do"] == "close":
            await socket.close()


async def main(url):
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    try:
        socket = await websockets.connect(url, ping_interval=None)
    except Exception as problem:
        tell({"event": "failed", "reason": str(problem)})
        return
    tell({"event": "open", "subprotocol": socket.subprotocol})
    commands = asyncio.create_task(obey(socket, lines))
    await hear(socket)
    commands.cancel()


asyncio.run(main(sys.argv[1]))
