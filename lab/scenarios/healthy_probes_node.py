"""Keep-alive in TCP's own sense: sockets with SO_KEEPALIVE that probe after one second of
silence, every second. A client of bare sockets probes a Node server on one connection,
another Node server probes its client on the other; each is idle for 3.5 s, is used again,
waits 2.5 s for an answer with probes under way, and is closed by the client after 2.3 s.
Probes and their answers neither end an idle time nor make one.
"""

from network import PCAP_NANO
from systems import node, python
from truth import CLEAN
import wire

TITLE = "TCP keep-alive probes from either side while HTTP is silent"
NEEDS = ["node"]
FORMAT = PCAP_NANO
EXPECT = CLEAN
CLIENT = """
PROBES = ((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),) + tuple(
    (socket.IPPROTO_TCP, option, 1) for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL)
)

def visit(port, options):
    with Connection(port, options) as connection:
        connection.ask(get("/first"))
        sleep(3.5)
        connection.ask(get("/second"))
        connection.ask(get("/slow?wait=2500"))
        sleep(2.3)

at_once(lambda: visit(80, PROBES), lambda: visit(81, ()))
"""


def play(stage):
    node.serve(stage, keep_alive_timeout=9000)
    node.serve(stage, keep_alive_timeout=9000, at=stage.at("server", 81), keepAlive=True, keepAliveInitialDelay=1)
    python.sockets(stage, CLIENT)


def shows(frames):
    by_client, by_server = (probes(frames, from_client) for from_client in (True, False))
    closed = all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
    return closed and by_client >= 5 and by_server >= 5


def probes(frames, from_client):
    """An empty segment with the sequence number before the next one."""
    following, count = {}, 0
    for frame in (frame for frame in frames if frame.from_client == from_client):
        next_byte = following.get(frame.stream, 0)
        count += frame.length == 0 and frame.seq == next_byte - 1
        following[frame.stream] = max(next_byte, frame.seq + frame.length + frame.syn)
    return count
