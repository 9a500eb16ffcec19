"""Go's http.Client with a Transport whose IdleConnTimeout is 1 s, against nginx with
keepalive_timeout 3s. Four connections, reused after pauses of 0.2 to 0.8 s and then left:
the Transport closes each after 1 s. The order that every pair of timeouts should have.
"""

from network import PCAP
from plan import connection, get, post
from systems import go, nginx
from truth import CLEAN, estimate
import wire

TITLE = "A Go client's IdleConnTimeout is the shorter one"
NEEDS = ["nginx", "go:client"]
FORMAT = PCAP
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", 1.0)]


def play(stage):
    nginx.serve(stage, "keepalive_timeout 3s;")
    go.client(
        stage,
        *(
            connection(
                get(f"/{n}/a"), post(f"/{n}/b", 50, after=0.2 + n * 0.2), start=n * 0.15, idleTimeout=1, holdFor=1.5
            )
            for n in range(4)
        )
    )


def shows(frames):
    streams = wire.streams(frames)
    return len(streams) == 4 and all(wire.first_closer(stream) == "client" for stream in streams)
