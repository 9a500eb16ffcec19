"""A Node server needs 1.5 s for an answer; the clients wait for 0.5 s and close. Node's
http.Agent and Python requests, each after one request that was answered in time.
"""

from network import PCAP
from plan import connection, get
from systems import node, python
from truth import Expectation, finding

TITLE = "The clients' response timeout is shorter than the answer takes"
NEEDS = ["node", "python:requests"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("client-gave-up", 2, "warning")],
    never=["reset-instead-of-response", "request-dropped-at-close", "truncated-response", "reset-mid-response"],
)


def play(stage):
    node.serve(stage, keep_alive_timeout=5000)
    node.agent(stage, connection(get("/quick/node"), get("/slow/node?wait=1500", after=0.3, timeout=0.5), holdFor=1.3))
    python.requests(
        stage,
        connection(get("/quick/python"), get("/slow/python?wait=1500", after=0.3, timeout=0.5), holdFor=1.3)
    )
