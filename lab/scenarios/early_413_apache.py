"""An upload of 50,000 bytes to Apache with LimitRequestBody 1000. Apache answers 413
with Connection: close from the header alone, half-closes at once and goes on reading until the client closes:
its acknowledgements advance behind its FIN, there is no RST, the client gets the 413.
"""

from network import PCAP_NANO
from plan import connection, post
from systems import apache, python
from truth import Expectation

TITLE = "413 before the upload is read, Apache lingers"
NEEDS = ["apache2"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    # The FIN leaves at once and the upload is unfinished then; yet nothing is cut off:
    # this is the staged close of RFC 9112 9.6.
    may=["undelayed-close"],
    never=["reset-destroys-response", "truncated-response", "request-dropped-at-close", "client-gave-up"],
)


def play(stage):
    apache.serve(stage, "LimitRequestBody 1000", files={"upload": 1})
    python.http_client(stage, connection(post("/upload", 50_000)))


def shows(frames):
    return not any(frame.reset for frame in frames)
