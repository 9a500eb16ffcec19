"""nginx closes idle connections after 2 s and announces nothing; undici would keep them
for 4 s. A GET and a POST of undici's request() and a GET of its fetch() cross nginx's FIN:
"other side closed" (UND_ERR_SOCKET), and nothing is sent again. A fourth request goes
through undici's RetryAgent, which sends its GET again half a second later, on a new
connection. A bare RST answers each first copy. Four connections, left idle, show the
timeout.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import nginx, node
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests of undici cross nginx's FIN"
NEEDS = ["nginx", "node", "node:undici"]
FORMAT = PCAP_NANO
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 4, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    nginx.serve(stage, f"keepalive_timeout {TIMEOUT:.0f}s;")
    race = TIMEOUT - ONE_WAY
    node.undici(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
        connection(get("/1"), get("/list", after=race), start=0.05),
        connection(get("/2"), post("/order", 40, after=race), start=0.17),
    )
    node.undici(stage, connection(get("/3"), get("/page", after=race)), way="fetch")
    node.undici(stage, connection(get("/4"), get("/report", after=race), holdFor=0.2), way="RetryAgent")


def shows(frames):
    return wire.count(wire.crossed, frames) == 4
