"""HAProxy in front of a Node server that closes idle connections after 2 s, both legs
captured, this time with retry-on all-retryable-errors and option http-buffer-request: it
sends the POST and the GET that crossed Node's FIN again, each on a new upstream
connection, and both users get 200. (Without the buffering the POST would not be sent again:
its header and its body had reached HAProxy apart.)
"""

from network import PCAPNG
from plan import connection, get, post
from systems import haproxy, node, python
from truth import Expectation, finding
import wire

TITLE = "HAProxy repeats what the close race took"
NEEDS = ["haproxy", "node", "python:requests"]
FORMAT = PCAPNG
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch", "keep-alive-header-mismatch"],
    # The POST too is sent again, and safely: a bare RST answered its first copy.
    never=["request-dropped-at-close", "request-after-fin", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=1000, at=stage.at("client", 8080))
    retries = "retry-on all-retryable-errors; retries 3; option http-buffer-request"
    haproxy.proxy(stage, f"timeout http-keep-alive 20s; {retries}", at=stage.at("server"), to=backend)
    race = TIMEOUT - 3 * ONE_WAY
    python.requests(stage, connection(get("/first"), post("/order", 40, after=race)))
    python.requests(stage, connection(get("/second"), get("/list", after=race)))


def shows(frames):
    return wire.count(wire.crossed, wire.leg(frames, 8080)) == 2
