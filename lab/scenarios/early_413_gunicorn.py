"""An upload of 100,000 bytes to an application under gunicorn (sync worker) that answers
413 from the header alone. gunicorn announces the close, half-closes behind the response
and reads on, but 64 kB at most: then it closes, and a bare RST answers each later segment.
By the time the first RST arrives, the client has sent everything and has long had the
response: it gets the 413, and nothing was at risk.
"""

from network import PCAP_NANO
from plan import connection, post
from systems import python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, gunicorn"
NEEDS = ["python:gunicorn"]
FORMAT = PCAP_NANO
ROUND_TRIP = 0.080
EXPECT = Expectation(
    must=[finding("undelayed-close", 1, "warning")],
    never=["reset-destroys-response", "truncated-response", "reset-mid-response", "reset-instead-of-response"],
)


def play(stage):
    python.gunicorn(stage)
    python.http_client(stage, connection(post("/refuse", 100_000)))


def shows(frames):
    reset = next((f for f in frames if f.bare_reset), None)
    last = max(f.time for f in frames if f.from_client and f.length)
    # Seen at the server, what comes within a round trip was sent before the RST arrived.
    return wire.server_fin(frames) is not None and reset is not None and last < reset.time + ROUND_TRIP
