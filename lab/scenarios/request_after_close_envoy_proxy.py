"""The same as in announced-close-envoy with max_requests_per_connection 2, and a client of
bare sockets that does not wait for the second response. On one connection it sends the
third request in the same segment as the second: Envoy's kernel had it, the FIN
acknowledges it, nobody answers. On the other it sends it 20 ms after the second: it
crosses the announced close, and a RST without ACK flag answers.
"""

from network import PCAP
from systems import envoy, node, python
from truth import Expectation, finding
import wire

TITLE = "Pipelined requests behind an announced close without delay"
NEEDS = ["envoy:envoy", "node"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[
        finding("request-dropped-at-close", 1, "error", executed="unknown"),
        finding("fin-crosses-request", 1, "error", confidence="proven", executed="no"),
    ],
    may=["request-after-close-header", "undelayed-close"],
    never=["unannounced-close", "request-after-fin", "reset-instead-of-response", "idle-timeout-mismatch"],
)
CLIENT = """
for pause in (0, 0.02):
    with Connection() as connection:
        connection.ask(get("/first"))
        if pause:
            connection.send(get("/second"))
            sleep(pause)
            connection.send(get("/late"))
        else:
            connection.send(get("/second"), get("/pipelined"))
        connection.answer()
        connection.answer()
"""


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=2000, at=stage.at("server", 8080, loopback=True))
    limit = {"common_http_protocol_options": {"max_requests_per_connection": 2}}
    envoy.proxy(stage, {}, manager=limit, at=stage.at("server"), to=backend)
    python.sockets(stage, CLIENT)


def shows(frames):
    return [bool(wire.crossed(stream)) for stream in wire.streams(frames)] == [False, True]
