"""A Node server with requestTimeout 1000, which it looks at every 0.5 s. A client sends
the head of a POST and 2000 of its 4000 bytes, and then nothing. Node answers 408 with
Connection: close and closes at once. The client has had the response and the FIN for
long when it sends the rest, which a RST answers.
"""

from network import PCAP
from plan import connection, post
from systems import node, python
from truth import Expectation, finding
import wire

TITLE = "408 to an upload that stalls"
NEEDS = ["node"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("undelayed-close", 1, "warning")],
    never=["reset-destroys-response", "reset-instead-of-response", "truncated-response", "client-gave-up"],
)
SERVER = """
import http from "node:http";
const times = { requestTimeout: 1000, headersTimeout: 1000, connectionsCheckingInterval: 500 };
http.createServer(times, (request, response) => {
  log(request);
  request.resume().on("end", () => response.end("stored\\n"));
}).listen(80);
"""


def play(stage):
    node.program(stage, SERVER)
    python.bare(stage, connection(post("/order", 4000, stall=1.9)))


def shows(frames):
    return wire.after_fin(frames) is not None and any(f.bare_reset for f in frames)
