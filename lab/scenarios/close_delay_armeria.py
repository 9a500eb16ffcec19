"""Armeria with maxNumRequestsPerConnection 3: the third response says Connection: close, and
Armeria waits three seconds for the client to close first (its
defaultHttp1ConnectionCloseDelayMillis). Python requests does so at once. Two clients that
pay no heed to the header are closed by Armeria after 3.00 s. Nothing is lost.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import java, python
from truth import Expectation, estimate, finding

TITLE = "Armeria leaves an announced close to the client for three seconds"
NEEDS = ["java:armeria", "python:requests"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("close-not-initiated", 2, "info")],
    never=["*", "undelayed-close", "unannounced-close"],
)
ESTIMATES = [estimate("server", "closeDelay", 3.0), estimate("server", "maxRequests", 3, tolerance=0)]


def play(stage):
    java.armeria(stage, maxNumRequestsPerConnection=3)
    python.requests(stage, connection(*(get(f"/requests/{n}", after=0.2) for n in range(4)), holdFor=0.2))
    java.socket_client(
        stage,
        *(
            connection(*(get(f"/waits/{n}/{m}", after=0.2) for m in range(3)), start=n * 0.15, holdFor=3.3)
            for n in range(2)
        ),
    )
