"""Envoy with max_requests_per_connection 2. A client of bare sockets sends its second and
third request in one segment. The second is answered with Connection: close; the third,
which the kernel has acknowledged, never is. A second later (delayed_close_timeout) comes
the FIN. Envoy answered by itself.
"""

from network import PCAP
from systems import envoy, python
from truth import Expectation, finding
import wire

TITLE = "A pipelined request behind the last one that Envoy answers"
NEEDS = ["envoy:envoy"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("request-dropped-at-close", 1, "error", executed="unknown")],
    may=["request-after-close-header"],
    never=["fin-crosses-request", "unannounced-close", "client-gave-up"],
)
CLIENT = """
with Connection() as connection:
    connection.ask(get("/first"))
    connection.send(get("/second"), get("/third"))
    connection.answer()
    connection.answer()
"""


def play(stage):
    envoy.serve(stage, {"common_http_protocol_options": {"max_requests_per_connection": 2}})
    python.sockets(stage, CLIENT)


def shows(frames):
    return wire.first_closer(frames) == "server"
