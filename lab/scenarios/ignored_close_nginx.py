"""nginx with keepalive_requests 2 and lingering_close always: the second response says
Connection: close, nginx half-closes at once and goes on reading. A bare client heeds
neither. On one connection it stays for three seconds in silence; on another it sends a
third request, which nginx's kernel acknowledges and nginx drops. There is no RST.
"""

import sys

from network import PCAP
from plan import connection, get
from systems import nginx
from truth import Expectation, estimate, finding
import wire

TITLE = "A client that heeds neither Connection: close nor the FIN"
NEEDS = ["nginx"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[
        finding(
            "request-after-fin", 1, "error", confidence="proven", executed="unknown",
            alternatives=["request-after-close-header"],
        ),
        finding("half-closed-lingering", 2, "info"),
    ],
    may=["undelayed-close", "request-after-close-header"],
    never=["fin-crosses-request", "unannounced-close", "idle-timeout-mismatch", "close-not-initiated"],
)  # fmt: skip
ESTIMATES = [estimate("server", "maxRequests", 2, tolerance=0)]
CLIENT = """
import json, socket, sys, time
plan = json.loads(sys.argv[1])
for index, connection in enumerate(plan["connections"]):
    server = socket.create_connection(("10.99.0.2", 80))
    for request in connection["requests"]:
        method, target = request["method"], request["target"]
        time.sleep(request.get("after", 0))
        server.sendall(f"{method} {target} HTTP/1.1\\r\\nHost: lab\\r\\n\\r\\n".encode())
        answer = server.recv(65536).decode()
        saw = "ok " + answer.split()[1] if answer else "end of file"
        line = {"connection": index, "method": method, "target": target, "clientSaw": saw, "retried": False}
        print(json.dumps(line))
    time.sleep(connection["holdFor"])
    server.close()
"""


def play(stage):
    nginx.serve(stage, "keepalive_requests 2; lingering_close always;")
    stage.client("Python socket", ".".join(map(str, sys.version_info[:3])))
    stage.play(
        [sys.executable, "-c", CLIENT],
        (
            connection(get("/a"), get("/b", after=0.2), holdFor=3),
            connection(get("/c"), get("/d", after=0.2), get("/e", after=0.5), holdFor=1),
        ),
    )


def shows(frames):
    return wire.count(wire.after_fin, frames) == 1 and not any(frame.reset for frame in frames)
