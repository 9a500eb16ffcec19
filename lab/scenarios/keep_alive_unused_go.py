"""A Go program that makes a new Transport for every request, a common mistake: twelve GETs
within two seconds over twelve connections, each closed by the client after its only
response, though nginx offers keep-alive on all of them. Nothing is lost but time: a round
trip for every handshake.
"""

from network import PCAP_NANO
from plan import connection, get
from systems import go, nginx
from truth import Expectation, finding
import wire

TITLE = "A Go program with a new Transport for every request"
NEEDS = ["nginx", "go:client"]
FORMAT = PCAP_NANO
EXPECT = Expectation(must=[finding("keep-alive-unused", 1, "info")], never=["*"])


def play(stage):
    nginx.serve(stage, "keepalive_timeout 5s;")
    go.client(stage, *(connection(get(f"/{n}"), start=n * 0.17) for n in range(12)))


def shows(frames):
    streams = wire.streams(frames)
    return len(streams) == 12 and all(wire.first_closer(stream) == "client" for stream in streams)
