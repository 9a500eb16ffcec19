"""Go's net/http server with IdleTimeout 2s; its requests come from Go's http.Client. Three
of them leave just when the FIN leaves the server. A POST fails with "EOF". A GET, and a
POST with an Idempotency-Key, are sent again by the Transport itself on new connections,
and the application never hears of it. Two idle connections show the timeout.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import go
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests of a Go client cross a Go server's FIN"
NEEDS = ["go:server", "go:client"]
FORMAT = PCAP_NANO
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 3, "error", confidence="proven", executed="no"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    # The second POST is sent again, and safely: a bare RST answered its first copy.
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]


def play(stage):
    go.serve(stage, TIMEOUT)
    race = TIMEOUT - ONE_WAY
    key = {"Idempotency-Key": "order-2"}
    go.client(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(2)),
        connection(get("/first"), post("/order/1", 40, after=race), start=0.05),
        connection(get("/second"), get("/list", after=race), start=0.17, holdFor=0.2),
        connection(get("/third"), post("/order/2", 40, after=race, headers=key), start=0.23, holdFor=0.2),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 3
