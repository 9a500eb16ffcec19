"""Envoy with an idle_timeout of 1 s, a drain_timeout of 1 s and its delayed_close_timeout
of 1 s. In the last second before the FIN it no longer reads what comes, and has not told
anybody: its kernel acknowledges a POST after 2.3 s and a GET after 2.6 s of silence, and
3 s after the response before, the socket is closed with them unread: RST+ACK. The
clients see "Connection reset by peer" after waiting for 0.6 and 0.3 s; the agent asks
again. A third request crosses the FIN itself. Two idle connections show the timeout. So
here the dangerous time before the close is a whole second, not one way of the link.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import envoy, node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Envoy's delayed close at idle expiry: a second in which requests are ignored, then reset"
NEEDS = ["envoy:envoy", "node", "python:requests"]
FORMAT = PCAP_NANO
TIMEOUT = 3.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("reset-instead-of-response", 2, "error", executed="unknown"),
        finding("fin-crosses-request", 1, "error", confidence="proven", executed="no"),
    ],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "unsafe-retry", "unannounced-close", "client-gave-up"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    envoy.serve(stage, {"common_http_protocol_options": {"idle_timeout": "1s"}, "drain_timeout": "1s"})
    node.agent(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.13, holdFor=TIMEOUT + 0.3) for n in range(2)),
        connection(get("/second"), get("/list", after=2.6, retry=True), start=0.07, holdFor=0.2),
        connection(get("/third"), get("/late", after=TIMEOUT - ONE_WAY), start=0.19),
    )
    python.requests(stage, connection(get("/first"), post("/order", 40, after=2.3)))


def shows(frames):
    aborted = sum(any(f.reset and f.has_ack for f in stream) for stream in wire.streams(frames))
    return aborted == 2 and wire.count(wire.crossed, frames) == 1
