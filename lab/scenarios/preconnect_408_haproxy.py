"""HAProxy with timeout http-request 1s. One client opens a connection before it needs it,
as browsers do, and sends its GET when 1 s is nearly over: HAProxy has just sent 408 with
Connection: close, and its FIN, to a client that had asked for nothing, and request and FIN
cross. The client reads the 408 as the answer to its GET, which nobody has read. A second
client sends half a head and falls silent: that 408 is an answer, and late enough.
"""

import sys

from network import PCAP_NANO
from plan import connection, get
from systems import haproxy
from truth import Expectation, finding
import wire

TITLE = "A 408 that answers nothing meets a request"
NEEDS = ["haproxy"]
FORMAT = PCAP_NANO
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 1, "error", confidence="proven", executed="no")],
    may=["undelayed-close"],
    never=[
        "request-after-fin", "reset-instead-of-response", "client-gave-up", "idle-timeout-mismatch",
        "unannounced-close",
    ],
)  # fmt: skip
# The parts of each request and the pauses before them.
CLIENT = """
import json, socket, sys, time
plan = json.loads(sys.argv[1])
for index, connection in enumerate(plan["connections"]):
    [request] = connection["requests"]
    server = socket.create_connection(("10.99.0.2", 80))
    try:
        for pause, part in request["parts"]:
            time.sleep(pause)
            server.sendall(part.encode())
        saw = "ok " + server.recv(65536).decode().split()[1]
    except OSError as error:
        saw = f"{type(error).__name__}: {error}"
    server.close()
    request = {key: request[key] for key in ("method", "target")}
    print(json.dumps({"connection": index, **request, "clientSaw": saw, "retried": False}))
"""


def play(stage):
    haproxy.serve(stage, "timeout http-request 1s")
    late = [(1 + ONE_WAY, "GET /late HTTP/1.1\r\nHost: lab\r\n\r\n")]
    half = [(0.1, "GET /half HTTP/1.1\r\nHost:")]
    stage.client("Python socket", ".".join(map(str, sys.version_info[:3])))
    stage.play(
        [sys.executable, "-c", CLIENT],
        (connection(get("/late", parts=late)), connection(get("/half", parts=half))),
    )


def shows(frames):
    return wire.count(wire.crossed, frames) == 1
