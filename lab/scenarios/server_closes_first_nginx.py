"""Six connections of Node's http.Agent, each used twice and then left idle until nginx
closes it at its keepalive_timeout of 2 s. The agent sees each FIN and closes too.
Nothing is lost here; but the client would have kept the connections longer than the
server, so a request sent at the wrong moment would be.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import nginx, node
from truth import Expectation, estimate, finding
import wire

TITLE = "nginx's idle timeout is the shorter one"
NEEDS = ["nginx", "node"]
FORMAT = PCAP_NANO
TIMEOUT = 2.0
EXPECT = Expectation(
    # Six idle gaps ended by the server, and the client still held each connection then.
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    nginx.serve(stage, "keepalive_timeout 2s;")
    node.agent(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.15 + n * 0.12), start=n * 0.2, holdFor=TIMEOUT + 0.5)
            for n in range(6)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "server" for stream in wire.streams(frames))
