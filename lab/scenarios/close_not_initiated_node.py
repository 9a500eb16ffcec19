"""A Node server with maxRequestsPerSocket 2 says Connection: close in its second response
and does not close. A client on a bare socket keeps the connection too. 1.5 s later it
sends a third request, which Node answers, with 503. The client closes.
"""

from network import PCAP
from plan import connection, get
from systems import node, python
from truth import Expectation, finding
import wire

TITLE = "Node announces a close and leaves the connection open"
NEEDS = ["node"]
FORMAT = PCAP
EXPECT = Expectation(
    # Requests are still answered on it.
    must=[finding("close-not-initiated", 1, "warning"), finding("request-after-close-header", 1, "warning")],
    never=["unannounced-close", "undelayed-close", "request-after-fin", "idle-timeout-mismatch"],
)


def play(stage):
    node.serve(stage, keep_alive_timeout=5000, maxRequestsPerSocket=2)
    python.bare(stage, connection(get("/1"), get("/2", after=0.2), get("/3", after=1.5), holdFor=0.5))


def shows(frames):
    return wire.first_closer(frames) == "client"
