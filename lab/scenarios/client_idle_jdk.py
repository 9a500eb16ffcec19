"""The JDK's HttpClient with jdk.httpclient.keepalive.timeout 2 (seconds; its default is
1200 in Java 17) against nginx with keepalive_timeout 5s. The client cuts the time of the
last response to whole seconds before it adds two, so it closes each idle connection
between one and two seconds after it. Nothing to report.
"""

from network import PCAPNG
from plan import connection, get
from systems import java, nginx
from truth import CLEAN, estimate
import wire

TITLE = "The JDK's HttpClient keeps connections for less long than nginx"
NEEDS = ["nginx", "java:JdkClient"]
FORMAT = PCAPNG
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", 1.5, tolerance=0.6)]


def play(stage):
    nginx.serve(stage, "keepalive_timeout 5s;")
    java.jdk_client(
        stage,
        *(connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.3), start=n * 0.23, holdFor=2.6) for n in range(6)),
        properties=("jdk.httpclient.keepalive.timeout=2",),
    )


def shows(frames):
    return all(closed_by_timer(stream) for stream in wire.streams(frames))


def closed_by_timer(stream):
    """Now and then the client's timer passes a connection by, and the program's end closes it."""
    answer = max(f.time for f in stream if f.length and not f.from_client)
    fin = next(f for f in stream if f.fin)
    return fin.from_client and fin.time - answer < 2.2
