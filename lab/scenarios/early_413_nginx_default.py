"""Two uploads of 40,000 bytes to nginx with client_max_body_size 1k and lingering_close as it
is by default (on), by Python's http.client and Node's http.Agent. nginx answers 413 with
Connection: close from the header alone, sends no FIN and reads and drops the body; the
clients close. Both get the response.
"""

from network import PCAP
from plan import connection, post
from systems import nginx, node, python
from truth import CLEAN
import wire

TITLE = "413 before the upload is read, nginx as it is installed"
NEEDS = ["nginx", "node"]
FORMAT = PCAP
EXPECT = CLEAN


def play(stage):
    nginx.serve(stage, "client_max_body_size 1k;")
    python.http_client(stage, connection(post("/python", 40_000)))
    node.agent(stage, connection(post("/node", 40_000)))


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["client", "client"] and not any(frame.reset for frame in frames)
