"""Vert.x HttpClient with keep-alive disabled: every request says Connection: close, the
Node server says so too and closes behind its response. A connection costs a round trip
before each request, but nothing can be lost.
"""

from network import PCAP
from plan import connection, get, post
from systems import java, node
from truth import Expectation, finding

TITLE = "Vert.x HttpClient with keep-alive disabled"
NEEDS = ["node", "java:vertx-core"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("undelayed-close", 4, "info")],
    never=["unannounced-close", "request-after-close-header", "request-after-fin", "keep-alive-unused"],
)


def play(stage):
    node.serve(stage, keep_alive_timeout=5000)
    java.vertx_client(
        stage,
        connection(get("/a"), post("/b", 200, after=0.3), get("/c?wait=300", after=0.2), get("/d", after=0.5)),
        keepAlive=False,
    )
