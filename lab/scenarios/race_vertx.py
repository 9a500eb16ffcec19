"""nginx closes idle connections after 2 s and does not announce it; Vert.x HttpClient would keep
them for a minute. A POST and two GETs leave the client just when the FIN leaves nginx, so
they cross; nginx's kernel answers each with a RST without ACK flag. Vert.x, which got the FIN
first, says "Connection was closed" and sends nothing again by itself. Four other connections,
left idle, show the timeout.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import java, nginx
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests of Vert.x HttpClient cross nginx's FIN"
NEEDS = ["nginx", "java:vertx-core"]
FORMAT = PCAP_NANO
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 3, "error", confidence="proven", executed="no"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    nginx.serve(stage, f"keepalive_timeout {TIMEOUT:.0f}s;")
    race = TIMEOUT - ONE_WAY
    java.vertx_client(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
        connection(get("/first"), post("/order", 40, after=race), start=0.5),
        connection(get("/second"), get("/list", after=race, retry=True), start=0.7, holdFor=0.2),
        connection(get("/third"), get("/report", after=race), start=0.9),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 3
