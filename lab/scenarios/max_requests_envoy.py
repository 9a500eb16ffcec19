"""Envoy with max_requests_per_connection 3: the third response says Connection: close.
Two connections of Node's http.Agent obey, and their client closes first. A client of bare
sockets that leaves its connection open shows that Envoy waits for its
delayed_close_timeout of 1 s before it sends the FIN.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import envoy, node, python
from truth import CLEAN, estimate
import wire

TITLE = "Envoy announces the close after its last allowed request and gives the client a second"
NEEDS = ["envoy:envoy", "node"]
FORMAT = PCAP_NANO
EXPECT = CLEAN
ESTIMATES = [estimate("server", "maxRequests", 3), estimate("server", "closeDelay", 1.0)]
CLIENT = """
with Connection() as connection:
    for n in range(3):
        connection.ask(get(f"/patient/{n}"))
    sleep(1.3)
"""


def play(stage):
    envoy.serve(stage, {"common_http_protocol_options": {"max_requests_per_connection": 3}})
    node.agent(stage, *(connection(*(get(f"/{c}/{n}", after=0.2) for n in range(5)), start=c * 0.1) for c in range(2)))
    python.sockets(stage, CLIENT)


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["client"] * 4 + ["server"]
