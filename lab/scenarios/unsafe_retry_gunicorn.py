"""The gunicorn worker that works on a POST is killed after 0.5 s, as the kernel does when
memory is short: FIN and no answer. Python requests, whose Retry has allowed_methods=None,
sends the POST again on a new connection, where a new worker answers it. The application
began it twice.
"""

from network import PCAP
from plan import connection, get, post
from systems import python
from truth import Expectation, finding
import wire

TITLE = "A gunicorn worker is killed, and urllib3 sends its POST again"
NEEDS = ["python:gunicorn", "python:requests"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[
        finding("request-dropped-at-close", 1, "error", executed="unknown"),
        finding("unsafe-retry", 1, "warning"),
        # The responses to the GET and to the second copy, announced.
        finding("undelayed-close", 2, "info"),
    ],
    never=["fin-crosses-request", "request-after-fin", "client-gave-up", "idle-timeout-mismatch"],
)


def play(stage):
    python.gunicorn(stage)
    python.requests(
        stage,
        connection(get("/"), post("/order?wait=0.5&killed=1", 40, after=0.2), holdFor=0.2),
        library="requests-retry-all",
    )


def shows(frames):
    return len(wire.streams(frames)) == 3
