"""nginx closes idle connections after 1 s. Python's http.client does not look at its
socket before it writes: it sends a GET and a POST on connections whose FIN its TCP has
had for 0.6 s. A RST without ACK flag answers; the client, reading the FIN first, says
"Remote end closed connection without response".
"""

from network import PCAP
from plan import connection, get, post
from systems import nginx, python
from truth import Expectation, finding
import wire

TITLE = "http.client writes to connections that nginx has closed"
NEEDS = ["nginx"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("request-after-fin", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["fin-crosses-request", "reset-instead-of-response", "unannounced-close"],
)


def play(stage):
    nginx.serve(stage, "keepalive_timeout 1s;")
    python.http_client(
        stage,
        connection(get("/first"), get("/list", after=1.6)),
        connection(get("/second"), post("/order", 40, after=1.6), start=0.1),
    )


def shows(frames):
    return wire.count(wire.after_fin, frames) == 2
