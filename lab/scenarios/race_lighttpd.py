"""lighttpd with server.max-keep-alive-idle = 2, which counts whole seconds and looks at its
connections when a second is over and something wakes it. Twenty connections of Python
requests fall silent together and wake one after the other, 60 ms apart, 2.2 to 3.4 s
later. The first requests are answered, though they are over the timeout. The one that
wakes lighttpd in the new second is received, and closed on before it is looked at; the one
that is under way in that moment crosses its FIN. The later ones see the FIN in time and
open new connections.
"""

from network import PCAPNG
from plan import connection, get
from systems import lighttpd, python
from truth import Expectation, finding
import wire

TITLE = "lighttpd closes what is idle, and two requests with it"
NEEDS = ["lighttpd", "python:requests"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 1, "error", confidence="proven"),
        finding("request-dropped-at-close", 1, "error", executed="unknown"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    may=["reuse-near-timeout"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close"],
)


def play(stage):
    lighttpd.serve(stage, "server.max-keep-alive-idle = 2", files={"page": 30})
    python.requests(
        stage, *(connection(get(f"/page?{n}a"), get(f"/page?{n}b", after=2.2 + n * 0.06)) for n in range(20))
    )


def dropped(stream):
    """The server's FIN acknowledges the last request, and no byte lies between them."""
    fin, request = wire.server_fin(stream), [f for f in stream if f.from_client and f.length][-1]
    return fin and fin.ack > request.seq and request.ack == fin.seq + fin.length


def shows(frames):
    # Some reused their connections, one was dropped, one crossed, the rest began new ones.
    begun = len(wire.streams(frames)) - 20
    return wire.count(dropped, frames) == 1 and wire.count(wire.crossed, frames) == 1 and 4 < begun < 18
