"""nginx with keepalive_requests 4. Two clients of Python requests send nine requests each:
the fourth and the eighth response say Connection: close, nginx's FIN follows at once, and
the client opens a new connection. Six connections, four of them with four requests.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import nginx, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Four requests per connection, and nginx says so"
NEEDS = ["nginx", "python:requests"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("undelayed-close", 4, "info")],
    never=["unannounced-close", "request-after-close-header", "request-after-fin", "idle-timeout-mismatch"],
)
ESTIMATES = [estimate("server", "maxRequests", 4, tolerance=0)]


def play(stage):
    nginx.serve(stage, "keepalive_requests 4; keepalive_timeout 5s;")
    python.requests(
        stage, *(connection(*(get(f"/{n}/{turn}", after=0.15 + n * 0.07) for turn in range(9))) for n in range(2))
    )


def shows(frames):
    return len(wire.streams(frames)) == 6 and wire.count(wire.server_fin, frames) >= 4
