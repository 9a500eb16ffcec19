"""Armeria with maxNumRequestsPerConnection 3 announces the close with its third response and
closes three seconds later. Two clients that pay no heed to the header send a fourth request
0.2 s after the response. Armeria's TCP acknowledges it, Armeria no longer reads, and at the
end of the three seconds comes the FIN instead of an answer.
"""

from network import PCAP
from plan import connection, get, post
from systems import java
from truth import Expectation, finding

TITLE = "A request after Connection: close is never answered"
NEEDS = ["java:armeria"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[
        finding(
            "request-dropped-at-close", 2, "error", executed="unknown", alternatives=["request-after-close-header"]
        )
    ],
    may=["request-after-close-header", "close-not-initiated"],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "undelayed-close", "idle-timeout-mismatch"],
)


def play(stage):
    java.armeria(stage, maxNumRequestsPerConnection=3)
    java.socket_client(
        stage,
        connection(*(get(f"/first/{n}", after=0.2) for n in range(4)), start=0.1),
        connection(*(get(f"/second/{n}", after=0.2) for n in range(3)), post("/order", 60, after=0.2), start=0.3),
    )
