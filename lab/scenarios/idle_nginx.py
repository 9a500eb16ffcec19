"""Four connections of Python requests to nginx with keepalive_timeout 2s, reused after
pauses of 0.3 to 1.75 s and then left until nginx closes them. The longest pause is a gap
of 1.83 s at nginx: that reuse had 0.17 s to spare, and a slower one would have been lost.
"""

from network import PCAP
from plan import reused_after
from systems import nginx, python
from truth import Expectation, estimate, finding
import wire

TITLE = "nginx's keepalive_timeout, and one reuse just before it"
NEEDS = ["nginx", "python:requests"]
FORMAT = PCAP
TIMEOUT = 2.0
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning"), finding("reuse-near-timeout", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]
PAUSES = [(0.31, 1.24), (0.92, 1.75), (1.43, 0.55), (0.68, 1.08)]


def play(stage):
    nginx.serve(stage, "keepalive_timeout 2s;")
    python.requests(stage, *reused_after(PAUSES, holdFor=2.4))


def shows(frames):
    streams = wire.streams(frames)
    return len(streams) == 4 and all(wire.first_closer(stream) == "server" for stream in streams)
