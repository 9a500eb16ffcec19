"""Envoy with a max_connection_duration of 2 s and a drain_timeout of 1 s; its idle timeout
is the hour it has unless told otherwise. Three connections of Node's http.Agent, last
used 0, 0.35 and 0.7 s after they began, all end 4 s after they began: 2 s, the draining, and
the delayed close of 1 s. A fourth is used every 0.6 s; its first response after 2 s says
Connection: close, and its client goes on with a new connection.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import envoy, node
from truth import Expectation, estimate
import wire

TITLE = "Envoy ends connections for their age, not for their idleness"
NEEDS = ["envoy:envoy", "node"]
FORMAT = PCAP_NANO
AGE = 4.0
EXPECT = Expectation(
    never=["idle-timeout-mismatch", "unannounced-close", "request-after-close-header", "undelayed-close"],
)
ESTIMATES = [estimate("server", "maxAge", AGE, tolerance=0.2)]


def play(stage):
    envoy.serve(stage, {"common_http_protocol_options": {"max_connection_duration": "2s"}, "drain_timeout": "1s"})
    again = [[], [get("/1/again", after=0.35)], [get("/2/again", after=0.7)]]
    node.agent(
        stage,
        *(connection(get(f"/{n}"), *again[n], start=n * 0.2, holdFor=AGE) for n in range(3)),
        connection(*(get(f"/busy/{n}", after=0.6) for n in range(6))),
    )


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers.count("server") == 3 and closers.count("client") == 2
