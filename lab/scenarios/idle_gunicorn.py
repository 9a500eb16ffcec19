"""Eight connections of Node's http.Agent to gunicorn with threads and `--keep-alive 2`,
each used twice and then left idle. gunicorn looks at its connections when something
happens, or once a second: the FIN comes 2 to 3 s after the response. Nothing is lost.
"""

from network import PCAP
from plan import connection, get
from systems import node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "gunicorn's idle timeout, looked at once a second"
NEEDS = ["node", "python:gunicorn"]
FORMAT = PCAP
TIMEOUT = 2.0
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT + 0.5, 0.55)]


def play(stage):
    python.gunicorn(stage, "--worker-class=gthread", "--threads=4", "--keep-alive=2")
    node.agent(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.15 + n * 0.2), start=n * 0.17, holdFor=TIMEOUT + 1.5)
            for n in range(8)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "server" for stream in wire.streams(frames))
