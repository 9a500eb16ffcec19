"""A Node server with keepAliveTimeout 2000 closes after 3 s of silence. The client, Node's
http.Agent, is busy computing from 2.5 s to 3.5 s: its TCP has and acknowledges the FIN,
its event loop has not seen it. The next request goes out on the closed connection half
a second after the FIN arrived and is answered by a RST without ACK flag. The POST is sent
again on a new connection, which is safe: no socket was left that could have read the
first copy.
"""

from network import PCAPNG
from plan import connection, get, post
from systems import node
from truth import Expectation, finding
import wire

TITLE = "A blocked event loop reuses a connection that is already closed"
NEEDS = ["node"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[finding("request-after-fin", 1, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["fin-crosses-request", "reset-instead-of-response", "unannounced-close", "unsafe-retry"],
)


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    node.agent(stage, connection(get("/first"), post("/order", 40, after=3.5, blocked=1.0, retry=True), holdFor=0.2))


def shows(frames):
    return wire.count(wire.after_fin, frames) == 1
