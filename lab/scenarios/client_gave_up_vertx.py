"""Vert.x HttpClient with an idleTimeout of 1 s, which also runs while a response is
outstanding, against a Node server that takes 2 s for an answer. The client closes in the
middle of the server's work: "Connection was closed".
"""

from network import PCAP
from plan import connection, get, post
from systems import java, node
from truth import Expectation, estimate, finding

TITLE = "Vert.x's idleTimeout is shorter than the server's work"
NEEDS = ["node", "java:vertx-core"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("client-gave-up", 3, "warning")],
    never=["reset-instead-of-response", "request-dropped-at-close", "truncated-response", "idle-timeout-mismatch"],
)
ESTIMATES = [estimate("client", "responseTimeout", 1.0)]


def play(stage):
    node.serve(stage, keep_alive_timeout=5000)
    java.vertx_client(
        stage,
        connection(get("/quick/1"), get("/slow/1?wait=2000", after=0.3)),
        connection(get("/quick/2"), post("/slow/2?wait=2000", 300, after=0.5), start=0.2),
        connection(get("/slow/3?wait=2000"), start=0.4, holdFor=2),
        idleTimeout=1,
    )
