"""nginx in front of a Node server, both legs captured. nginx keeps upstream connections
for 60 s, Node closes them after 2 s (keepAliveTimeout 1000 and a second of its own). A
POST reaches nginx and is passed on just when the FIN leaves Node: the two cross, nginx
logs "upstream prematurely closed connection", and its user gets 502 on a connection where
nothing is wrong. A GET meets the same fate and is passed on again over a new upstream
connection: its user waits longer and gets 200.
"""

from network import PCAPNG
from plan import connection, get, post
from systems import nginx, node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "A 502, and the race behind the proxy that made it"
NEEDS = ["nginx", "node", "python:requests"]
FORMAT = PCAPNG
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
    nginx.proxy(stage, "keepalive 8; keepalive_timeout 60s;", at=stage.at("server"), to=backend)
    # The response reaches the user two delays after Node's timer began, the request Node's
    # leg one delay after the user sent it, and the FIN leaves one delay before it arrives.
    race = TIMEOUT - 3 * ONE_WAY
    python.requests(stage, connection(get("/first"), post("/order", 40, after=race)))
    python.requests(stage, connection(get("/second"), get("/list", after=race)))


def shows(frames):
    return wire.count(wire.crossed, wire.leg(frames, 8080)) == 2
