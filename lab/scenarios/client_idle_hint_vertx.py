"""Vert.x HttpClient with its default keepAliveTimeout of 60 s against a Node server that
announces Keep-Alive: timeout=2 and closes after 3 s. The client takes the server's word:
its pool's cleaner, which looks once a second, closes each idle connection two to three
seconds after its last response.
"""

from network import PCAPNG
from plan import connection, get
from systems import java, node
from truth import CLEAN, estimate
import wire

TITLE = "Vert.x HttpClient obeys Keep-Alive: timeout=2"
NEEDS = ["node", "java:vertx-core"]
FORMAT = PCAPNG
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", 2.5, tolerance=0.6)]


def play(stage):
    node.serve(stage, keep_alive_timeout=2000)
    java.vertx_client(
        stage,
        *(
            connection(get(f"/{n}/a"), get(f"/{n}/b", after=0.6 + n * 0.1), start=n * 0.11, holdFor=3.5)
            for n in range(4)
        ),
    )


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
