"""A Node server promises Content-Length 5000, sends 2000 bytes and closes with FIN, as a
handler does that dies half-way. Node's http.Agent says "aborted".
"""

from network import PCAP
from plan import connection, get
from systems import node
from truth import Expectation, finding
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
    node.program(stage, SERVER)
    node.agent(stage, connection(get("/whole"), get("/half", after=0.3)))


def shows(frames):
    return wire.count(wire.server_fin, frames) == 1
