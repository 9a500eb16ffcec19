"""A Node server with keepAliveTimeout 2000 closes after 3 s of silence (Node 20 adds a
second). A POST of Node's http.Agent leaves the client just when the FIN leaves the
server, so the two cross: "socket hang up". The same happens to a GET of Python requests.
The server's kernel answers both with a RST without ACK flag. The agent sends its GET
again on a new connection. Four other connections, left idle, show the timeout.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import node, python
from truth import Expectation, finding
import wire

TITLE = "Requests cross a Node server's FIN"
NEEDS = ["node", "python:requests"]
FORMAT = PCAP_NANO
TIMEOUT = 3.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 3, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    race = TIMEOUT - ONE_WAY
    node.agent(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
        connection(get("/second"), get("/list", after=race, retry=True), start=0.17, holdFor=0.2),
    )
    python.requests(stage, connection(get("/third"), get("/report", after=race)))


def shows(frames):
    return wire.count(wire.crossed, frames) == 3
