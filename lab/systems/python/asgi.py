"""An ASGI application for uvicorn and hypercorn. `/name?size=N&wait=SECONDS` chooses the
answer; a target that begins with `/refuse` is answered 413 from the header alone.
"""

import asyncio
import sys
from urllib.parse import parse_qs


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await live(receive, send)
    text = scope["query_string"].decode()
    query = parse_qs(text)
    target = scope["path"] + (f"?{text}" if text else "")
    sys.stdout.write(f"{scope['method']} {target}\n")
    sys.stdout.flush()
    if target.startswith("/refuse"):
        return await answer(send, 413, b"too large\n")
    while (await receive()).get("more_body"):
        pass
    await asyncio.sleep(float(query.get("wait", ["0"])[0]))
    await answer(send, 200, b"x" * int(query.get("size", ["20"])[0]))


async def live(receive, send):
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def answer(send, status, body):
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
