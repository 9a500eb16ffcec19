"""aiohttp at both ends: the server's keepalive_timeout is 2 s, the client's 15 s. A POST
and a GET leave the client just when the FIN leaves the server. The POST's user gets
ServerDisconnectedError: "Server disconnected"; the GET is sent again by the client itself,
on a new connection. A bare RST answers each. Four connections, left idle, show the
timeout.
"""

from network import PCAP
from plan import connection, get, post
from systems import python
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests of aiohttp's client cross the FIN of aiohttp's server"
NEEDS = ["python:aiohttp"]
FORMAT = PCAP
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    python.aiohttp_server(stage, keepalive_timeout=TIMEOUT)
    race = TIMEOUT - ONE_WAY
    python.aiohttp(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
        connection(get("/first"), post("/order", 40, after=race), start=0.05),
        connection(get("/second"), get("/list", after=race), start=0.17, holdFor=0.2),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 2
