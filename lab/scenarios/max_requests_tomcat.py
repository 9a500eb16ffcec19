"""Tomcat with maxKeepAliveRequests 3: the third response says Connection: close and the FIN
follows within a millisecond. Python requests obeys and opens a new connection for the fourth
request; another client waits for the FIN. Nothing is lost.
"""

from network import PCAP
from plan import connection, get
from systems import java, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Tomcat announces the close of its last allowed request"
NEEDS = ["java:tomcat-embed-core", "python:requests"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("undelayed-close", 2, "info")],
    never=["*", "unannounced-close", "request-after-close-header", "request-after-fin"],
)
ESTIMATES = [estimate("server", "closeDelay", 0.0), estimate("server", "maxRequests", 3, tolerance=0)]


def play(stage):
    java.tomcat(stage, keepAliveTimeout=5000, maxKeepAliveRequests=3)
    python.requests(stage, connection(*(get(f"/requests/{n}", after=0.2) for n in range(4)), holdFor=0.2))
    java.socket_client(stage, connection(*(get(f"/waits/{n}", after=0.2) for n in range(3)), holdFor=0.5))


def shows(frames):
    return wire.count(lambda stream: wire.server_fin(stream) is not None, frames) == 3
