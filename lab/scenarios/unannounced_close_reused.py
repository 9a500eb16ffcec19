"""The same server, and Python's http.client, which does not look at its socket before it
writes: 20 ms after the response it sends the next request on the connection whose FIN
came right behind that response. The request acknowledges the FIN, but the client had no
fair chance to know: the server did not announce its close.
"""

from network import PCAPNG
from plan import connection, get
from systems import node, python
from truth import Expectation, finding
import wire

TITLE = "A request on a connection closed without a word"
NEEDS = ["node"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[finding("request-after-fin", 1, "error", confidence="proven", executed="no")],
    may=["unannounced-close", "undelayed-close"],
    never=["fin-crosses-request", "reset-instead-of-response", "idle-timeout-mismatch"],
)
SERVER = """
import net from "node:net";
net.createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", (request) => {
    console.log(request.toString().split(" HTTP")[0]);
    socket.write("HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok");
    socket.destroySoon();
  });
}).listen(80);
"""


def play(stage):
    node.program(stage, SERVER)
    python.http_client(stage, connection(get("/a"), get("/b", after=0.02)))


def shows(frames):
    return wire.count(wire.after_fin, frames) == 1
