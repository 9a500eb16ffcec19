"""Plays a plan with one of Python's HTTP clients, one connection pool or connection
per planned connection, and prints one JSON line per request: what the application saw.
"""

import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit


class HttpClient:
    """The standard library's client. It does not look at the socket before it writes."""

    def __init__(self, base: str):
        self.connection = http.client.HTTPConnection(urlsplit(base).netloc)

    def ask(self, plan: dict) -> int:
        # `timeout` counts when the connection is made; after that its socket's does.
        self.connection.timeout = plan.get("timeout")
        if self.connection.sock:
            self.connection.sock.settimeout(plan.get("timeout"))
        body = b"x" * plan["body"] if plan.get("body") else None
        self.connection.request(plan["method"], plan["target"], body)
        response = self.connection.getresponse()
        response.read()
        return response.status

    def close(self) -> None:
        self.connection.close()


class Requests:
    """requests over urllib3, whose pool drops a connection that is readable (a FIN has
    arrived) when it is taken out again."""

    def __init__(self, base: str):
        import requests

        self.base = base
        self.session = requests.Session()

    def ask(self, plan: dict) -> int:
        body = b"x" * plan["body"] if plan.get("body") else None
        return self.session.request(
            plan["method"], self.base + plan["target"], data=body, timeout=plan.get("timeout")
        ).status_code

    def close(self) -> None:
        self.session.close()


LIBRARIES = {"http.client": HttpClient, "requests": Requests}


def play(library: str, base: str, index: int, connection: dict) -> None:
    time.sleep(connection.get("start", 0))
    client = LIBRARIES[library](base)
    for plan in connection["requests"]:
        time.sleep(plan.get("after", 0))
        line = {"connection": index, "method": plan["method"], "target": plan["target"]}
        line["retried"] = False
        try:
            line["clientSaw"] = f"ok {client.ask(plan)}"
        except Exception as error:  # noqa: BLE001 - its text is what we are here for
            line["clientSaw"] = f"{type(error).__name__}: {error}"
            client.close()
            if plan.get("retry"):
                client = LIBRARIES[library](base)
                line["retried"] = True
                line["retrySaw"] = f"ok {client.ask(plan)}"
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
