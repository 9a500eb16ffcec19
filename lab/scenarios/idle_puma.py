"""Six connections of Node's http.Agent to Puma with a persistent_timeout of 2 s, each used
twice and then left idle. Puma's thread
waits for 0.2 s for another request before it hands the connection to the reactor, where
the timeout begins: the FIN comes 2.2 s after the response. Nothing is lost.
"""

from network import PCAP
from plan import connection, get
from systems import node, puma
from truth import Expectation, estimate, finding
import wire

TITLE = "Puma's idle timeout is the shorter one"
NEEDS = ["node", "puma"]
FORMAT = PCAP
TIMEOUT = 2.2
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    puma.serve(stage, "persistent_timeout 2")
    node.agent(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.15 + n * 0.23), start=n * 0.17, holdFor=TIMEOUT + 0.5)
            for n in range(6)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "server" for stream in wire.streams(frames))
