"""The server of the interop tests on python3-websockets; README.md beside this folder says what every path does."""

import asyncio
import http
import json
import sys
from urllib.parse import parse_qs, urlsplit

import websockets


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


def query_of(path):
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


async def echo(ws, query):
    async for message in ws:
        await ws.send(message)


async def fragments(ws, query):
    size = int(query["size"])

    async def pieces(message):
        for start in range(0, len(message), size):
            if start > 0:
                await ws.ping(str(start))
            yield message[start : start + size]

    async for message in ws:
        await ws.send(pieces(message))


async def burst(ws, query):
    count = int(query["count"])

    async def send():
        for number in range(count):
            await ws.send(str(number))

    async def receive():
        for number in range(count):
            message = await ws.recv()
            if message != str(number):
                raise ValueError(f"{message} came in the place of {number}")

    await asyncio.gather(send(), receive())
    await ws.send(f"received {count}")
    await ws.wait_closed()


async def ping(ws, query):
    async for message in ws:
        await (await ws.ping(message))
        await ws.send(f"pong {message}")


async def close(ws, query):
    await ws.send("last words")
    await ws.close(int(query["code"]), query["reason"])


async def vanish(ws, query):
    await ws.recv()
    ws.transport.abort()


async def header(ws, query):
    await ws.send(ws.request_headers.get(query["name"], ""))
    await ws.wait_closed()


PATHS = {
    "/echo": echo,
    "/fragments": fragments,
    "/burst": burst,
    "/ping": ping,
    "/close": close,
    "/vanish": vanish,
    "/header": header,
}


async def serve(ws):
    query = query_of(ws.path)
    try:
        await PATHS[urlsplit(ws.path).path](ws, query)
    except websockets.ConnectionClosed:
        pass
    finally:
        await ws.wait_closed()
        tell("closed", id=query.get("id"), code=ws.close_code, reason=ws.close_reason)


async def refuse(path, headers):
    if urlsplit(path).path != "/refuse":
        return None
    status = int(query_of(path)["status"])
    fields = {401: [("WWW-Authenticate", 'Basic realm="interop"')], 503: [("Retry-After", "120")]}
    return http.HTTPStatus(status), fields.get(status, []), f"refused with {status}".encode()


async def main():
    ended = asyncio.Event()
    # The tests hold the other end of this pipe: when they are gone, however they ended, so is the server.
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
    options = {"process_request": refuse, "subprotocols": ["chat.v1"], "max_size": None, "ping_interval": None}
    async with websockets.serve(serve, "127.0.0.1", 0, **options) as server:
        tell("listening", port=server.sockets[0].getsockname()[1], version=websockets.__version__)
        await ended.wait()


asyncio.run(main())
