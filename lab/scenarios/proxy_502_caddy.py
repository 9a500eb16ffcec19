"""Caddy in front of a Node server, both legs captured. Caddy keeps upstream connections for
60 s, Node closes them after 2 s (keepAliveTimeout 1000 and a second of its own). A POST is
passed on just when the FIN leaves Node: Caddy logs "EOF" and its user gets 502. A GET that
meets the same fate is sent again by Caddy (Go's http.Transport does it) on a new upstream
connection: its user gets 200, and no log knows.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import caddy, node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Caddy's 502, and the race behind it"
NEEDS = ["caddy:caddy", "node", "python:requests"]
FORMAT = PCAP_NANO
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 2, "error", confidence="proven", executed="no"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    may=["keep-alive-header-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close", "client-gave-up"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT, server="10.99.0.1:8080")]


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=1000, at=stage.at("client", 8080))
    caddy.proxy(stage, keep_alive=60, at=stage.at("server"), to=backend)
    race = TIMEOUT - 3 * ONE_WAY
    python.requests(stage, connection(get("/first"), post("/order", 40, after=race)))
    python.requests(stage, connection(get("/second"), get("/list", after=race)))


def shows(frames):
    return wire.count(wire.crossed, wire.leg(frames, 8080)) == 2
