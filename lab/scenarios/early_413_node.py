"""Two uploads of 400,000 bytes to a Node server that answers 413 with Connection: close
from the header alone, as many handlers do, and never reads the body: Node destroys the
socket as soon as the response is written. Python's http.client and Node's http.Agent.
"""

from network import PCAP_NANO
from plan import connection, post
from systems import node, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, a Node handler"
NEEDS = ["node"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 2, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)
SERVER = """
import http from "node:http";
http.createServer((request, response) => {
  log(request);
  response.writeHead(413, { Connection: "close" }).end("too large\\n");
}).listen(80);
"""


def play(stage):
    node.program(stage, SERVER)
    python.http_client(stage, connection(post("/python", 400_000)))
    node.agent(stage, connection(post("/node", 400_000)))


def shows(frames):
    return wire.count(lambda stream: any(f.reset for f in stream), frames) == 2
