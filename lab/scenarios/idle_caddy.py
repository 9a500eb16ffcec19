"""Caddy with idle_timeout 2s. Four connections of Python's http.client, reused after pauses
of 0.3 to 1.75 s and then left until Caddy closes them. The longest pause is a gap of
1.83 s at Caddy: that reuse had 0.17 s to spare.
"""

from network import PCAP_NANO
from plan import reused_after
from systems import caddy, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Caddy's idle_timeout, and one reuse just before it"
NEEDS = ["caddy:caddy"]
FORMAT = PCAP_NANO
TIMEOUT = 2.0
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning"), finding("reuse-near-timeout", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]
PAUSES = [(0.44, 1.19), (0.85, 1.75), (1.31, 0.62), (0.73, 1.02)]


def play(stage):
    caddy.serve(stage, TIMEOUT)
    python.http_client(stage, *reused_after(PAUSES, holdFor=2.4))


def shows(frames):
    streams = wire.streams(frames)
    return len(streams) == 4 and all(wire.first_closer(stream) == "server" for stream in streams)
