"""aiohttp's own server: `aiohttp_server.py ADDRESS PORT OPTIONS`, options of AppRunner and,
under "app", of Application, as JSON. `/name?size=N&wait=SECONDS` chooses the answer.
"""

import asyncio
import json
import sys

from aiohttp import web


async def answer(request):
    sys.stdout.write(f"{request.method} {request.path_qs}\n")
    sys.stdout.flush()
    # Raises 413 where the body is beyond `client_max_size`.
    await request.read()
    await asyncio.sleep(float(request.query.get("wait", 0)))
    return web.Response(text="x" * int(request.query.get("size", 20)))


async def main(address, port, options):
    app = web.Application(**options.pop("app", {}))
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, **options)
    await runner.setup()
    await web.TCPSite(runner, address, port).start()
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])))
