"""A Node server answers the first request of a connection, then computes for a second and
exits. The POST that arrives meanwhile lies acknowledged and unread in the receive buffer
when the process ends, so the kernel sends RST+ACK instead of FIN and not one byte of an
answer. The client, Node's http.Agent, says "read ECONNRESET".
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import node
from truth import Expectation, finding

TITLE = "A busy worker exits with an unread request in the receive buffer: Node.js"
NEEDS = ["node"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("reset-instead-of-response", 1, "error", executed="unknown")],
    may=["idle-timeout-mismatch"],
    never=["reset-destroys-response", "reset-mid-response", "client-gave-up", "undelayed-close"],
)
SERVER = """
import http from "node:http";
http.createServer((request, response) => {
  log(request);
  response.end("ok");
  setTimeout(() => {
    const end = performance.now() + 1000;
    while (performance.now() < end);
    process.exit();
  }, 300);
}).listen(80);
"""


def play(stage):
    node.program(stage, SERVER)
    node.agent(stage, connection(get("/first"), post("/order", 3000, after=0.6)))


def shows(frames):
    return any(frame.reset and frame.has_ack for frame in frames)
