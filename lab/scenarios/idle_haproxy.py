"""Four connections of Python requests to HAProxy with timeout http-keep-alive 2s, reused
after pauses of 0.3 to 1.75 s and then left until HAProxy closes them, after 2.00 to
2.03 s and without a word. The longest pause is a gap of 1.83 s at HAProxy: that reuse had
0.17 s to spare.
"""

from network import PCAP
from plan import reused_after
from systems import haproxy, python
from truth import Expectation, estimate, finding
import wire

TITLE = "HAProxy's timeout http-keep-alive, and one reuse just before it"
NEEDS = ["haproxy", "python:requests"]
FORMAT = PCAP
TIMEOUT = 2.0
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning"), finding("reuse-near-timeout", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]
PAUSES = [(0.31, 1.24), (0.92, 1.75), (1.43, 0.55), (0.68, 1.08)]


def play(stage):
    haproxy.serve(stage, "timeout http-keep-alive 2s")
    python.requests(stage, *reused_after(PAUSES, holdFor=2.4))


def shows(frames):
    streams = wire.streams(frames)
    return len(streams) == 4 and all(wire.first_closer(stream) == "server" for stream in streams)
