"""A Node server is shut down: 1.5 s after its first request it calls server.close(), which
closes the connections that are idle at that moment, whatever they have waited: 1.5, 1.2,
0.9 and 0.6 s. None of these is a timeout; keepAliveTimeout is 5 s. A GET of Node's
http.Agent that is under way at that moment crosses the FIN: "socket hang up". A request
that the server is working on gets its response.
"""

from network import PCAPNG
from plan import connection, get
from systems import node
from truth import Expectation, finding
import wire

TITLE = "A request crosses the FIN of a server that shuts down"
NEEDS = ["node"]
FORMAT = PCAPNG
ONE_WAY = 0.040
SHUTDOWN = 1.5
EXPECT = Expectation(
    must=[
        finding("fin-crosses-request", 1, "error", confidence="proven", executed="no"),
        # Keep-Alive: timeout=5, and closed after 0.6 to 1.5 s.
        finding("keep-alive-header-mismatch", 1, "warning"),
    ],
    never=["idle-timeout-mismatch", "unannounced-close", "request-after-fin", "reset-instead-of-response"],
)
SERVER = f"""
import http from "node:http";
const server = http.createServer((request, response) => {{
  log(request);
  if (request.url === "/first") setTimeout(() => server.close(), {SHUTDOWN * 1000:.0f});
  setTimeout(() => response.end("hello\\n"), request.url === "/slow" ? 700 : 0);
}});
server.listen(80);
"""


def play(stage):
    node.program(stage, SERVER)
    node.agent(
        stage,
        # The response of the first connection and the FIN take the same way.
        connection(get("/first"), get("/crossing", after=SHUTDOWN - ONE_WAY)),
        *(connection(get(f"/idle/{n}"), start=n * 0.3, holdFor=SHUTDOWN) for n in range(1, 4)),
        connection(get("/slow"), start=1.1, holdFor=0.5),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 1
