"""HAProxy with http-reuse always in front of a Node server that closes idle connections after
2 s, both legs captured. The first request of a new user, a POST, is passed on over an
upstream connection that another user's request has left, just when the FIN leaves Node.
For a user's first request HAProxy says 502 (termination state SH).
"""

from network import PCAPNG
from plan import connection, get, post
from systems import haproxy, node, python
from truth import Expectation, finding
import wire

TITLE = "A new user's first request meets an old upstream connection"
NEEDS = ["haproxy", "node"]
FORMAT = PCAPNG
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 1, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch", "keep-alive-header-mismatch"],
    never=["request-after-fin", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=1000, at=stage.at("client", 8080))
    haproxy.proxy(stage, "http-reuse always", at=stage.at("server"), to=backend)
    python.http_client(
        stage,
        connection(get("/first"), holdFor=TIMEOUT + 1),
        # Node's timer begins six delays after the first user's start, and the second
        # user's request is in the proxy three delays after his.
        connection(post("/order", 40), start=TIMEOUT + 3 * ONE_WAY),
    )


def shows(frames):
    return wire.count(wire.crossed, wire.leg(frames, 8080)) == 1
