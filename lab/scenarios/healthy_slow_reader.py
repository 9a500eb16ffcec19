"""Slow readers: clients with a receive buffer of 4 kB ask nginx and Node for 16,000 bytes
and do not read for two seconds. Their window closes and the servers' kernels probe it.
Then they read everything, use the connection once more after a second, and close.
"""

from network import PCAP
from systems import nginx, node, python
from truth import CLEAN
import wire

TITLE = "A window of zero for two seconds"
NEEDS = ["nginx", "node"]
FORMAT = PCAP
EXPECT = CLEAN
CLIENT = """
def visit(port):
    with Connection(port, ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)) as connection:
        connection.send(get("/big?size=16000"))
        sleep(2)
        connection.answer()
        sleep(1)
        connection.ask(get("/small"))

at_once(lambda: visit(80), lambda: visit(81))
"""


def play(stage):
    nginx.serve(stage, "keepalive_timeout 5s;", files={"big": 16_000})
    node.serve(stage, keep_alive_timeout=5000, at=stage.at("server", 81))
    python.sockets(stage, CLIENT)


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
