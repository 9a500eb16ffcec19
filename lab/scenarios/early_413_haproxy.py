"""Two uploads of 40,000 bytes to HAProxy with a rule that denies bodies beyond 1000 bytes
with status 413, by Python's http.client and Node's http.Agent. HAProxy answers with
Connection: close and closes the socket at once: FIN behind the response, then a RST for
every segment that was in flight. Both clients have written all they had into their socket
by then, go on to read and get the 413; with a larger body their writes would have failed.
"""

from network import PCAP
from plan import connection, post
from systems import haproxy, node, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, HAProxy"
NEEDS = ["haproxy", "node"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 2, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    haproxy.serve(stage, "", frontend="http-request deny deny_status 413 if { req.hdr_val(content-length) gt 1000 }")
    python.http_client(stage, connection(post("/python", 40_000)))
    node.agent(stage, connection(post("/node", 40_000)))


def shows(frames):
    return wire.count(lambda stream: any(f.reset for f in stream), frames) == 2
