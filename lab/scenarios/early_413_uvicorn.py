"""Two uploads of 40,000 bytes to an application under uvicorn that answers 413 from the
header alone. uvicorn does not close: it reads the rest of the body, drops it, and keeps
the connection, which http.client and Node's http.Agent use again. Nothing to report.
"""

from network import PCAP
from plan import connection, get, post
from systems import node, python
from truth import CLEAN
import wire

TITLE = "413 before the upload is read, and the connection goes on: uvicorn"
NEEDS = ["node", "python:uvicorn"]
FORMAT = PCAP
EXPECT = CLEAN


def play(stage):
    python.uvicorn(stage, "--timeout-keep-alive=5")
    python.http_client(stage, connection(post("/refuse/1", 40_000), get("/1", after=0.3), holdFor=0.1))
    node.agent(stage, connection(post("/refuse/2", 40_000), get("/2", after=0.3), holdFor=0.1))


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["client"] * 2
