"""Python requests with urllib3's Retry against nginx, which closes after 2 s. A GET, a POST
and a second POST leave the client just when the FIN leaves nginx. The GET is sent again by
urllib3 on a new connection. The first POST is not, by default: "Connection aborted". For
the second, Retry has allowed_methods=None: it is sent again too, which is safe here, since
a bare RST shows that nobody read the first copy.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import nginx, python
from truth import Expectation, finding
import wire

TITLE = "urllib3 sends crossed requests again"
NEEDS = ["nginx", "python:requests"]
FORMAT = PCAP_NANO
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 3, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    nginx.serve(stage, f"keepalive_timeout {TIMEOUT:.0f}s;")
    race = TIMEOUT - ONE_WAY
    python.requests(
        stage,
        connection(get("/first"), get("/list", after=race), start=0.05, holdFor=0.2),
        connection(get("/second"), post("/order", 40, after=race), start=0.17),
        library="requests-retry",
    )
    python.requests(
        stage,
        connection(get("/third"), post("/payment", 60, after=race), holdFor=0.2),
        library="requests-retry-all",
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 3
