"""Two uploads of 40,000 bytes to lighttpd with server.max-request-size = 1 (a kilobyte), by
Python's http.client and Node's http.Agent. lighttpd answers 413 with Connection: close
from the header alone, half-closes at once and goes on reading until the client closes: no
RST, both clients get the response.
"""

from network import PCAP
from plan import connection, post
from systems import lighttpd, node, python
from truth import Expectation
import wire

TITLE = "413 before the upload is read, lighttpd lingers"
NEEDS = ["lighttpd", "node"]
FORMAT = PCAP
EXPECT = Expectation(
    # The FIN leaves at once and the upload is unfinished then; yet nothing is cut off.
    may=["undelayed-close"],
    never=["reset-destroys-response", "truncated-response", "request-dropped-at-close", "client-gave-up"],
)


def play(stage):
    lighttpd.serve(stage, "server.max-request-size = 1")
    python.http_client(stage, connection(post("/python", 40_000)))
    node.agent(stage, connection(post("/node", 40_000)))


def shows(frames):
    return wire.count(wire.server_fin, frames) == 2 and not any(frame.reset for frame in frames)
