"""Plays a plan with one of Python's HTTP clients, one connection pool or connection
per planned connection, and prints one JSON line per request: what the application saw.
"""

import asyncio
import http.client
import json
import socket
import sys
import threading
import time
from urllib.parse import urlsplit


def body_of(plan: dict) -> bytes | None:
    return b"x" * plan["body"] if plan.get("body") else None


class HttpClient:
    """The standard library's client. It does not look at the socket before it writes."""

    def __init__(self, base: str, connection: dict):
        self.connection = http.client.HTTPConnection(urlsplit(base).netloc)

    def ask(self, plan: dict) -> dict:
        # `timeout` counts when the connection is made; after that its socket's does.
        self.connection.timeout = plan.get("timeout")
        if self.connection.sock:
            self.connection.sock.settimeout(plan.get("timeout"))
        self.connection.request(plan["method"], plan["target"], body_of(plan))
        response = self.connection.getresponse()
        response.read()
        return saw(response.status)

    def close(self) -> None:
        self.connection.close()


class Bare:
    """A bare socket: it keeps the connection whatever a response says. `stall`: seconds of
    silence after the first half of the body."""

    def __init__(self, base: str, connection: dict):
        self.host = urlsplit(base).netloc
        self.socket = None

    def ask(self, plan: dict) -> dict:
        if self.socket is None:
            self.socket = socket.create_connection((urlsplit(f"//{self.host}").hostname, 80))
        body = body_of(plan) or b""
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{plan['method']} {plan['target']} HTTP/1.1\r\nHost: {self.host}\r\n{length}\r\n"
        half = len(body) // 2
        self.socket.sendall(head.encode() + body[:half])
        time.sleep(plan.get("stall", 0))
        self.socket.sendall(body[half:])
        response = http.client.HTTPResponse(self.socket, method=plan["method"])
        response.begin()
        response.read()
        return saw(response.status)

    def close(self) -> None:
        self.socket.close()


class Requests:
    """requests over urllib3, whose pool drops a connection that is readable (a FIN has
    arrived) when it is taken out again."""

    def __init__(self, base: str, connection: dict):
        import requests

        self.base = base
        self.session = requests.Session()
        self.session.mount("http://", requests.adapters.HTTPAdapter(max_retries=self.retries()))

    def retries(self):
        return 0

    def ask(self, plan: dict) -> dict:
        response = self.session.request(
            plan["method"], self.base + plan["target"], data=body_of(plan), timeout=plan.get("timeout")
        )
        failed = response.raw.retries.history
        return saw(response.status_code, f"urllib3 retried after {failed[0].error}" if failed else None)

    def close(self) -> None:
        self.session.close()


class RequestsRetry(Requests):
    """With urllib3's Retry as it is: idempotent methods only."""

    def retries(self):
        from urllib3.util import Retry

        return Retry(3)


class RequestsRetryAll(Requests):
    """With a Retry that sends POST again too, as users are told to configure it."""

    def retries(self):
        from urllib3.util import Retry

        return Retry(3, allowed_methods=None)


class Httpx:
    """httpx over httpcore. `idleTimeout` is Limits(keepalive_expiry)."""

    def __init__(self, base: str, connection: dict):
        import httpx

        limits = {"keepalive_expiry": connection["idleTimeout"]} if "idleTimeout" in connection else {}
        self.client = httpx.Client(base_url=base, limits=httpx.Limits(**limits), trust_env=False)

    def ask(self, plan: dict) -> dict:
        timeout = plan.get("timeout", 5)
        response = self.client.request(plan["method"], plan["target"], content=body_of(plan), timeout=timeout)
        return saw(response.status_code)

    def close(self) -> None:
        self.client.close()


class Aiohttp:
    """aiohttp's client, its event loop in a thread of its own so that it sees what happens
    between requests. `idleTimeout` is TCPConnector(keepalive_timeout)."""

    def __init__(self, base: str, connection: dict):
        self.base = base
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.session = self.wait_for(self.open(connection))

    def wait_for(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    async def open(self, connection: dict):
        import aiohttp

        options = {"keepalive_timeout": connection["idleTimeout"]} if "idleTimeout" in connection else {}
        trace = aiohttp.TraceConfig()
        trace.on_connection_reuseconn.append(self.note("reused"))
        trace.on_connection_create_end.append(self.note("new"))
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(**options), trace_configs=[trace])

    def note(self, kind: str):
        async def noted(*_) -> None:
            self.connections.append(kind)

        return noted

    async def request(self, plan: dict) -> int:
        async with self.session.request(plan["method"], self.base + plan["target"], data=body_of(plan)) as response:
            await response.read()
            return response.status

    def ask(self, plan: dict) -> dict:
        self.connections: list[str] = []
        status = self.wait_for(self.request(plan))
        # It does not tell that it has sent a request again: two connections for one do.
        return saw(status, "aiohttp retried" if self.connections == ["reused", "new"] else None)

    def close(self) -> None:
        self.wait_for(self.session.close())


LIBRARIES = {
    "http.client": HttpClient,
    "socket": Bare,
    "requests": Requests,
    "requests-retry": RequestsRetry,
    "requests-retry-all": RequestsRetryAll,
    "httpx": Httpx,
    "aiohttp": Aiohttp,
}


def saw(status: int, retried: str | None = None) -> dict:
    """`retried`: what is known of a first copy that the library itself sent again."""
    if retried:
        return {"clientSaw": retried, "retried": True, "retrySaw": f"ok {status}"}
    return {"clientSaw": f"ok {status}", "retried": False}


def ask(library: str, base: str, connection: dict, client, plan: dict) -> tuple[dict, object]:
    """What the application saw, and the client to go on with."""
    try:
        return client.ask(plan), client
    except Exception as error:  # noqa: BLE001 - its text is what we are here for
        line = {"clientSaw": f"{type(error).__name__}: {error}", "retried": False}
        client.close()
        if plan.get("retry"):
            client = LIBRARIES[library](base, connection)
            line |= {"retried": True, "retrySaw": client.ask(plan)["clientSaw"]}
        return line, client


def play(library: str, base: str, index: int, connection: dict) -> None:
    time.sleep(connection.get("start", 0))
    client = LIBRARIES[library](base, connection)
    for plan in connection["requests"]:
        time.sleep(plan.get("after", 0))
        line, client = ask(library, base, connection, client, plan)
        line = {"connection": index, "method": plan["method"], "target": plan["target"], **line}
        # One write: the threads share the output, and print() writes the newline apart.
        sys.stdout.write(json.dumps(line) + "\n")
    time.sleep(connection.get("holdFor", 0))
    client.close()


if __name__ == "__main__":
    plan = json.loads(sys.argv[2])
    threads = [
        threading.Thread(target=play, args=(sys.argv[1], plan["base"], index, connection))
        for index, connection in enumerate(plan["connections"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
