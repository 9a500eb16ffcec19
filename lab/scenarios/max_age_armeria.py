"""Armeria with maxConnectionAgeMillis 1500. A connection in use is told Connection: close
with the first response after 1.5 s, and Python requests then closes it and opens another. A
connection left idle is closed after 1.5 s of silence: Armeria does not let the idle timeout
(15 s by default) be longer than the age.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import java, python
from truth import Expectation, estimate, finding

TITLE = "Armeria announces the close of connections older than 1.5 s"
NEEDS = ["java:armeria", "python:requests"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    # Three idle connections, which the client still held when the server closed them.
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    never=["unannounced-close", "undelayed-close", "fin-crosses-request", "request-after-fin", "half-closed-lingering"],
)
ESTIMATES = [
    estimate("server", "maxAge", 1.5, tolerance=0.3),
    estimate("server", "idleTimeout", 1.5),
]


def play(stage):
    java.armeria(stage, maxConnectionAgeMillis=1500)
    python.requests(
        stage,
        *(
            connection(*(get(f"/busy/{n}/{m}", after=0.11 + n * 0.05) for m in range(12)), start=n * 0.17)
            for n in range(3)
        ),
        *(connection(get(f"/idle/{n}"), start=0.4 + n * 0.13, holdFor=1.9) for n in range(3)),
    )
