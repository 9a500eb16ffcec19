"""uvicorn with `--limit-max-requests 4` ends after its fourth request, as one lets workers
do against leaks. It looks ten times a second, then closes every idle connection without a
word: the one that has just had the fourth response, one that waited for 0.8 s, and one
whose next request is under way. That GET crosses the FIN: "socket hang up". None of these
is a timeout; the idle timeout is 5 s.
"""

from network import PCAP
from plan import connection, get
from systems import node, python
from truth import Expectation, finding
import wire

TITLE = "uvicorn ends itself after its last allowed request"
NEEDS = ["node", "python:uvicorn"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 1, "error", confidence="proven", executed="no"),
        # Behind the fourth response, within 0.1 s.
        finding("unannounced-close", 1, "warning"),
    ],
    never=["idle-timeout-mismatch", "request-after-fin", "reset-instead-of-response"],
)


def play(stage):
    python.uvicorn(stage, "--limit-max-requests=4", "--timeout-keep-alive=5")
    node.agent(
        stage,
        connection(get("/1/a"), get("/1/b", after=0.9), holdFor=0.6),
        connection(get("/2/a"), start=0.2, holdFor=2),
        # 0.09 s behind the fourth request.
        connection(get("/3/a"), get("/3/b", after=0.59), start=0.4),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 1 and wire.count(wire.server_fin, frames) == 3
