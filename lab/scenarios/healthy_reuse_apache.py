"""Three connections of Python's http.client to Apache, reused after pauses far below
KeepAliveTimeout 5; POSTs with small bodies among the GETs. The client closes first.
Apache announces no Keep-Alive: timeout, since http.client does not send Connection:
keep-alive. Nothing to report.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import apache, python
from truth import CLEAN

TITLE = "Keep-alive as it is meant to be: Apache"
NEEDS = ["apache2"]
FORMAT = PCAP_NANO
EXPECT = CLEAN
PAUSES = [(0.33, 0.71, 0.14), (0.92, 0.21, 0.47), (0.18, 0.64, 0.87)]


def play(stage):
    apache.serve(stage, "KeepAliveTimeout 5", files={"page.html": 1500})
    python.http_client(
        stage,
        *(
            connection(
                get("/page.html"),
                get("/page.html", after=first),
                post(f"/missing/{n}", 300, after=second),
                get("/page.html", after=third),
                start=n * 0.2,
                holdFor=0.5,
            )
            for n, (first, second, third) in enumerate(PAUSES)
        )
    )
