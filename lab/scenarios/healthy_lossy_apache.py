"""Fourteen connections of Node's http.Agent to Apache over a link that loses 2 % of the
frames, lets 6 % be overtaken and doubles 2 %. Each connection is used four times, with an
upload between downloads, after pauses of up to 0.4 s, and closed by the client. Nothing
to report, however untidy it looks.
"""

from network import PCAP_NANO, Conditions
from plan import connection, get, post
from systems import apache, node
from truth import CLEAN
import wire

TITLE = "Reuse over a link that loses, reorders and doubles"
NEEDS = ["apache2", "node"]
FORMAT = PCAP_NANO
CONDITIONS = Conditions(loss=0.02, reorder=0.06, duplicate=0.02, seed=23)
EXPECT = CLEAN
SIZES = {"small": 150, "page": 1600}


def play(stage):
    apache.serve(stage, "KeepAliveTimeout 20", files=SIZES)
    node.agent(
        stage,
        *(
            connection(
                get("/page"),
                get("/small", after=0.1 * (n % 5)),
                post("/small", 1500, after=0.05 * (n % 3)),
                get("/page", after=0.03 * (n % 7)),
                start=n * 0.2,
                holdFor=0.3,
            )
            for n in range(14)
        ),
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
