"""Three connections of Python's http.client to Apache, reused after pauses far below
KeepAliveTimeout 5; POSTs with small bodies among the GETs. The client closes first.
Apache says Keep-Alive: timeout=5 and keeps its word. Nothing to report.
"""

from network import PCAP_NANO
from stage import CLEAN, connection, get, post

TITLE = "Keep-alive as it is meant to be: Apache"
NEEDS = ["apache2"]
FORMAT = PCAP_NANO
EXPECT = CLEAN
PAUSES = [(0.33, 0.71, 0.14), (0.92, 0.21, 0.47), (0.18, 0.64, 0.87)]


def play(stage):
    stage.apache("KeepAliveTimeout 5", files={"page.html": 1500})
    stage.http_client(
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
