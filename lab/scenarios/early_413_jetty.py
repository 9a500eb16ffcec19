"""Two uploads of 400,000 bytes to a handler on Jetty that answers 413 without reading. Jetty
says Connection: close, the FIN follows within a millisecond, and then a bare RST for every
segment in flight. Python's http.client and Node's http.Agent.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import java, node, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, a Jetty handler"
NEEDS = ["java:jetty-server", "node"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 2, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    java.jetty(stage, idle_timeout=5000)
    # The first request is for the JVM: what it does for the first time it does slowly.
    python.http_client(stage, connection(get("/warm")), connection(post("/early/python", 400_000), start=0.8))
    node.agent(stage, connection(post("/early/node", 400_000)))


def shows(frames):
    return wire.count(lambda stream: any(f.reset and not f.from_client for f in stream), frames) == 2
