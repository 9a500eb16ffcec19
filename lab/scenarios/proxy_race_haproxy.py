"""HAProxy in front of a Node server that closes idle connections after 2 s (keepAliveTimeout
1000 and a second of its own), both legs captured. A POST and later a GET, each the second
request of its user, are passed on just when the FIN leaves Node. HAProxy sends no 502: it
closes its user's connection without an answer and without a line in its log, so that the
client may decide about a retry. So the race behind looks like one in front: "Remote end
closed connection without response".
"""

from network import PCAPNG
from plan import connection, get, post
from systems import haproxy, node, python
from truth import Expectation, finding
import wire

TITLE = "HAProxy hands its backend's close race to the user"
NEEDS = ["haproxy", "node", "python:requests"]
FORMAT = PCAPNG
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 2, "error", confidence="proven", executed="no"),
        finding("request-dropped-at-close", 2, "error", executed="unknown"),
    ],
    may=["idle-timeout-mismatch", "keep-alive-header-mismatch"],
    never=["request-after-fin", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=1000, at=stage.at("client", 8080))
    haproxy.proxy(stage, "timeout http-keep-alive 20s", at=stage.at("server"), to=backend)
    race = TIMEOUT - 3 * ONE_WAY
    python.requests(stage, connection(get("/first"), post("/order", 40, after=race)))
    python.requests(stage, connection(get("/second"), get("/list", after=race)))


def shows(frames):
    return wire.count(wire.crossed, wire.leg(frames, 8080)) == 2
