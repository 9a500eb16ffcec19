"""Envoy with retry_on reset in front of a Python server that lets a POST arrive in full in
its receive buffer and closes without reading it: RST+ACK. Envoy sends the POST again over
a new connection, where it is answered, and the user never hears of it. Nothing on the
wire proves that the first copy was not processed, and Envoy retries POST as it does GET.
Both its legs are in the capture.
"""

from network import PCAPNG
from plan import connection, post
from systems import envoy, python
from truth import Expectation, finding
import wire

TITLE = "Envoy sends a POST again though its first copy may have been read"
NEEDS = ["envoy:envoy", "python:requests"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[
        finding("reset-instead-of-response", 1, "error", executed="unknown"),
        finding("unsafe-retry", 1, "warning"),
    ],
    never=["reset-destroys-response", "client-gave-up", "idle-timeout-mismatch", "fin-crosses-request"],
)
SERVER = """
import socket, time
listener = socket.create_server(("", 8080))
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
    backend = stage.at("client", 8080)
    python.program(stage, SERVER, at=backend)
    retry = {"retry_policy": {"retry_on": "reset", "num_retries": 1}}
    upstream = {"common_http_protocol_options": {"idle_timeout": "1s"}}
    envoy.proxy(stage, upstream, retry, at=stage.at("server"), to=backend)
    python.requests(stage, connection(post("/order", 2000), holdFor=0.3))


def shows(frames):
    return any(frame.reset and frame.has_ack for frame in wire.leg(frames, 8080))
