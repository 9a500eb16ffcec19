"""Two uploads of 400,000 bytes to nginx with client_max_body_size 1k, one by Python's
http.client and one by Node's http.Agent. nginx answers 413 with Connection: close from
the header alone and, told by lingering_time 0 not to go on reading, closes the moment
the next part of the body arrives. (lingering_close off alone does not do it: nginx 1.22
discards a refused body until lingering_time is over all the same.)
"""

from network import PCAP
from plan import connection, post
from systems import nginx, node, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, nginx without lingering"
NEEDS = ["nginx", "node"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 2, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    nginx.serve(stage, "client_max_body_size 1k; lingering_close off; lingering_time 0s;")
    python.http_client(stage, connection(post("/python", 400_000)))
    node.agent(stage, connection(post("/node", 400_000)))


def shows(frames):
    return wire.count(lambda stream: any(f.reset for f in stream), frames) == 2
