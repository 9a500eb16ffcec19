"""A Node server with maxRequestsPerSocket 3, which it announces: Keep-Alive: timeout=5,
max=3. The third response of a connection says Connection: close, but Node leaves the
closing to the client. Node's http.Agent closes and opens a new connection for the fourth
request, and another for the seventh. Nothing to report.
"""

from network import PCAPNG
from plan import connection, get
from systems import node
from truth import CLEAN, estimate
import wire

TITLE = "Node announces the last allowed request, the client closes"
NEEDS = ["node"]
FORMAT = PCAPNG
MAX = 3
EXPECT = CLEAN
ESTIMATES = [estimate("server", "maxRequests", MAX, 0)]


def play(stage):
    node.serve(stage, keep_alive_timeout=5000, maxRequestsPerSocket=MAX)
    node.agent(stage, connection(*(get(f"/{n}", after=0.2) for n in range(2 * MAX + 1)), holdFor=0.2))


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["client"] * 3
