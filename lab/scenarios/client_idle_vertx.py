"""Vert.x HttpClient with keepAliveTimeout 2 (seconds) against nginx with keepalive_timeout
5s. The pool's cleaner looks once a second, so each idle connection is closed between two
and three seconds after its last response, by the client. Nothing to report.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import java, nginx
from truth import CLEAN, estimate
import wire

TITLE = "Vert.x HttpClient keeps connections for less long than nginx"
NEEDS = ["nginx", "java:vertx-core"]
FORMAT = PCAP_NANO
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", 2.5, tolerance=0.6)]


def play(stage):
    nginx.serve(stage, "keepalive_timeout 5s;")
    java.vertx_client(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.2 + n * 0.13), start=n * 0.3, holdFor=3.6)
            for n in range(6)
        ),
        keepAliveTimeout=2,
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
