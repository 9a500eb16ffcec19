"""Four connections of Python requests to Apache with KeepAliveTimeout 2, reused after pauses
of 0.3 to 1.75 s and then left until Apache closes them, after the 2 s that its Keep-Alive:
timeout=2 announced. The longest pause is a gap of 1.83 s at Apache: that reuse had 0.17 s
to spare, and a slower one would have been lost.
"""

from network import PCAP
from plan import reused_after
from systems import apache, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Apache's KeepAliveTimeout, and one reuse just before it"
NEEDS = ["apache2", "python:requests"]
FORMAT = PCAP
TIMEOUT = 2.0
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning"), finding("reuse-near-timeout", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "keep-alive-header-mismatch"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]
PAUSES = [(0.31, 1.24), (0.92, 1.75), (1.43, 0.55), (0.68, 1.08)]


def play(stage):
    apache.serve(stage, "KeepAliveTimeout 2")
    python.requests(stage, *reused_after(PAUSES, holdFor=2.4))


def shows(frames):
    streams = wire.streams(frames)
    return len(streams) == 4 and all(wire.first_closer(stream) == "server" for stream in streams)
