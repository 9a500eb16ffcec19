"""Six connections of Node's http.Agent to uvicorn with `--timeout-keep-alive 2`, each used
twice and then left idle. uvicorn announces nothing and closes 2 s after the response. The
agent sees each FIN and closes too. Nothing is lost.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "uvicorn's idle timeout is the shorter one"
NEEDS = ["node", "python:uvicorn"]
FORMAT = PCAP_NANO
TIMEOUT = 2.0
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    python.uvicorn(stage, "--timeout-keep-alive=2")
    node.agent(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.15 + n * 0.23), start=n * 0.17, holdFor=TIMEOUT + 0.5)
            for n in range(6)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "server" for stream in wire.streams(frames))
