"""nginx with keepalive_requests 3: the third response says Connection: close and the FIN
follows at once. Python requests obeys and opens a new connection for the fourth request.
The request was read in full and the close announced, so nothing is at stake.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import nginx, python
from truth import Expectation, finding
import wire

TITLE = "nginx announces the close of its last allowed request"
NEEDS = ["nginx", "python:requests"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("undelayed-close", 1, "info")],
    never=["unannounced-close", "request-after-close-header", "request-after-fin", "reset-destroys-response"],
)


def play(stage):
    nginx.serve(stage, "keepalive_requests 3; keepalive_timeout 5s;")
    python.requests(stage, connection(*(get(f"/{n}", after=0.2) for n in range(4)), holdFor=0.2))


def shows(frames):
    # The client may close on the header before the FIN reaches it; nginx does not wait.
    first, second = wire.streams(frames)
    return wire.server_fin(first) is not None and wire.first_closer(second) == "client"
