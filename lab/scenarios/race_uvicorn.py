"""uvicorn with `--timeout-keep-alive 2` in front of Python's httpx, which would keep an
idle connection for 5 s. A POST and a GET leave the client just when the FIN leaves
uvicorn: "Server disconnected without sending a response.", and httpx sends neither again.
The application repeats its GET. A bare RST answers each. Four idle connections of Node's
http.Agent show the timeout.
"""

from network import PCAPNG
from plan import connection, get, post
from systems import node, python
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests of httpx cross uvicorn's FIN"
NEEDS = ["node", "python:uvicorn", "python:httpx"]
FORMAT = PCAPNG
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    python.uvicorn(stage, "--timeout-keep-alive=2")
    race = TIMEOUT - ONE_WAY
    node.agent(stage, *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)))
    python.httpx(
        stage,
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
        connection(get("/second"), get("/list", after=race, retry=True), start=0.17, holdFor=0.2),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
