"""HAProxy with timeout server 1s in front of a Node server that takes 1.8 s for two of its
answers, both legs captured. After 1 s HAProxy resets the upstream connection under the
unanswered request and tells its user 504; the user's connection stays open and is used
again. Node's handlers run to their end for nobody.
"""

from network import PCAP
from plan import connection, get, post
from systems import haproxy, node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "A 504, and the upstream connection given up behind it"
NEEDS = ["haproxy", "node", "python:requests"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("client-gave-up", 2, "warning")],
    never=[
        "request-dropped-at-close", "reset-instead-of-response", "truncated-response", "fin-crosses-request",
        "idle-timeout-mismatch",
    ],
)  # fmt: skip
ESTIMATES = [estimate("client", "responseTimeout", 1.0, server="10.99.0.1:8080")]


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=5000, at=stage.at("client", 8080))
    haproxy.proxy(stage, "timeout server 1s", at=stage.at("server"), to=backend)
    python.requests(
        stage,
        connection(
            get("/quick/a"), get("/slow/a?wait=1800", after=0.3), get("/quick/b", after=0.2), holdFor=0.3
        ),
        connection(post("/slow/b?wait=1800", 60), get("/quick/c", after=0.2), start=0.2, holdFor=1),
    )


def shows(frames):
    upstream = wire.streams(wire.leg(frames, 8080))
    return sum(wire.first_closer(stream) == "client" for stream in upstream) >= 2
