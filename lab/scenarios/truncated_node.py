"""A Node server promises Content-Length 5000, sends 2000 bytes and closes with FIN, as a
handler does that dies half-way. Node's http.Agent says "aborted".
"""

from network import PCAP
from stage import Expectation, connection, finding, get
import wire

TITLE = "FIN in the middle of a response"
NEEDS = ["node"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("truncated-response", 1, "error", executed="yes", delivered="truncated")],
    never=["reset-mid-response", "reset-destroys-response", "client-gave-up", "unannounced-close"],
)
SERVER = """
import http from "node:http";
http.createServer((request, response) => {
  log(request);
  if (request.url === "/whole") return response.end("ok");
  response.writeHead(200, { "Content-Length": 5000 });
  response.write("x".repeat(2000));
  setTimeout(() => request.socket.end(), 200);
}).listen(80);
"""


def play(stage):
    stage.node_program(SERVER)
    stage.node_client(connection(get("/whole"), get("/half", after=0.3)))


def shows(frames):
    return wire.count(wire.server_fin, frames) == 1
