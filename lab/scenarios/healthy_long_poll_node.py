"""Long polling: two sessions of Python requests ask a Node server that answers after 2.6 s
and closes idle connections after 2 s (keepAliveTimeout 1000 and a second of its own), and
ask again at once, three times. While it works on an answer a connection is not idle: it
lives through all three. The clients close.
"""

from network import PCAP
from plan import connection, get
from systems import node, python
from truth import CLEAN
import wire

TITLE = "Answers that take longer than the idle timeout"
NEEDS = ["node", "python:requests"]
FORMAT = PCAP
EXPECT = CLEAN


def play(stage):
    node.serve(stage, keep_alive_timeout=1000)
    polls = [get(f"/poll/{n}?wait=2600", after=0.05 * n) for n in range(3)]
    python.requests(stage, *(connection(*polls, start=n * 0.3, holdFor=0.1) for n in range(2)))


def shows(frames):
    streams = wire.streams(frames)
    return len(streams) == 2 and all(wire.first_closer(stream) == "client" for stream in streams)
