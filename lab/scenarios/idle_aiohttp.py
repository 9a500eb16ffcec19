"""Six connections of Node's http.Agent to aiohttp's server with a keepalive_timeout of 2 s,
each used again after a pause of its own (up to 1.85 s, which is 1.93 s for the server: a
lucky one) and then left idle. aiohttp announces nothing and closes 2 s after the response.
Nothing is lost.
"""

from network import PCAP
from plan import connection, get
from systems import node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "aiohttp's idle timeout is the shorter one"
NEEDS = ["node", "python:aiohttp"]
FORMAT = PCAP
TIMEOUT = 2.0
PAUSES = (0.2, 0.5, 0.8, 1.1, 1.4, 1.85)
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning"), finding("reuse-near-timeout", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    python.aiohttp_server(stage, keepalive_timeout=TIMEOUT)
    node.agent(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=pause), start=n * 0.17, holdFor=TIMEOUT + 0.5)
            for n, pause in enumerate(PAUSES)
        )
    )


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["server"] * len(PAUSES)
