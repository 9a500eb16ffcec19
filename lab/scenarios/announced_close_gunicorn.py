"""gunicorn with its ordinary worker (sync) never keeps a connection: each response says
Connection: close and the FIN follows at once. Python requests opens a connection for each
of its twelve requests, as it must; the server does not offer more.
"""

from network import PCAPNG
from plan import connection, get
from systems import python
from truth import Expectation, estimate, finding
import wire

TITLE = "gunicorn's sync worker announces each close"
NEEDS = ["python:gunicorn", "python:requests"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[finding("undelayed-close", 12, "info")],
    never=["*", "keep-alive-unused", "unannounced-close", "idle-timeout-mismatch", "reset-destroys-response"],
)
ESTIMATES = [estimate("server", "maxRequests", 1, 0)]


def play(stage):
    python.gunicorn(stage)
    python.requests(stage, connection(*(get(f"/{n}", after=0.1) for n in range(12)), holdFor=0.2))


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["server"] * 12
