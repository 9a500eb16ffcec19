"""Six connections of Node's http.Agent without a `timeout` to a Node server with
keepAliveTimeout 2000. The server announces Keep-Alive: timeout=2, and each connection is
used again after a pause of its own, four of them later than announced (2.1 to 2.9 s): the
server answers, it adds a second and closes after 3 s of silence. The last reuse was lucky:
0.2 s more and it would have met the FIN. Nothing is lost.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import node
from truth import Expectation, estimate, finding
import wire

TITLE = "Reuse after the announced timeout of a Node server, before the true one"
NEEDS = ["node"]
FORMAT = PCAP_NANO
TIMEOUT = 3.0
PAUSES = (0.4, 1.2, 2.1, 2.3, 2.5, 2.8)
EXPECT = Expectation(
    must=[
        finding("idle-timeout-mismatch", 1, "warning"),
        # 2.88 s of 3.0 s at the server; the pauses before it end 0.42 s and more below.
        finding("reuse-near-timeout", 1, "warning"),
        finding("keep-alive-header-mismatch", 1, "info"),
    ],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "undelayed-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    node.agent(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=pause), start=n * 0.2, holdFor=TIMEOUT + 0.5)
            for n, pause in enumerate(PAUSES)
        )
    )


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["server"] * len(PAUSES)
