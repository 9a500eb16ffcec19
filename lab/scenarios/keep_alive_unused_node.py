"""A Node server with keepAliveTimeout 1000 announces Keep-Alive: timeout=1. Node's
http.Agent takes a second off for safety, is left with nothing, and closes after each
response: twelve requests, twelve connections, though both sides say keep-alive.
"""

from network import PCAPNG
from plan import connection, get
from systems import node
from truth import Expectation, finding
import wire

TITLE = "An announced timeout too short for http.Agent to use"
NEEDS = ["node"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[finding("keep-alive-unused", 1, "info")],
    never=["*", "unannounced-close", "undelayed-close", "idle-timeout-mismatch", "keep-alive-header-mismatch"],
)


def play(stage):
    node.serve(stage, keep_alive_timeout=1000)
    node.agent(stage, connection(*(get(f"/{n}", after=0.1) for n in range(12))))


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["client"] * 12
