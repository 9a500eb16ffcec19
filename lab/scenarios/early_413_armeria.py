"""Uploads of 40,000 bytes to Armeria with maxRequestLength 1000: it answers 413 with
Connection: close before the body is read, reads the rest and throws it away, and waits three
seconds for the client to close. Python's http.client does; a client that pays no heed to the
header gets the FIN after 3.0 s. The response is delivered to both.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import java, python
from truth import Expectation, estimate

TITLE = "413 before the upload is read, Armeria waits"
NEEDS = ["java:armeria"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    may=["close-not-initiated"],
    never=["*", "reset-destroys-response", "undelayed-close", "client-gave-up", "request-dropped-at-close"],
)
ESTIMATES = [estimate("server", "closeDelay", 3.0)]


def play(stage):
    java.armeria(stage, maxRequestLength=1000)
    # The first request is for the JVM: what it does for the first time it does slowly.
    python.http_client(stage, connection(get("/warm"), post("/upload", 40_000, after=0.2)))
    java.socket_client(stage, connection(post("/ignored", 40_000), holdFor=3.2))


def shows(frames):
    return not any(frame.reset for frame in frames)
