"""Two uploads of 400,000 bytes, one by Python's http.client and one by Node's http.Agent,
to an Envoy that answers 413 from the header alone (direct_response, Connection: close)
and has a delayed_close_timeout of 0: it closes at once, with a FIN or, where part of the
body lay unread, with RST+ACK. A RST without ACK flag answers every segment that is still
in flight. http.client, which was still writing, loses the response; the agent has it.
"""

from network import PCAP
from plan import connection, post
from systems import envoy, node, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, Envoy without delayed close"
NEEDS = ["envoy:envoy", "node"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 2, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    envoy.serve(stage, {"delayed_close_timeout": "0s"}, status=413)
    python.http_client(stage, connection(post("/python", 400_000)))
    node.agent(stage, connection(post("/node", 400_000)))


def shows(frames):
    return wire.count(lambda stream: any(f.bare_reset for f in stream), frames) == 2
