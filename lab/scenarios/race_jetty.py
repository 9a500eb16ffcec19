"""Jetty with an idleTimeout of 2 s closes after 2.02 s, by a half-close: it goes on reading
and throws away what comes. A POST and a GET of Apache HttpClient and a GET of Python
requests leave just when the FIN leaves Jetty: Jetty's kernel acknowledges them, nobody
answers, there is no RST from the server. HttpClient sends its GET again by itself, after a
second, and gives up the POST: NoHttpResponseException. Four other connections, left idle,
show the timeout.
"""

from network import PCAPNG
from plan import connection, get, post
from systems import java, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests cross the FIN of a lingering Jetty"
NEEDS = ["java:jetty-server", "java:httpclient5", "python:requests"]
FORMAT = PCAPNG
TIMEOUT = 2.02
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 3, "error", confidence="proven", executed="unknown"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    never=["request-after-fin", "request-dropped-at-close", "reset-instead-of-response", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    java.jetty(stage, idle_timeout=2000)
    race = TIMEOUT - ONE_WAY
    python.requests(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
        connection(get("/first"), get("/list", after=race), start=0.05),
    )
    java.apache_client(
        stage,
        # The first one is for the JVM: what it does for the first time it does slowly.
        connection(get("/warm")),
        connection(get("/second"), post("/order", 40, after=race), start=0.6),
        connection(get("/third"), get("/report", after=race), start=0.8, holdFor=0.2),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 3
