"""A Node server promises Content-Length 5000, sends 2000 bytes and resets the connection
(socket.resetAndDestroy). Python requests and Node's http.Agent both lose the response.
"""

from network import PCAPNG
from plan import connection, get
from systems import node, python
from truth import Expectation, finding

TITLE = "RST in the middle of a response"
NEEDS = ["node", "python:requests"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[finding("reset-mid-response", 2, "error", executed="yes", delivered="truncated")],
    never=["truncated-response", "reset-destroys-response", "reset-instead-of-response", "client-gave-up"],
)
SERVER = """
import http from "node:http";
http.createServer((request, response) => {
  log(request);
  if (request.url === "/whole") return response.end("ok");
  response.writeHead(200, { "Content-Length": 5000 });
  response.write("x".repeat(2000));
  setTimeout(() => request.socket.resetAndDestroy(), 200);
}).listen(80);
"""


def play(stage):
    node.program(stage, SERVER)
    node.agent(stage, connection(get("/whole"), get("/half/node", after=0.3)))
    python.requests(stage, connection(get("/half/python")))


def shows(frames):
    return sum(frame.reset and not frame.from_client for frame in frames) >= 2
