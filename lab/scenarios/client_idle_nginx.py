"""nginx as a proxy that closes idle upstream connections after 1 s, in front of a Node server
that would keep them for 6 s (keepAliveTimeout 5000 and a second of its own), both legs
captured. Three users of Python requests; two upstream connections carry their requests,
and nginx ends each after a second of silence. The order that every proxy should have.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import nginx, node, python
from truth import CLEAN, estimate
import wire

TITLE = "nginx closes upstream connections before the application does"
NEEDS = ["nginx", "node", "python:requests"]
FORMAT = PCAP_NANO
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", 1.0, server="10.99.0.1:8080")]


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=5000, at=stage.at("client", 8080))
    nginx.proxy(stage, "keepalive 8; keepalive_timeout 1s;", at=stage.at("server"), to=backend)
    python.requests(
        stage,
        *(
            connection(
                get(f"/{n}/a"),
                get(f"/{n}/b", after=0.4 + n * 0.1),
                post(f"/{n}/c", 60, after=1.3 + n * 0.1),
                start=n * 0.25,
                holdFor=1.4,
            )
            for n in range(3)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
