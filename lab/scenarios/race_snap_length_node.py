"""The race of race-node, captured with a snap length of 96 bytes: a GET and a POST of
Node's http.Agent cross the FIN of a Node server at 3.0 s. Of every message 30 bytes are
left, so no header shows where a response ends: that nothing was outstanding when the FIN
was sent can only be supposed. The sequence and acknowledgement numbers are all there.
"""

from network import PCAP
from plan import connection, get, post
from systems import node
from truth import Expectation
import wire

TITLE = "A race, of which only the first 96 bytes of each frame were kept"
NEEDS = ["node"]
FORMAT = PCAP.cut(96)
TIMEOUT = 3.0
ONE_WAY = 0.040
EXPECT = Expectation(
    may=["fin-crosses-request", "idle-timeout-mismatch"],
    never=["*", "request-after-fin", "reset-instead-of-response", "truncated-response", "unannounced-close"],
)


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    race = TIMEOUT - ONE_WAY
    node.agent(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(3)),
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
        connection(get("/second"), get("/list", after=race), start=0.17),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
