"""Apache ends idle connections at KeepAliveTimeout 2, by half-closing and
lingering. A GET and a POST of Python requests cross that FIN:
Apache's kernel acknowledges them, Apache reads and drops them in silence, and the client
sees end of file. Four other connections, left idle, show the timeout.
"""

from network import PCAPNG
from plan import connection, get, post
from systems import apache, python
from truth import Expectation, finding
import wire

TITLE = "Requests cross the FIN of a lingering Apache"
NEEDS = ["apache2", "python:requests"]
FORMAT = PCAPNG
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="unknown")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "request-dropped-at-close", "reset-instead-of-response", "unannounced-close"],
)


def play(stage):
    apache.serve(stage, f"KeepAliveTimeout {TIMEOUT:.0f}", files={"page": 30})
    race = TIMEOUT - ONE_WAY
    python.requests(
        stage,
        *(connection(get(f"/page?idle={n}"), start=n * 0.11, holdFor=TIMEOUT + 0.5) for n in range(4)),
        connection(get("/page?first"), post("/order", 40, after=race), start=0.05),
        connection(get("/page?second"), get("/page?list", after=race), start=0.17),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
