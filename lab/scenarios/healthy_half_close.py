"""Clients of bare sockets shut down their write side right behind the request and wait for
the answer, as RFC 9112 allows: nginx (8000 bytes at 4 kB a second), Apache, and Node with
httpAllowHalfOpen (an answer that takes 0.5 s) answer in full and then close too. A FIN of
the client while a response is outstanding, and nobody has given up.
"""

from network import PCAP
from systems import apache, nginx, node, python
from truth import Expectation
import wire

TITLE = "Half-closed by the client, answered in full"
NEEDS = ["nginx", "apache2", "node"]
FORMAT = PCAP
EXPECT = Expectation(never=["*", "client-gave-up", "half-closed-lingering"])
CLIENT = """
for port, target in ((80, "/file"), (81, "/file"), (82, "/slow?wait=500")):
    with Connection(port) as connection:
        connection.ask(get(target.split("?")[0] + "?wait=0"))
        connection.send(get(target))
        connection.socket.shutdown(socket.SHUT_WR)
        connection.answer()
"""


def play(stage):
    nginx.serve(stage, "limit_rate 4k;", files={"file": 8_000})
    apache.serve(stage, "KeepAliveTimeout 5", files={"file": 3000}, at=stage.at("server", 81))
    node.serve(stage, keep_alive_timeout=5000, at=stage.at("server", 82), httpAllowHalfOpen=True)
    python.sockets(stage, CLIENT)


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
