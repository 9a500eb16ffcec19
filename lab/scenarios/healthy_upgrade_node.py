"""Three connections are upgraded (101, as WebSocket does), to a Node server with an upgrade
handler, and from then on carry bytes that are not HTTP's. One is closed by the client;
one the server closes after 0.8 s of silence while the client's next bytes are under way,
which its kernel answers with RST; one the server resets. Before the upgrade each served
an ordinary request. What ends an upgraded connection is not HTTP's business.
"""

from network import PCAP
from systems import node, python
from truth import CLEAN
import wire

TITLE = "Upgraded connections end as they like"
NEEDS = ["node"]
FORMAT = PCAP
EXPECT = CLEAN
SERVER = """
import http from 'node:http';
const server = http.createServer((request, response) => {
  log(request);
  response.end('hello');
});
server.on('upgrade', (request, socket) => {
  log(request);
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: lab\\r\\nConnection: Upgrade\\r\\n\\r\\n');
  socket.on('data', (data) => socket.write(data)).on('error', () => {});
  if (request.url === '/idle') socket.setTimeout(800, () => socket.destroy());
  if (request.url === '/reset') setTimeout(() => socket.resetAndDestroy(), 800);
});
server.listen(80);
"""
CLIENT = """
def upgraded(target):
    connection = Connection()
    connection.ask(get("/hello"))
    connection.ask(get(target, "Connection: Upgrade", "Upgrade: lab"))
    connection.socket.sendall(b"\\x81\\x05first")
    connection.socket.recv(100)
    return connection

with upgraded("/talk") as connection:
    sleep(0.5)
    connection.socket.sendall(b"GET /not-http HTTP/1.1 says the client\\r\\n\\r\\n")
    connection.socket.recv(100)
with upgraded("/idle") as connection:
    # The silence began when the server sent its echo, one way of the link ago.
    sleep(0.8 - 0.04)
    connection.socket.sendall(b"\\x81\\x06second")
    sleep(0.3)
with upgraded("/reset") as connection:
    sleep(1)
"""


def play(stage):
    node.program(stage, SERVER)
    python.sockets(stage, CLIENT)


def shows(frames):
    talk, idle, reset = wire.streams(frames)
    return wire.first_closer(talk) == "client" and wire.crossed(idle) and wire.first_closer(reset) == "server"
