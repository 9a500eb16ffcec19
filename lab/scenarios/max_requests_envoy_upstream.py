"""Envoy in front of Node with an upstream max_requests_per_connection of 3. It does not
announce that it will close: after the third response it does, as the client, which is
safe. Five requests of one user, both legs of Envoy in the capture; x-request-id stands in
each request to Node and in the response to the user.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import envoy, node, python
from truth import CLEAN
import wire

TITLE = "Envoy ends its upstream connection after three requests"
NEEDS = ["envoy:envoy", "node", "python:requests"]
FORMAT = PCAP_NANO
EXPECT = CLEAN


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=2000, at=stage.at("client", 8080))
    limit = {"common_http_protocol_options": {"max_requests_per_connection": 3, "idle_timeout": "1s"}}
    envoy.proxy(stage, limit, at=stage.at("server"), to=backend)
    python.requests(stage, connection(*(get(f"/{n}", after=0.1) for n in range(5)), holdFor=0.2))


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
