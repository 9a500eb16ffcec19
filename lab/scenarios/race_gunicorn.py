"""gunicorn with threads and `--keep-alive 2`. A connection that is alone is closed 2.0 s
after its last response. A POST and a GET of Python requests, one after the other, leave
the client just when the FIN leaves gunicorn; a bare RST answers each.
"""

from network import PCAPNG
from plan import connection, get, post
from systems import python
from truth import Expectation, finding
import wire

TITLE = "Requests cross gunicorn's FIN"
NEEDS = ["python:gunicorn", "python:requests"]
FORMAT = PCAPNG
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    python.gunicorn(stage, "--worker-class=gthread", "--threads=4", "--keep-alive=2")
    race = TIMEOUT - ONE_WAY
    python.requests(stage, connection(get("/first"), post("/order", 40, after=race)))
    python.requests(stage, connection(get("/second"), get("/list", after=race, retry=True), holdFor=0.2))


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
