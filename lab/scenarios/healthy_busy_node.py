"""A hundred connections of Node's http.Agent to one Node server within three seconds, two
requests each, responses from 10 to 500 bytes, no pipelining, some answers delayed. The
client closes every connection. Nothing to report.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import node
from truth import CLEAN
import wire

TITLE = "A hundred connections at once"
NEEDS = ["node"]
FORMAT = PCAP_NANO
EXPECT = CLEAN


def play(stage):
    node.serve(stage, keep_alive_timeout=5000)
    node.agent(
        stage,
        *(
            connection(
                get(f"/{n}/a?size={10 + n * 7 % 90}"),
                get(f"/{n}/b?size={6 * (n % 10) ** 2 + 10}&wait={n * 13 % 70}", after=0.02 * (n % 7)),
                start=n * 0.03,
                holdFor=0.1 * (n % 4),
            )
            for n in range(100)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
