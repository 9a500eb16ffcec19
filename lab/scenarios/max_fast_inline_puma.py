"""Puma with a single thread serves three busy connections of Node's http.Agent one behind
the other: ten requests of the first (max_fast_inline), while the others wait for up to
0.7 s to be accepted; so the tenth response says Connection: close, the FIN follows at
once, and the next connection has its turn. Nothing is lost.
"""

from network import PCAP
from plan import connection, get
from systems import node, puma
from truth import Expectation, estimate, finding
import wire

TITLE = "Puma closes a busy connection in favour of others"
NEEDS = ["node", "puma"]
FORMAT = PCAP
MAX = 10
EXPECT = Expectation(
    must=[finding("undelayed-close", 3, "info")],
    never=["*", "unannounced-close", "request-after-close-header", "client-gave-up", "idle-timeout-mismatch"],
)
ESTIMATES = [estimate("server", "maxRequests", MAX, 0)]


def play(stage):
    puma.serve(stage, "persistent_timeout 5", threads=1)
    node.agent(
        stage,
        *(connection(*(get(f"/{c}/{n}") for n in range(MAX + 2)), start=c * 0.03, holdFor=0.1) for c in range(3)),
    )


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["server"] * 3 + ["client"] * 3
