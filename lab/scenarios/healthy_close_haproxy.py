"""HAProxy with option http-server-close in front of a Node server, both legs captured.
Users keep their connections; upstream HAProxy opens one for every request and says so:
each request carries Connection: close, Node's response too, and Node closes behind it.
Four users of Python requests, three requests each. Nothing to report.
"""

from network import PCAP
from plan import connection, get, post
from systems import haproxy, node, python
from truth import Expectation
import wire

TITLE = "HAProxy closes every upstream connection, and announces it"
NEEDS = ["haproxy", "node", "python:requests"]
FORMAT = PCAP
EXPECT = Expectation(may=["undelayed-close"], never=["*", "keep-alive-unused", "unannounced-close"])


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=5000, at=stage.at("client", 8080))
    haproxy.proxy(stage, "option http-server-close", at=stage.at("server"), to=backend)
    python.requests(
        stage,
        *(
            connection(
                get(f"/{n}/a"),
                get(f"/{n}/b?size=900", after=0.2 + n * 0.1),
                post(f"/{n}/c", 300, after=0.4),
                start=n * 0.2,
                holdFor=0.3,
            )
            for n in range(4)
        )
    )


def shows(frames):
    return len(wire.streams(wire.leg(frames, 8080))) == 12
