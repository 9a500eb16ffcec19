"""Armeria closes idle connections after 2 s; Java's HttpURLConnection would keep them for 5 s.
A POST and a GET leave just when the FIN leaves Armeria, whose kernel answers them with RSTs
without ACK flag. HttpURLConnection sends both again by itself, the POST too, on new
connections: here nobody had read the first copies. Its application notices nothing. Four
connections of Python requests, left idle, show the timeout.
"""

from network import PCAP
from plan import connection, get, post
from systems import java, python
from truth import Expectation, estimate, finding
import wire

TITLE = "HttpURLConnection sends crossed requests again, POST too"
NEEDS = ["java:armeria", "java:UrlClient", "python:requests"]
FORMAT = PCAP
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 2, "error", confidence="proven", executed="no"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    never=["unsafe-retry", "request-after-fin", "reset-instead-of-response", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    java.armeria(stage, idleTimeoutMillis=2000)
    race = TIMEOUT - ONE_WAY
    python.requests(
        stage, *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4))
    )
    # In two programs: the pool belongs to the whole JVM. The first requests are for the JVM,
    # which does slowly what it does for the first time.
    for last in (post("/order", 40, after=race, resent=True), get("/list", after=race, resent=True)):
        java.url_client(stage, connection(get("/warm"), post("/warm", 40), last, holdFor=0.2))


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
