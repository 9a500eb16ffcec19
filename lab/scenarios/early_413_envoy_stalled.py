"""The same early 413 from an Envoy with its delayed_close_timeout of 1 s, and an upload of
8,000,000 bytes: more than fits the receive buffer that nobody empties any more, and the
client's send buffer. After some 90,000 bytes the window is closed, Python's http.client
goes on trying to write, and after the second Envoy closes with the body unread: RST+ACK.
The response arrived a second before, but http.client never reads it: "Connection reset
by peer".
"""

from network import PCAP
from plan import connection, post
from systems import envoy, python
from truth import Expectation, finding
import wire

TITLE = "A second is too short for an upload that does not fit the receive buffer"
NEEDS = ["envoy:envoy"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 1, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    envoy.serve(stage, {"delayed_close_timeout": "1s"}, status=413)
    python.http_client(stage, connection(post("/python", 8_000_000)))


def shows(frames):
    return wire.first_closer(frames) == "server" and any(f.reset for f in frames)
