"""A Python server lets a POST arrive in full in its receive buffer and closes without
reading it: RST+ACK. Python requests fails with "Connection reset by peer", and the
application sends the POST again on a new connection, where it is answered. Nothing on
the wire proves that the first copy was not processed, so the retry was a gamble.
"""

from network import PCAPNG
from plan import connection, post
from systems import python
from truth import Expectation, finding

TITLE = "A POST is sent again though its first copy may have been read"
NEEDS = ["python:requests"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[
        finding("reset-instead-of-response", 1, "error", executed="unknown"),
        finding("unsafe-retry", 1, "warning"),
    ],
    never=["reset-destroys-response", "client-gave-up", "idle-timeout-mismatch"],
)
SERVER = """
import socket, time
listener = socket.create_server(("", 80))
connection, _ = listener.accept()
time.sleep(0.5)
connection.close()
connection, _ = listener.accept()
received = b""
while len(received.partition(b"\\r\\n\\r\\n")[2]) < 2000:
    received += connection.recv(65536)
print(received.decode().partition(" HTTP")[0])
connection.sendall(b"HTTP/1.1 201 Created\\r\\nContent-Length: 0\\r\\n\\r\\n")
connection.recv(65536)
"""


def play(stage):
    python.program(stage, SERVER)
    python.requests(stage, connection(post("/order", 2000, retry=True), holdFor=0.3))


def shows(frames):
    return any(frame.reset and frame.has_ack for frame in frames)
