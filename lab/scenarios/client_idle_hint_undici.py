"""undici's fetch against a Node server that announces Keep-Alive: timeout=3. undici takes
2 s off (keepAliveTimeoutThreshold) and ends each of five idle connections after 1 s, long
before the server's 4 s. Nothing to report.
"""

from network import PCAPNG
from plan import connection, get
from systems import node
from truth import CLEAN, estimate
import wire

TITLE = "undici obeys the server's Keep-Alive: timeout"
NEEDS = ["node", "node:undici"]
FORMAT = PCAPNG
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", 1.0)]


def play(stage):
    node.serve(stage, keep_alive_timeout=3000)
    node.undici(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.1 + n * 0.15), start=n * 0.1, holdFor=1.5)
            for n in range(5)
        ),
        way="fetch",
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
