"""Envoy in front of a Node server that would close after 3 s: with an upstream idle_timeout
of 1 s it closes first, and nothing can race. Envoy is the client on the link; its user
beside it asks every 1.3 s, each time over a new connection of Envoy's.
"""

from network import PCAP
from plan import connection, get
from systems import envoy, node, python
from truth import CLEAN, estimate
import wire

TITLE = "Envoy's upstream idle timeout is the shorter one, as it should be"
NEEDS = ["envoy:envoy", "node", "python:requests"]
FORMAT = PCAP
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", 1.0)]


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    proxy = envoy.proxy(stage, {"common_http_protocol_options": {"idle_timeout": "1s"}})
    pairs = ((get(f"/{n}", after=1.3), get(f"/{n}/again", after=0.3)) for n in range(4))
    python.requests(stage, connection(*(request for pair in pairs for request in pair), holdFor=1.2), to=proxy)


def shows(frames):
    return len(wire.streams(frames)) == 4 and all(wire.first_closer(s) == "client" for s in wire.streams(frames))
