"""Vert.x HttpServer with an idleTimeout of 2 s: it announces nothing and closes after
2.00 s. A POST and a GET of Python requests leave the client just when the FIN leaves the
server. Its kernel answers each segment of them with a RST without ACK flag; the client,
which got the FIN first, sees end of file. Four other connections, left idle, show the timeout.
"""

from network import PCAP
from plan import connection, get, post
from systems import java, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests cross the FIN of a Vert.x server at its idle timeout"
NEEDS = ["java:vertx-core", "python:requests"]
FORMAT = PCAP
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 2, "error", confidence="proven", executed="no"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    java.vertx_server(stage, idleTimeout=2)
    race = TIMEOUT - ONE_WAY
    python.requests(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
        connection(get("/second"), get("/list", after=race), start=0.17),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
