"""Ordinary reuse, captured with a snap length of 96 bytes: of every frame the first 96 are
there, so no header is complete and no body is seen. Node's http.Agent, six connections
with uploads and downloads; the client closes. Nothing to report, and nothing to make up.
"""

from network import PCAP
from plan import connection, get, post
from systems import nginx, node
from truth import CLEAN
import wire

TITLE = "Only the first 96 bytes of each frame"
NEEDS = ["nginx", "node"]
FORMAT = PCAP.cut(96)
EXPECT = CLEAN


def play(stage):
    nginx.serve(stage, "keepalive_timeout 10s;", files={"page": 4000})
    requests = (get("/page"), post("/form", 3000, after=0.3), get("/hello", after=0.2), get("/page", after=0.6))
    node.agent(stage, *(connection(*requests, start=n * 0.1, holdFor=0.1 * n) for n in range(6)))


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
