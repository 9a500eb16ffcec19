"""Node's http.Agent with an idle timeout of 1 s against a Node server that would wait
for 5 s (6 s in truth). The client's own timer ends each idle connection: the order that
every pair of timeouts should have. Nothing to report.
"""

from network import PCAPNG
from plan import connection, get
from systems import node
from truth import CLEAN

TITLE = "The client's idle timer is the shorter one"
NEEDS = ["node"]
FORMAT = PCAPNG
EXPECT = CLEAN


def play(stage):
    node.serve(stage, keep_alive_timeout=5000)
    node.agent(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.2 + n * 0.1), start=n * 0.15, idleTimeout=1, holdFor=1.6)
            for n in range(5)
        )
    )
