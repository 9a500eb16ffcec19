"""Six connections of Python requests to nginx, each reused three times after pauses of
0.1 to 0.9 s, far below nginx's keepalive_timeout of 5 s. The client then closes first,
which is the harmless order. Nothing to report.
"""

from network import PCAPNG
from plan import connection, get
from systems import nginx, python
from truth import CLEAN

TITLE = "Keep-alive as it is meant to be: nginx"
NEEDS = ["nginx", "python:requests"]
FORMAT = PCAPNG
EXPECT = CLEAN
PAUSES = [
    (0.31, 0.74, 0.12),
    (0.88, 0.23, 0.45),
    (0.17, 0.61, 0.90),
    (0.52, 0.36, 0.28),
    (0.69, 0.15, 0.41),
    (0.25, 0.83, 0.57),
]


def play(stage):
    nginx.serve(stage, "keepalive_timeout 5s;", files={"page.html": 1800})
    python.requests(
        stage,
        *(
            connection(
                get(f"/{n}/first"),
                *(get(f"/page.html?{n}-{turn}", after=pause) for turn, pause in enumerate(pauses)),
                start=n * 0.13,
                holdFor=0.4,
            )
            for n, pauses in enumerate(PAUSES)
        )
    )
