"""A Python server reads a POST in full, works on it for half a second and dies: FIN, and no
answer. Java's HttpURLConnection sends the POST again by itself on a new connection
(sun.net.http.retryPost is true if not set), where it is answered. The application hears only
of the answer; the server has read the order twice.
"""

from network import PCAPNG
from plan import connection, post
from systems import java, python
from truth import Expectation, finding

TITLE = "HttpURLConnection sends a POST again that the server has read"
NEEDS = ["java:UrlClient"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[
        finding("request-dropped-at-close", 1, "error", confidence="proven", executed="unknown"),
        finding("unsafe-retry", 1, "warning"),
    ],
    never=["fin-crosses-request", "request-after-fin", "client-gave-up", "idle-timeout-mismatch"],
)
SERVER = """
import socket, time

def read(connection):
    received = b""
    while len(received.partition(b"\\r\\n\\r\\n")[2]) < 600:
        received += connection.recv(65536)
    print(received.decode().partition(" HTTP")[0])

listener = socket.create_server(("", 80))
connection, _ = listener.accept()
read(connection)
time.sleep(0.5)
connection.close()
connection, _ = listener.accept()
read(connection)
connection.sendall(b"HTTP/1.1 201 Created\\r\\nContent-Length: 0\\r\\n\\r\\n")
connection.recv(65536)
"""


def play(stage):
    python.program(stage, SERVER)
    java.url_client(stage, connection(post("/order", 600, resent=True), holdFor=0.3))
