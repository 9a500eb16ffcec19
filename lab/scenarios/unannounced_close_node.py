"""A Node server closes behind every response, though the response is HTTP/1.1 without
Connection: close. The client, Node's http.Agent, sees the FIN in time and opens a new
connection for each of three requests. Nothing is lost; a client that is quicker loses
its next request.
"""

from network import PCAP
from plan import connection, get
from systems import node
from truth import Expectation, finding
import wire

TITLE = "FIN behind a response that promised keep-alive"
NEEDS = ["node"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("unannounced-close", 3, "warning")],
    may=["undelayed-close"],
    never=["request-after-fin", "fin-crosses-request", "idle-timeout-mismatch"],
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
    node.agent(stage, connection(get("/a"), get("/b", after=0.4), get("/c", after=0.7), holdFor=0.2))


def shows(frames):
    return all(wire.first_closer(stream) == "server" for stream in wire.streams(frames))
