"""gunicorn with threads and `--max-requests 4`. From the fourth request on the worker is
ending: that response says Connection: close, and so does the one to a request that comes
0.5 s later on a kept connection; the FIN follows each at once. A third connection stays
idle and is closed 2 s after the end was decided. Nothing is lost.
"""

from network import PCAP
from plan import connection, get
from systems import node, python
from truth import Expectation, finding
import wire

TITLE = "gunicorn's worker ends itself after its last allowed request"
NEEDS = ["node", "python:gunicorn"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("undelayed-close", 2, "info")],
    # One close of an idle connection, 2.9 s after its response: it may look like a timeout.
    may=["idle-timeout-mismatch"],
    never=["*", "unannounced-close", "request-after-close-header", "fin-crosses-request"],
)


def play(stage):
    python.gunicorn(stage, "--worker-class=gthread", "--threads=4", "--keep-alive=5", "--max-requests=4")
    node.agent(
        stage,
        connection(get("/1/a"), get("/1/b", after=0.9), holdFor=0.6),
        connection(get("/2/a"), start=0.2, holdFor=3.5),
        connection(get("/3/a"), get("/3/b", after=1.0), start=0.4),
    )


def shows(frames):
    return wire.count(wire.server_fin, frames) == 3
