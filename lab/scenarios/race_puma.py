"""Puma with a persistent_timeout of 2 s closes after 2.2 s of silence. A POST of Python
requests and a GET of Node's http.Agent, one after the other, leave the client just when
the FIN leaves Puma. A bare RST answers each; the agent sends its GET again.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import node, puma, python
from truth import Expectation, finding
import wire

TITLE = "Requests cross Puma's FIN"
NEEDS = ["node", "puma", "python:requests"]
FORMAT = PCAP_NANO
TIMEOUT = 2.2
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    puma.serve(stage, "persistent_timeout 2")
    race = TIMEOUT - ONE_WAY
    python.requests(stage, connection(get("/first"), post("/order", 40, after=race)))
    node.agent(stage, connection(get("/second"), get("/list", after=race, retry=True), holdFor=0.2))


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
