"""Uploads to aiohttp with a client_max_size of 1000 bytes: 413 at the 1001st, without
Connection: close. aiohttp reads on for its lingering_time, here 1 s. An upload of 50,000
bytes ends in time, and http.client uses the connection again. Two others stall half way
for 1.6 s: aiohttp gives them up and closes 1 s after the response, with the request unread
and the close not announced. What the clients (bare sockets) send then, RSTs answer.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import python
from truth import Expectation, estimate
import wire

TITLE = "413 before the upload is read, aiohttp lingers for 1 s"
NEEDS = ["python:aiohttp"]
FORMAT = PCAP_NANO
LINGERING = 1.0
EXPECT = Expectation(
    # The clients acknowledged the response 1.5 s before the RST, and had sent everything when it arrived.
    never=["*", "reset-destroys-response", "undelayed-close", "unannounced-close", "request-after-fin"],
)
ESTIMATES = [estimate("server", "closeDelay", LINGERING)]


def play(stage):
    python.aiohttp_server(stage, app={"client_max_size": 1000}, lingering_time=LINGERING)
    python.http_client(stage, connection(post("/large", 50_000), get("/again", after=0.3), holdFor=0.1))
    python.bare(stage, *(connection(post(f"/stalls/{n}", 8000, stall=1.6), start=n * 0.2) for n in range(2)))


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["client", "server", "server"] and wire.count(wire.after_fin, frames) == 2
