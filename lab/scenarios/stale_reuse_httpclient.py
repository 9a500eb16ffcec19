"""Jetty closes idle connections after 1 s. Apache HttpClient looks whether a pooled
connection is still open only when it has been idle for 2 s (validateAfterInactivity), so a
GET and a POST after 1.5 s go out on connections whose FIN its TCP has had for half a second:
NoHttpResponseException. The GET is sent again by the library, after a second, the POST is
not. With validateAfterInactivity 500 ms the third GET finds the FIN and takes a new
connection.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import java
from truth import Expectation, finding
import wire

TITLE = "Apache HttpClient reuses connections that are already closed"
NEEDS = ["java:jetty-server", "java:httpclient5"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("request-after-fin", 2, "error", confidence="proven")],
    may=["idle-timeout-mismatch"],
    never=["fin-crosses-request", "reset-instead-of-response", "unannounced-close", "client-gave-up"],
)


def play(stage):
    java.jetty(stage, idle_timeout=1000)
    java.apache_client(
        stage,
        connection(get("/first"), get("/list", after=1.5), holdFor=0.3),
        connection(get("/second"), post("/order", 40, after=1.5), start=0.2),
    )
    java.apache_client(stage, connection(get("/third"), get("/looked", after=1.5), holdFor=0.3), validate=500)


def shows(frames):
    return wire.count(wire.after_fin, frames) == 2
