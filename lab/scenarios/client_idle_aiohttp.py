"""aiohttp's client with a keepalive_timeout of 1 s against nginx, which keeps connections
for 20 s. The client looks at its connections once per timeout, so it closes each of six
idle ones between 1 and 2 s after the response. Nothing to report.
"""

from network import PCAPNG
from plan import connection, get
from systems import nginx, python
from truth import CLEAN, estimate
import wire

TITLE = "The idle timeout of aiohttp's client"
NEEDS = ["nginx", "python:aiohttp"]
FORMAT = PCAPNG
TIMEOUT = 1.0
EXPECT = CLEAN
ESTIMATES = [estimate("client", "idleTimeout", 1.5, 0.55)]


def play(stage):
    nginx.serve(stage, "keepalive_timeout 20s;")
    python.aiohttp(
        stage,
        *(
            connection(
                get(f"/{n}/a"), get(f"/{n}/b", after=0.1 + n * 0.13), start=n * 0.1,
                idleTimeout=TIMEOUT, holdFor=2 * TIMEOUT + 0.3,
            )
            for n in range(6)
        )
    )  # fmt: skip


def shows(frames):
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(frames))
