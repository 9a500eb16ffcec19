"""Six connections of Node's http.Agent to a Node server with keepAliveTimeout 2000, each
used twice and then left idle. The server says Keep-Alive: timeout=2 and closes after
3 s: Node 20 adds a second of its own. The agent sees each FIN and closes too. Nothing
is lost here.
"""

from network import PCAPNG
from plan import connection, get
from systems import node
from truth import Expectation, estimate, finding
import wire

TITLE = "A Node server's idle timeout is the shorter one"
NEEDS = ["node"]
FORMAT = PCAPNG
TIMEOUT = 3.0
EXPECT = Expectation(
    # Six idle gaps ended by the server, and the client still held each connection then.
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    node.agent(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.15 + n * 0.12), start=n * 0.2, holdFor=TIMEOUT + 0.5)
            for n in range(6)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "server" for stream in wire.streams(frames))
