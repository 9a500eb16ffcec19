"""HAProxy with timeout http-keep-alive 2s. A POST of Python requests and a GET of Node's
http.Agent leave their clients just when the FIN leaves HAProxy and cross it; a RST without
ACK flag answers each. The GET is sent again on a new connection. Two idle connections show
the timeout.
"""

from network import PCAP
from plan import connection, get, post
from systems import haproxy, node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests cross HAProxy's FIN at its timeout http-keep-alive"
NEEDS = ["haproxy", "node", "python:requests"]
FORMAT = PCAP
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 2, "error", confidence="proven", executed="no"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    may=["keep-alive-header-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    haproxy.serve(stage, f"timeout http-keep-alive {TIMEOUT:.0f}s")
    race = TIMEOUT - ONE_WAY
    python.requests(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(2)),
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
    )
    node.agent(stage, connection(get("/second"), get("/list", after=race, retry=True), holdFor=0.2))


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
