"""A Node server with keepAliveTimeout 2000 computes something for 0.2 s for one client. For
another that is 2.9 s to 3.1 s after its response, and its POST arrives at 2.95 s and is
acknowledged by the kernel. Then the event loop looks at its timers before its sockets: the
3 s are over, and the connection is closed with the POST unread: RST+ACK, no FIN,
"read ECONNRESET". Four other connections, left idle, show the timeout.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import node
from truth import Expectation, estimate, finding
import wire

TITLE = "A request arrives in time, and a busy Node server's idle timer comes first"
NEEDS = ["node"]
FORMAT = PCAP_NANO
TIMEOUT = 3.0
ROUND_TRIP = 0.080
EXPECT = Expectation(
    must=[finding("reset-instead-of-response", 1, "error", executed="unknown")],
    may=["idle-timeout-mismatch"],
    never=["fin-crosses-request", "request-after-fin", "request-dropped-at-close", "client-gave-up"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]
SERVER = """
import http from "node:http";
function work() {
  const end = performance.now() + 200;
  while (performance.now() < end);
}
const server = http.createServer((request, response) => {
  log(request);
  if (request.url === "/report") work();
  response.end("hello\\n");
});
server.keepAliveTimeout = 2000;
server.listen(80);
"""


def play(stage):
    node.program(stage, SERVER)
    node.agent(
        stage,
        # Seen from the server the pause is a round trip longer.
        connection(get("/first"), post("/order", 40, after=TIMEOUT - 0.05 - ROUND_TRIP)),
        connection(get("/report"), start=2.9, holdFor=0.1),
        *(connection(get(f"/idle/{n}"), start=0.2 + n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
    )


def shows(frames):
    lost = wire.streams(frames)[0]
    return any(frame.reset and frame.has_ack for frame in lost) and wire.server_fin(lost) is None
