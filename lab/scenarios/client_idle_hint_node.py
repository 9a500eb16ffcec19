"""Node's http.Agent with a `timeout` of 10 s against a Node server that announces
Keep-Alive: timeout=2. The agent takes the smaller: 2 s less a second for safety. Its timer
ends each of five idle connections after 1 s, long before the server's 3 s. Nothing to
report.
"""

from network import PCAP
from plan import connection, get
from systems import node
from truth import CLEAN, estimate
import wire

TITLE = "http.Agent obeys the server's Keep-Alive: timeout"
NEEDS = ["node"]
FORMAT = PCAP
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", 1.0)]


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    node.agent(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.1 + n * 0.15), start=n * 0.1, idleTimeout=10, holdFor=1.5)
            for n in range(5)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
