"""Two uploads of 50,000 bytes to an application under hypercorn that answers 413 from the
header alone. hypercorn does not say that it will close, but does so at once: FIN behind
the response, then a bare RST for every segment in flight. http.client and Node's
http.Agent.
"""

from network import PCAP_NANO
from plan import connection, post
from systems import node, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, hypercorn"
NEEDS = ["node", "python:hypercorn"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 2, "error", confidence="likely", executed="yes")],
    may=["undelayed-close", "unannounced-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    python.hypercorn(stage, "keep_alive_timeout = 5")
    python.http_client(stage, connection(post("/refuse/1", 50_000)))
    node.agent(stage, connection(post("/refuse/2", 50_000)))


def shows(frames):
    return wire.count(lambda stream: any(f.reset for f in stream), frames) == 2
