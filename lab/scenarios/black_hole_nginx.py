"""A box between the hosts forgets the flow while it is idle: from then on the link swallows
every frame. The next GET of Python's http.client is retransmitted and never acknowledged;
after 3 s the client gives up ("timed out") and its FIN is swallowed as well. The server's
capture knows nothing of that request: there, only nginx's own FIN goes unanswered.
"""

import threading

from network import PCAP_NANO
from plan import connection, get
from systems import nginx, python
from truth import CLEAN, Expectation, finding

TITLE = "An idle connection is dropped without a word"
NEEDS = ["nginx"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("idle-connection-dropped", 1, "error")],
    may=["client-gave-up"],
    never=["fin-crosses-request", "reset-instead-of-response", "idle-timeout-mismatch"],
)
EXPECT_AT = {"server": CLEAN}


def play(stage):
    nginx.serve(stage, "keepalive_timeout 4s;")
    threading.Timer(1.4, stage.network.black_hole).start()
    python.http_client(stage, connection(get("/first"), get("/second", after=2.0, timeout=3)))


def shows(frames):
    return not any(frame.reset for frame in frames)
