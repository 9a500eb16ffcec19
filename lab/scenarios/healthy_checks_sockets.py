"""Health checks of simple balancers, four times each, half a second apart, to nginx and
Node: a connection that is closed as soon as it is open, one that is reset (SO_LINGER 0),
GET in HTTP/1.0, GET with Connection: close, and one whose client stops reading after the
status line and resets the rest. None of them is keep-alive's business.
"""

from network import PCAP_NANO
from systems import nginx, node, python
from truth import Expectation

TITLE = "Health checks by TCP and by HTTP/1.0"
NEEDS = ["nginx", "node"]
FORMAT = PCAP_NANO
EXPECT = Expectation(never=["*"])
CLIENT = """
def check(port):
    for _ in range(4):
        with Connection(port):
            pass
        with Connection(port) as connection:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0" + bytes(4))
        with Connection(port) as connection:
            connection.ask(get("/health", version="HTTP/1.0"))
        with Connection(port) as connection:
            connection.ask(get("/health", "Connection: close"))
        with Connection(port) as connection:
            connection.send(get("/health"))
            connection.tell(connection.asked.pop(), "ok " + connection.socket.recv(12).decode()[9:])
        sleep(0.5)

at_once(lambda: check(80), lambda: check(81))
"""


def play(stage):
    nginx.serve(stage, "keepalive_timeout 5s;")
    node.serve(stage, keep_alive_timeout=5000, at=stage.at("server", 81))
    python.sockets(stage, CLIENT)
