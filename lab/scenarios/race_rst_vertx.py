"""A Node server that ends idle connections after 2 s by a RST (socket.resetAndDestroy(), as
SO_LINGER 0 does) instead of a FIN. A POST and a GET of Vert.x HttpClient leave just when the
RST leaves the server: "Connection reset". The server has no socket any more when they arrive
and answers each with a RST without ACK flag. Vert.x sends nothing again by itself. Four other
connections, left idle, show the timeout.
"""

from network import PCAPNG
from plan import connection, get, post
from systems import java, node
from truth import Expectation, estimate, finding
import wire

TITLE = "Requests of Vert.x HttpClient cross a RST"
NEEDS = ["node", "java:vertx-core"]
FORMAT = PCAPNG
TIMEOUT = 2.0
ONE_WAY = 0.040
EXPECT = Expectation(
    # The bare RST that answers each request says that no socket was left to read it.
    must=[
        finding("reset-instead-of-response", 2, "error", confidence="proven", executed="no"),
        finding("idle-timeout-mismatch", 1, "error"),
    ],
    never=["fin-crosses-request", "request-after-fin", "reset-destroys-response", "reset-mid-response", "unsafe-retry"],
)
ESTIMATES = [estimate("server", "idleTimeout", TIMEOUT)]
SERVER = """
import http from "node:http";
const server = http.createServer((request, response) => {
  log(request);
  request.resume().on("end", () => response.end("ok"));
  let timer;
  response.on("finish", () => { timer = setTimeout(() => request.socket.resetAndDestroy(), 2000); });
  request.socket.once("data", () => clearTimeout(timer));
});
server.keepAliveTimeout = 0;
server.listen(80);
"""


def play(stage):
    node.program(stage, SERVER)
    race = TIMEOUT - ONE_WAY
    java.vertx_client(
        stage,
        *(connection(get(f"/idle/{n}"), start=n * 0.11, holdFor=TIMEOUT + 0.3) for n in range(4)),
        connection(get("/first"), post("/order", 40, after=race), start=0.5),
        connection(get("/second"), get("/list", after=race, retry=True), start=0.7, holdFor=0.2),
    )


def crossed(stream):
    """The RST acknowledges nothing of the request and leaves without having seen it."""
    reset = next((f for f in stream if f.reset and f.has_ack and not f.from_client), None)
    return reset and any(f.from_client and f.length and reset.ack <= f.seq for f in stream)


def shows(frames):
    return wire.count(crossed, frames) == 2
