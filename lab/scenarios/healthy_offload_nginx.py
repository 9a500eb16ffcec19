"""Ordinary reuse, captured where the network card does the segmentation: frames of up to
60 kB, and checksums not yet computed. Python requests downloads 20,000 bytes twice and
uploads 10,000; the client closes.
"""

from network import PCAP, Conditions
from plan import connection, get, post
from systems import nginx, python
from truth import CLEAN
import wire

TITLE = "Segments beyond the MTU and unfinished checksums"
NEEDS = ["nginx", "python:requests"]
FORMAT = PCAP
CONDITIONS = Conditions(offload=True)
EXPECT = CLEAN


def play(stage):
    nginx.serve(stage, "keepalive_timeout 5s;", files={"big": 20_000})
    python.requests(
        stage, connection(get("/big"), post("/form", 10_000, after=0.3), get("/big", after=0.8), holdFor=0.2)
    )


def shows(frames):
    return wire.first_closer(frames) == "client" and max(f.length for f in frames) > 1460
