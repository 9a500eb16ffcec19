"""Six connections of Node's http.Agent, each used twice and then left idle until Apache
closes it at its KeepAliveTimeout of 2 s. The agent sees each FIN and closes too. Nothing is lost
here.
"""

from network import PCAP
from plan import connection, get
from systems import apache, node
from truth import Expectation, estimate, finding
import wire

TITLE = "Apache's idle timeout is the shorter one"
NEEDS = ["apache2", "node"]
FORMAT = PCAP
TIMEOUT = 2.0
EXPECT = Expectation(
    # Six idle gaps ended by the server, and the client still held each connection then.
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    apache.serve(stage, "KeepAliveTimeout 2", files={"page": 30})
    node.agent(
        stage,
        *(
            connection(
                get(f"/page?{n}a"), get(f"/page?{n}b", after=0.15 + n * 0.12), start=n * 0.2, holdFor=TIMEOUT + 0.5
            )
            for n in range(6)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "server" for stream in wire.streams(frames))
