"""Ordinary reuse in frames with a VLAN tag. Four connections of Python requests to Apache,
three requests each; the client closes.
"""

from network import PCAP, Conditions
from plan import connection, get
from systems import apache, python
from truth import CLEAN
import wire

TITLE = "Keep-alive under a VLAN tag"
NEEDS = ["apache2", "python:requests"]
FORMAT = PCAP
CONDITIONS = Conditions(vlan=42)
EXPECT = CLEAN


def play(stage):
    apache.serve(stage, "KeepAliveTimeout 5", files={"page": 1200})
    requests = (get("/page"), get("/page", after=0.4), get("/page", after=0.9))
    python.requests(stage, *(connection(*requests, start=n * 0.2, holdFor=0.2) for n in range(4)))


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
