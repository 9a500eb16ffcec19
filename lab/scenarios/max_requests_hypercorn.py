"""hypercorn with keep_alive_max_requests 3. The third response of a connection says
Connection: close and the FIN follows at once. Node's http.Agent opens a new connection for
the fourth request, and another for the seventh. Nothing is lost.
"""

from network import PCAP
from plan import connection, get
from systems import node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "hypercorn announces the close of its last allowed request"
NEEDS = ["node", "python:hypercorn"]
FORMAT = PCAP
MAX = 3
EXPECT = Expectation(
    must=[finding("undelayed-close", 2, "info")],
    never=["*", "unannounced-close", "request-after-close-header", "reset-destroys-response"],
)
ESTIMATES = [estimate("server", "maxRequests", MAX, 0)]


def play(stage):
    python.hypercorn(stage, f"keep_alive_timeout = 5\nkeep_alive_max_requests = {MAX}")
    node.agent(stage, connection(*(get(f"/{n}", after=0.2) for n in range(2 * MAX)), holdFor=0.2))


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["server"] * 2
