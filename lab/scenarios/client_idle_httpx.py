"""httpx with a keepalive_expiry of 1 s against nginx, which keeps connections for 20 s.
httpx has no timer: it looks when it is asked for the next request, finds the connection
too old, closes it and opens another. The FINs come 1.3, 1.7, 2.1 and 2.5 s after the last
response; reuse after 0.9 s succeeds. Nothing to report.
"""

from network import PCAP
from plan import connection, get
from systems import nginx, python
from truth import CLEAN
import wire

TITLE = "httpx closes expired connections when it needs one"
NEEDS = ["nginx", "python:httpx"]
FORMAT = PCAP
EXPECT = CLEAN


def play(stage):
    nginx.serve(stage, "keepalive_timeout 20s;")
    python.httpx(
        stage,
        *(
            connection(
                get(f"/{n}/a"), get(f"/{n}/b", after=0.9), get(f"/{n}/c", after=1.3 + n * 0.4),
                start=n * 0.1, idleTimeout=1, holdFor=0.2,
            )
            for n in range(4)
        )
    )  # fmt: skip


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["client"] * 8
