"""The same maximum age as in max-age-envoy, with http1_safe_max_connection_duration: a
connection past its 2 s stays open, and the next response on it says Connection: close.
Nothing is ever closed under a client's hands. Two connections of Python requests, one
used every 0.6 s, one after 2.5 s; another stays idle until its client closes it.
"""

from network import PCAP
from plan import connection, get
from systems import envoy, python
from truth import CLEAN
import wire

TITLE = "Envoy's maximum age as it should be: only ever announced"
NEEDS = ["envoy:envoy", "python:requests"]
FORMAT = PCAP
EXPECT = CLEAN


def play(stage):
    age = {"common_http_protocol_options": {"max_connection_duration": "2s"}, "drain_timeout": "1s"}
    envoy.serve(stage, age | {"http1_safe_max_connection_duration": True})
    python.requests(
        stage,
        connection(*(get(f"/busy/{n}", after=0.6) for n in range(5)), holdFor=0.3),
        connection(get("/first"), get("/late", after=2.5), get("/new", after=0.2)),
        connection(get("/idle"), holdFor=4.5),
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
