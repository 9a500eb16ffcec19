"""The same early 413 from an Envoy with its delayed_close_timeout of 1 s. It stops reading,
but its kernel still takes 40,000 bytes into the receive buffer, so Node's http.Agent is
done before the second is over, has the response and closes. Envoy then closes with the
body unread: a RST that comes when both sides have what they wanted.
"""

from network import PCAP
from plan import connection, post
from systems import envoy, node
from truth import Expectation
import wire

TITLE = "413 before the upload is read, Envoy gives the client its second"
NEEDS = ["envoy:envoy", "node"]
FORMAT = PCAP
EXPECT = Expectation(
    never=["*", "reset-destroys-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    envoy.serve(stage, {"delayed_close_timeout": "1s"}, status=413)
    node.agent(stage, connection(post("/node", 40_000)))


def shows(frames):
    return wire.first_closer(frames) == "client" and any(f.reset and not f.from_client for f in frames)
