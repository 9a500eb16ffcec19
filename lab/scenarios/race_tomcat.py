"""Tomcat with keepAliveTimeout 2000 and a poller that looks at its connections every 20 ms
(selectorTimeout), so that it closes after 2.00 to 2.02 s. It announces Keep-Alive: timeout=2,
which Python requests ignores. A POST and a GET leave the client just when the FIN leaves
Tomcat, whose kernel answers each segment of them with a RST without ACK flag. The GET is sent
again on a new connection. Four other connections, left idle, show the timeout.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import java, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests cross Tomcat's FIN at its keepAliveTimeout"
NEEDS = ["java:tomcat-embed-core", "python:requests"]
FORMAT = PCAP_NANO
TIMEOUT = 2.01
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 2, "error", confidence="proven", executed="no"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    may=["keep-alive-header-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    java.tomcat(stage, keepAliveTimeout=2000, selectorTimeout=20)
    race = TIMEOUT - ONE_WAY
    python.requests(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
        connection(get("/second"), get("/list", after=race, retry=True), start=0.17, holdFor=0.2),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
