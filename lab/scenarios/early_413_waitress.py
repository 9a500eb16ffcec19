"""Two uploads of 50,000 bytes to waitress with a max_request_body_size of 1000 bytes, which
it finds exceeded from the header: 413 with Connection: close, and the socket is closed at
once. RST+ACK where more of the body lay unread, else FIN; a bare RST for every segment
that comes later. http.client and Node's http.Agent get the 413 all the same.
"""

from network import PCAP
from plan import connection, post
from systems import node, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, waitress"
NEEDS = ["node", "python:waitress"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 2, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    python.waitress(stage, "--max-request-body-size=1000")
    python.http_client(stage, connection(post("/1", 50_000)))
    node.agent(stage, connection(post("/2", 50_000)))


def shows(frames):
    return wire.count(lambda stream: any(f.reset for f in stream), frames) == 2
