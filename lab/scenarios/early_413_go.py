"""A Go handler limits bodies to 1000 bytes with http.MaxBytesReader and answers 413; net/http
adds Connection: close. Of an upload of 30,000 bytes (Node's http.Agent) it reads the rest
and closes when it has it all. Of one of 400,000 bytes (Python's http.client) more than
256 KiB are left, which it will not read: it half-closes behind the response, waits for
500 ms and closes, which is a RST, since the body lies unread. The client got the 413, for
its socket had taken the whole body.
"""

from network import PCAP
from plan import connection, post
from systems import go, node, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, a Go handler"
NEEDS = ["go:server", "node"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 1, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    go.serve(stage, 5, max_body=1000)
    python.http_client(stage, connection(post("/python", 400_000)))
    node.agent(stage, connection(post("/node", 30_000)))


def shows(frames):
    return wire.count(lambda stream: any(f.reset for f in stream), frames) == 1
