"""A client of bare sockets sends five requests in one segment, to nginx, Apache and Node,
and a second later four more in four segments without waiting, HEAD among them. All are
answered in order; the client closes.
"""

from network import PCAP_NANO
from systems import apache, nginx, node, python
from truth import CLEAN
import wire

TITLE = "Pipelined requests, all answered"
NEEDS = ["nginx", "apache2", "node"]
FORMAT = PCAP_NANO
EXPECT = CLEAN
CLIENT = """
def visit(port):
    with Connection(port) as connection:
        connection.send(*(get(f"/page?{n}") for n in range(5)))
        for _ in range(5):
            connection.answer()
        sleep(1)
        for request in (get("/page?5"), Request("HEAD", "/page?6"), get("/page?7"), get("/page?8")):
            connection.send(request)
        for _ in range(4):
            connection.answer()

for port in (80, 81, 82):
    visit(port)
"""


def play(stage):
    nginx.serve(stage, "keepalive_timeout 5s;", files={"page": 700})
    apache.serve(stage, "KeepAliveTimeout 5", files={"page": 700}, at=stage.at("server", 81))
    node.serve(stage, keep_alive_timeout=5000, at=stage.at("server", 82))
    python.sockets(stage, CLIENT)


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
