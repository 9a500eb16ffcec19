"""Envoy with an idle_timeout of 1 s and a drain_timeout of 1 s in front of nothing: it
answers by itself. Four connections of Node's http.Agent are left idle. After 1 s Envoy
begins to drain such a connection, after 2 s it has drained it, and then it waits for its
delayed_close_timeout (1 s unless set) that the client may close first: the FIN comes
after 3 s. A fifth connection is used again after 0.5 s (as if nothing was) and after
another 1.5 s, while it drains: that response says Connection: close.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import envoy, node
from truth import Expectation, estimate, finding
import wire

TITLE = "Envoy's idle timeout, its draining and its delayed close add up"
NEEDS = ["envoy:envoy", "node"]
FORMAT = PCAP_NANO
TIMEOUT = 3.0
EXPECT = Expectation(
    must=[finding("idle-timeout-mismatch", 1, "warning")],
    never=["unannounced-close", "request-after-close-header", "close-not-initiated", "reuse-near-timeout"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    envoy.serve(stage, {"common_http_protocol_options": {"idle_timeout": "1s"}, "drain_timeout": "1s"})
    node.agent(
        stage,
        *(connection(get(f"/{n}"), start=n * 0.15, holdFor=TIMEOUT + 0.4) for n in range(4)),
        connection(get("/used"), get("/again", after=0.5), get("/draining", after=1.5)),
    )


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers.count("server") == 4 and closers.count("client") == 1
