"""nginx closes idle connections after 2 s. A POST leaves the client (Python requests)
just when the FIN leaves nginx, so the two pass each other on the link. nginx's socket is
gone: its kernel answers the POST with a RST without ACK flag, and the client, which got
the FIN first, sees end of file. A GET that meets the same fate on a second connection is
sent again on a new one. Four other connections, left idle, show the timeout.
"""

from network import PCAP
from plan import connection, get, post
from systems import nginx, python
from truth import Expectation, finding
import wire

TITLE = "Requests cross nginx's FIN at its keepalive_timeout"
NEEDS = ["nginx", "python:requests"]
FORMAT = PCAP
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    nginx.serve(stage, f"keepalive_timeout {TIMEOUT:.0f}s;")
    # The client gets the response one delay late and the FIN one delay late, so the FIN
    # leaves nginx one delay before the idle gap at the client is TIMEOUT long.
    race = TIMEOUT - ONE_WAY
    python.requests(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
        connection(get("/second"), get("/list", after=race, retry=True), start=0.17, holdFor=0.2),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
