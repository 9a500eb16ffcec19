"""A client of bare sockets, for what no HTTP library does. Runs a scenario's own source,
which finds everything of this file at hand, and prints one JSON line per request.
"""

from __future__ import annotations

import contextlib  # noqa: F401 - some of these are for the scenario
import functools  # noqa: F401
import http.client
import io
import itertools
import json
import socket
import ssl
import sys
import threading
from dataclasses import dataclass
from time import sleep  # noqa: F401
from urllib.parse import urlsplit

BASE = urlsplit(json.loads(sys.argv[2])["base"])
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: tuple[str, ...] = ()
    body: bytes = b""
    version: str = "HTTP/1.1"

    def __bytes__(self) -> bytes:
        length = (f"Content-Length: {len(self.body)}",) if self.body else ()
        head = (f"{self.method} {self.target} {self.version}", f"Host: {BASE.netloc}", *self.headers, *length)
        return "\r\n".join([*head, "", ""]).encode() + self.body


def get(target: str, *headers: str, **more) -> Request:
    return Request("GET", target, headers, **more)


def post(target: str, size: int, *headers: str) -> Request:
    return Request("POST", target, headers, b"x" * size)


class Unclosed(io.BufferedReader):
    """What http.client reads one response from must stay open for the next."""

    def close(self) -> None:
        pass


class Connection:
    """`with Connection() as connection:` leaves with a FIN. `options` are set before it is
    opened: (level, name, value)."""

    def __init__(self, port: int | None = None, options: tuple[tuple[int, int, int], ...] = ()):
        self.number = next(NUMBERS)
        self.socket = socket.socket(socket.AF_INET6 if ":" in BASE.hostname else socket.AF_INET)
        for option in options:
            self.socket.setsockopt(*option)
        self.socket.connect((BASE.hostname, port or BASE.port or 80))
        self.stream = Unclosed(socket.SocketIO(self.socket, "rb"))
        self.asked: list[Request] = []

    def send(self, *requests: Request) -> None:
        """All of them at once, as one write."""
        self.asked += requests
        self.socket.sendall(b"".join(map(bytes, requests)))

    def answer(self) -> None:
        """Reads the next response to its end."""
        request = self.asked.pop(0)
        try:
            response = self.message(request)
            # http.client takes all but 100 for final.
            while response.status in (102, 103):
                response = self.message(request)
            response.read()
            self.tell(request, f"ok {response.status}")
        except Exception as error:  # noqa: BLE001 - its text is what we are here for
            self.tell(request, f"{type(error).__name__}: {error}")

    def message(self, request: Request) -> http.client.HTTPResponse:
        response = http.client.HTTPResponse(self, method=request.method)
        response.begin()
        return response

    def ask(self, request: Request) -> None:
        self.send(request)
        self.answer()

    def tell(self, request: Request, saw: str) -> None:
        line = {"connection": self.number, "method": request.method, "target": request.target}
        sys.stdout.write(json.dumps(line | {"clientSaw": saw, "retried": False}) + "\n")

    def encrypt(self) -> None:
        """TLS with whoever it is: the lab's certificates are its own."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.stream = Unclosed(socket.SocketIO(self.socket, "rb"))

    def end_encryption(self) -> None:
        """Sends close_notify, whether or not the other side has ended already."""
        with contextlib.suppress(OSError):
            self.socket = self.socket.unwrap()

    def makefile(self, *_) -> Unclosed:
        return self.stream

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()


def at_once(*functions) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    exec(sys.argv[1])
