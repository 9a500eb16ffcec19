"""undici's Agent as it is against nginx, which keeps connections for 20 s and announces
nothing: undici's own timer (keepAliveTimeout) ends each of four idle connections after
4 s. Nothing to report.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import nginx, node
from truth import CLEAN, estimate
import wire

TITLE = "undici's own idle timeout"
NEEDS = ["nginx", "node", "node:undici"]
FORMAT = PCAP_NANO
TIMEOUT = 4.0
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", TIMEOUT)]


def play(stage):
    nginx.serve(stage, "keepalive_timeout 20s;")
    node.undici(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.3 + n * 0.7), start=n * 0.1, holdFor=TIMEOUT + 0.5)
            for n in range(4)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
