"""Envoy in front of Node with max_requests_per_connection 3 for its users: the third
response says Connection: close, and the FIN follows in less than a millisecond. A request
that was read in full and a response passed on: Envoy leaves out its delayed close on
purpose (where it answers by itself, it does not: max-requests-envoy). A client of bare
sockets leaves its connection open for half a second.
"""

from network import PCAP_NANO
from systems import envoy, node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Envoy announces a close and closes at once"
NEEDS = ["envoy:envoy", "node"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("undelayed-close", 1, "info")],
    never=["*", "unannounced-close", "request-after-close-header", "close-not-initiated"],
)
ESTIMATES = [estimate("server", "maxRequests", 3)]
CLIENT = """
with Connection() as connection:
    for n in range(3):
        connection.ask(get(f"/{n}"))
    sleep(0.5)
"""


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=2000, at=stage.at("server", 8080, loopback=True))
    limit = {"common_http_protocol_options": {"max_requests_per_connection": 3}}
    envoy.proxy(stage, {}, manager=limit, at=stage.at("server"), to=backend)
    python.sockets(stage, CLIENT)


def shows(frames):
    return wire.first_closer(frames) == "server"
