"""lighttpd with server.max-keep-alive-requests = 3. Two clients of Python requests send nine
requests each. The first request of a connection does not count: the fourth response says
Connection: close, and the FIN follows at once. Six connections, four of them with four
requests.
"""

from network import PCAP
from plan import connection, get
from systems import lighttpd, python
from truth import Expectation, estimate, finding
import wire

TITLE = "max-keep-alive-requests 3 is four requests per connection"
NEEDS = ["lighttpd", "python:requests"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("undelayed-close", 4, "info")],
    never=["unannounced-close", "request-after-close-header", "request-after-fin", "idle-timeout-mismatch"],
)
ESTIMATES = [estimate("server", "maxRequests", 4, tolerance=0)]


def play(stage):
    lighttpd.serve(stage, "server.max-keep-alive-requests = 3", files={"page": 30})
    python.requests(
        stage, *(connection(*(get(f"/page?{n}-{turn}", after=0.15 + n * 0.07) for turn in range(9))) for n in range(2))
    )


def shows(frames):
    return len(wire.streams(frames)) == 6 and wire.count(wire.server_fin, frames) >= 4
