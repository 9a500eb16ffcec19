"""What a client shall do: connections, each with its requests in order.

A client program gets `{"base": URL, "connections": [...]}` as its last argument and
prints one JSON line per request:

    {"connection": 0, "method": "GET", "target": "/", "clientSaw": "ok 200", "retried": false}

`clientSaw` is `ok STATUS` or the error's text as the library words it; `code` its code
where the library has one; `retrySaw` is how the application's second try ended. A client
that cannot do all of what follows ignores the rest.
"""


def get(target: str, **more) -> dict:
    """A request. `after`: seconds of silence before it; `retry`: once, on another
    connection; `timeout`: seconds for the answer; `blocked`: seconds for which the client
    looks at nothing before it (Node only)."""
    return {"method": "GET", "target": target, **more}


def post(target: str, body: int, **more) -> dict:
    """The same with a body of so many bytes."""
    return {"method": "POST", "target": target, "body": body, **more}


def connection(*requests: dict, **more) -> dict:
    """`start`: seconds after the client's start; `holdFor`: seconds for which the client
    keeps it after the last response, then closes; `idleTimeout`: the client's own, in
    seconds."""
    return {"requests": list(requests), **more}


def reused_after(pauses: list[tuple[float, float]], holdFor: float) -> list[dict]:
    """One connection per pair of pauses, begun one after the other: a request, and another
    behind each pause; then it is left alone."""
    return [
        connection(get(f"/{n}/a"), get(f"/{n}/b", after=first), get(f"/{n}/c", after=second), start=n * 0.17, holdFor=holdFor)
        for n, (first, second) in enumerate(pauses)
    ]
