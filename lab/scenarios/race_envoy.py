"""Envoy with an idle_timeout of 1 s, a drain_timeout of 1 s and no delayed close sends its
FIN after 2 s of silence. A POST of Node's http.Agent ("socket hang up") and a GET of
Python requests leave their client just then and cross it; Envoy's kernel answers with
RSTs without ACK flag. Three idle connections show the timeout.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import envoy, node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests cross the FIN of an Envoy without delayed close"
NEEDS = ["envoy:envoy", "node", "python:requests"]
FORMAT = PCAP_NANO
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    idle = {"common_http_protocol_options": {"idle_timeout": "1s"}, "drain_timeout": "1s"}
    envoy.serve(stage, idle | {"delayed_close_timeout": "0s"})
    race = TIMEOUT - ONE_WAY
    node.agent(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(3)),
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
    )
    python.requests(stage, connection(get("/second"), get("/list", after=race)))


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
