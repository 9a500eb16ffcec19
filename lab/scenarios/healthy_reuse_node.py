"""Four connections of Node's http.Agent to a Node server with the default
keepAliveTimeout of 5 s, reused after pauses below 1 s; one response takes 0.4 s to
begin. The client closes first. Nothing to report.
"""

from network import PCAP
from plan import connection, get, post
from systems import node
from truth import CLEAN

TITLE = "Keep-alive as it is meant to be: Node.js"
NEEDS = ["node"]
FORMAT = PCAP
EXPECT = CLEAN
PAUSES = [(0.31, 0.74), (0.95, 0.23), (0.17, 0.61), (0.42, 0.38)]


def play(stage):
    node.serve(stage, keep_alive_timeout=5000)
    node.agent(
        stage,
        *(
            connection(
                get(f"/{n}/a"),
                get(f"/{n}/b?wait=400&size=900", after=first),
                post(f"/{n}/c", 250, after=second),
                start=n * 0.17,
                holdFor=0.3,
            )
            for n, (first, second) in enumerate(PAUSES)
        )
    )
