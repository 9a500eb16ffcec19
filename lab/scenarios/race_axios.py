"""axios with an http.Agent that keeps connections, in front of a Node server that closes
after 3 s (keepAliveTimeout 2000 and a second of its own). A POST and a GET leave the
client just when the FIN leaves the server: "socket hang up" (ECONNRESET), and axios sends
nothing again. The application repeats its GET.
"""

from network import PCAP
from plan import connection, get, post
from systems import node
from truth import Expectation, finding
import wire

TITLE = "Requests of axios cross a Node server's FIN"
NEEDS = ["node", "node:axios"]
FORMAT = PCAP
TIMEOUT = 3.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    race = TIMEOUT - ONE_WAY
    node.axios(
        stage,
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
        connection(get("/second"), get("/list", after=race, retry=True), start=0.17, holdFor=0.2),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
