"""Six connections of Node's http.Agent to lighttpd with server.max-keep-alive-idle = 2, each
used twice and then left. lighttpd looks at its connections once a second and counts whole
seconds, so it closes them after anything between 2 and 3.3 s; all FINs of one round leave
together.
"""

from network import PCAP
from plan import connection, get
from systems import lighttpd, node
from truth import Expectation, estimate, finding
import wire

TITLE = "lighttpd's idle timeout, looked at once a second"
NEEDS = ["lighttpd", "node"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    never=["fin-crosses-request", "request-after-fin", "unannounced-close", "half-closed-lingering"],
)
# The middle of what it does; the setting is the lower end.
ESTIMATES = [estimate("server", "idleTimeout", 2.7, tolerance=0.6)]


def play(stage):
    lighttpd.serve(stage, "server.max-keep-alive-idle = 2", files={"page": 30})
    node.agent(
        stage,
        *(
            connection(get(f"/page?{n}a"), get(f"/page?{n}b", after=0.2 + n * 0.13), start=n * 0.21, holdFor=3.4)
            for n in range(6)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "server" for stream in wire.streams(frames))
