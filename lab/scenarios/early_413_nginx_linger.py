"""An upload of 50,000 bytes by Python's http.client to nginx with client_max_body_size 1k
and lingering_close always: after the 413 with Connection: close nginx sends no FIN, reads
and drops the rest of the body, and closes only when the client has closed. The client
gets the response. The example of how it is done.
"""

from network import PCAPNG
from plan import connection, post
from systems import nginx, python
from truth import CLEAN

TITLE = "413 before the upload is read, nginx lingers"
NEEDS = ["nginx"]
FORMAT = PCAPNG
EXPECT = CLEAN


def play(stage):
    nginx.serve(stage, "client_max_body_size 1k; lingering_close always;")
    python.http_client(stage, connection(post("/python", 50_000)))


def shows(frames):
    return not any(frame.reset and not frame.from_client for frame in frames)
