"""Seven connections of Python requests, each used twice and then left idle, to Tomcat with
keepAliveTimeout 2000, which it announces as Keep-Alive: timeout=2. Its poller looks for
expired connections when it has waited a second for events in vain, or when a second has
passed since it last looked, so the FIN comes between 2.0 and 3.0 s, on several connections
in one moment. Nothing is lost; the client would have kept the connections longer.
"""

from network import PCAP
from plan import connection, get
from systems import java, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Tomcat's keepAliveTimeout, looked at once a second"
NEEDS = ["java:tomcat-embed-core", "python:requests"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    may=["keep-alive-header-mismatch"],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", 2.4, tolerance=0.6)]


def play(stage):
    java.tomcat(stage, keepAliveTimeout=2000)
    python.requests(
        stage,
        *(connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.2), start=n * 0.37, holdFor=2.9) for n in range(7)),
    )


def shows(frames):
    return all(wire.first_closer(stream) == "server" for stream in wire.streams(frames))
