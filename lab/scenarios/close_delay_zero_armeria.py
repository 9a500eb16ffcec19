"""Armeria with maxNumRequestsPerConnection 3 and its delay of an announced close set to 0, as
it was before Armeria learned to wait: the FIN follows the third response at once. Python
requests and a client that waits lose nothing. A client that pays no heed to Connection:
close sends a fourth request 0.2 s later, on a connection whose FIN it has had all the time.
"""

from network import PCAPNG
from plan import connection, get
from systems import java, python
from truth import Expectation, estimate, finding

TITLE = "Armeria without its delay before an announced close"
NEEDS = ["java:armeria", "python:requests"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[
        finding("undelayed-close", 2, "info"),
        finding("request-after-fin", 1, "error", confidence="proven", executed="no"),
    ],
    may=["request-after-close-header"],
    never=["unannounced-close", "fin-crosses-request", "reset-instead-of-response", "idle-timeout-mismatch"],
)
ESTIMATES = [estimate("server", "closeDelay", 0.0), estimate("server", "maxRequests", 3, tolerance=0)]


def play(stage):
    java.armeria(
        stage,
        maxNumRequestsPerConnection=3,
        properties=("com.linecorp.armeria.defaultHttp1ConnectionCloseDelayMillis=0",),
    )
    python.requests(stage, connection(*(get(f"/requests/{n}", after=0.2) for n in range(4)), holdFor=0.2))
    java.socket_client(
        stage,
        connection(*(get(f"/waits/{n}", after=0.2) for n in range(3)), holdFor=0.4),
        connection(*(get(f"/goes-on/{n}", after=0.2) for n in range(4)), start=0.2),
    )
