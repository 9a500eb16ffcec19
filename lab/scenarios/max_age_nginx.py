"""nginx with keepalive_time 2s. Three clients of Python requests ask four times a
second: the first response after a connection is 2 s old says Connection: close, and
nginx's FIN follows at once, so the connections end 2.0 to 2.3 s old, after nine to eleven
requests.
"""

from network import PCAP
from plan import connection, get
from systems import nginx, python
from truth import Expectation, estimate, finding
import wire

TITLE = "nginx closes connections that are two seconds old"
NEEDS = ["nginx", "python:requests"]
FORMAT = PCAP
AGE = 2.0
EXPECT = Expectation(
    must=[finding("undelayed-close", 3, "info")],
    never=["unannounced-close", "request-after-close-header", "request-after-fin", "idle-timeout-mismatch"],
)
ESTIMATES = [estimate("server", "maxAge", AGE, tolerance=0.3)]


def play(stage):
    nginx.serve(stage, "keepalive_time 2s; keepalive_timeout 5s;")
    python.requests(
        stage,
        *(
            connection(*(get(f"/{n}/{turn}", after=0.13 + n * 0.03) for turn in range(13)), start=n * 0.09, holdFor=0.2)
            for n in range(3)
        )
    )


def shows(frames):
    return len(wire.streams(frames)) == 6 and wire.count(wire.server_fin, frames) >= 3
