"""nginx is the client here: a reverse proxy with `keepalive` upstream connections and an
idle timeout of 60 s, in front of a Node server that closes after 3 s (keepAliveTimeout
2000 and a second of its own). A POST and later a GET leave on kept connections just when
the FIN leaves Node. nginx logs "upstream prematurely closed connection"; the POST's user
gets 502, the GET is passed on again over a new connection (proxy_next_upstream).
"""

from network import PCAPNG
from plan import connection, get, post
from systems import nginx, node, python
from truth import Expectation, finding
import wire

TITLE = "A reverse proxy's requests cross the application's FIN"
NEEDS = ["nginx", "node", "python:requests"]
FORMAT = PCAPNG
TIMEOUT = 3.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    proxy = nginx.proxy(stage, "keepalive 8; keepalive_timeout 60s;")
    race = TIMEOUT - ONE_WAY
    # One after the other: of two kept connections nginx would take the younger one.
    python.requests(stage, connection(get("/first"), post("/order", 40, after=race)), to=proxy)
    python.requests(stage, connection(get("/second"), get("/list", after=race)), to=proxy)


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
