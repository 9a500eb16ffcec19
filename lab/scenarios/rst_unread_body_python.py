"""A Python server accepts a connection, lets the whole POST arrive in its receive buffer,
acknowledged by its TCP, and closes without reading it. The kernel sends RST+ACK, no FIN
and no byte of an answer. Python requests says "Connection reset by peer".
"""

from network import PCAP
from plan import connection, post
from systems import python
from truth import Expectation, finding

TITLE = "close() with an unread request in the receive buffer: Python"
NEEDS = ["python:requests"]
FORMAT = PCAP
EXPECT = Expectation(
    must=[finding("reset-instead-of-response", 1, "error", executed="unknown")],
    never=["reset-destroys-response", "reset-mid-response", "client-gave-up", "idle-timeout-mismatch"],
)
SERVER = """
import socket, time
listener = socket.create_server(("", 80))
while True:
    connection, _ = listener.accept()
    time.sleep(0.5)
    connection.close()
"""


def play(stage):
    python.program(stage, SERVER)
    python.requests(stage, connection(post("/order", 5000)))


def shows(frames):
    return any(frame.reset and frame.has_ack for frame in frames)
