"""Ordinary reuse over IPv6. Three connections each of Node's http.Agent and Python requests
to a Node server, three requests each, one of them an upload; the client closes.
"""

from network import PCAPNG, Conditions
from plan import connection, get, post
from systems import node, python
from truth import CLEAN
import wire

TITLE = "Keep-alive over IPv6"
NEEDS = ["node", "python:requests"]
FORMAT = PCAPNG
CONDITIONS = Conditions(ip=6)
EXPECT = CLEAN


def play(stage):
    node.serve(stage, keep_alive_timeout=5000)
    connections = [
        connection(get(f"/{n}"), post("/form", 2000, after=0.3), get(f"/{n}/again", after=0.8), start=n * 0.2)
        for n in range(3)
    ]
    node.agent(stage, *connections)
    python.requests(stage, *connections)


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
