"""Twenty connections of Python requests to nginx over a link that loses 1.5 % of the
frames, lets 3 % be overtaken and doubles 1 %. Everything is retransmitted, answered and
closed by the client. Nothing to report, however untidy it looks.
"""

from network import PCAPNG, Conditions
from plan import connection, get, post
from systems import nginx, python
from truth import CLEAN
import wire

TITLE = "A bad link, and nothing wrong with HTTP"
NEEDS = ["nginx", "python:requests"]
FORMAT = PCAPNG
CONDITIONS = Conditions(loss=0.015, reorder=0.03, duplicate=0.01, seed=7)
EXPECT = CLEAN
SIZES = {"small": 200, "page": 1600, "image": 3200}


def play(stage):
    nginx.serve(stage, "keepalive_timeout 20s;", files=SIZES)
    names = list(SIZES)
    python.requests(
        stage,
        *(
            connection(
                get(f"/{names[n % 3]}"),
                get(f"/{names[(n + 1) % 3]}", after=0.1 + 0.05 * (n % 5)),
                post(f"/form/{n}", 500, after=0.2),
                start=n * 0.15,
                holdFor=0.5,
            )
            for n in range(20)
        )
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
