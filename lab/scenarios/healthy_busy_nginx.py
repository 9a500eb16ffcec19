"""Two hundred connections of bare sockets to one nginx within two seconds, up to fifty open
at once: one request each, every third with a second one, responses of 20 bytes. The
client closes every connection. Nothing to report.
"""

from network import PCAP
from systems import nginx, python
from truth import CLEAN
import wire

TITLE = "Two hundred connections within two seconds"
NEEDS = ["nginx"]
FORMAT = PCAP
EXPECT = CLEAN
CLIENT = """
def visit(n):
    sleep(n * 0.01)
    with Connection() as connection:
        connection.ask(get(f"/{n}"))
        if n % 3 == 0:
            sleep(0.01 * (n % 20))
            connection.ask(get(f"/{n}/again"))
        sleep(0.01 * (n % 7))

at_once(*(functools.partial(visit, n) for n in range(200)))
"""


def play(stage):
    nginx.serve(stage, "keepalive_timeout 20s;")
    python.sockets(stage, CLIENT)


def shows(frames):
    streams = wire.streams(frames)
    return len(streams) == 200 and all(wire.first_closer(stream) == "client" for stream in streams)
