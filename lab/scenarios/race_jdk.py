"""The JDK's HttpServer with an idleInterval of 2 s and a clock that ticks every 20 ms (both are
system properties; the defaults are 30 s and 10 s). It writes head and body of a response
apart and Nagle's algorithm holds the body back for a round trip, so that on the wire the FIN
comes 1.94 s after it. A POST and two GETs of the JDK's HttpClient leave just when the FIN
leaves the server. Java has half-closed the socket only, and closes it when its selector wakes
up for the request: RST+ACK, with the request unread. The client sends its GETs again at once,
on new connections, and its application notices nothing; the POST fails with "HTTP/1.1 header
parser received no bytes". Four connections of Python requests, left idle, show the timeout.
"""

from network import PCAP
from plan import connection, get, post
from systems import java, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests cross the FIN of the JDK's HttpServer"
NEEDS = ["java:JdkServer", "python:requests"]
FORMAT = PCAP
TIMEOUT = 1.94
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 3, "error", confidence="proven", executed="unknown"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    never=["request-after-fin", "reset-instead-of-response", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT, tolerance=0.08)]


def play(stage):
    java.jdk_server(stage, properties=("sun.net.httpserver.idleInterval=2", "sun.net.httpserver.clockTick=20"))
    race = TIMEOUT - ONE_WAY
    python.requests(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
    )
    java.jdk_client(
        stage,
        connection(get("/warm"), post("/warm", 40)),
        connection(get("/first"), post("/order", 40, after=race), start=1.2),
        connection(get("/second"), get("/list", after=race, resent=True), start=1.4, holdFor=0.2),
        connection(get("/third"), get("/report", after=race, resent=True), start=1.6, holdFor=0.2),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 3
