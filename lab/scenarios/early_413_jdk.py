"""A handler on the JDK's HttpServer answers 413 without reading the upload. The server says
nothing of a close, reads and drops up to drainAmount of the body (a system property; here
8192, by default 65,536) and then gives up: FIN, and a bare RST for every segment in flight.
A body of 5,000 bytes is drained, and its connection stays open.
"""

from network import PCAP
from plan import connection, get, post
from systems import java, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, the JDK's HttpServer"
NEEDS = ["java:JdkServer"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 1, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    java.jdk_server(stage, properties=("sun.net.httpserver.drainAmount=8192",))
    python.http_client(
        stage,
        connection(get("/warm"), post("/early/small", 5000, after=0.2), get("/again", after=0.2)),
        connection(post("/early/large", 400_000), start=1),
    )


def shows(frames):
    return wire.count(lambda stream: any(f.reset and not f.from_client for f in stream), frames) == 1
