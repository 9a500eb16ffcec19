"""Apache with MaxKeepAliveRequests 3. Two clients of Python requests send nine requests each.
Apache counts down in its header: Keep-Alive: timeout=5, max=3, then max=2, then max=1, and
these are the requests still to come: the fourth response says Connection: close, and
Apache half-closes at once. Six connections, four of them with four requests.
"""

from network import PCAPNG
from plan import connection, get
from systems import apache, python
from truth import Expectation, estimate, finding
import wire

TITLE = "MaxKeepAliveRequests 3 is four requests per connection"
NEEDS = ["apache2", "python:requests"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[finding("undelayed-close", 4, "info")],
    never=[
        "unannounced-close", "request-after-close-header", "request-after-fin", "idle-timeout-mismatch",
        "keep-alive-header-mismatch",
    ],
)  # fmt: skip
ESTIMATES = [estimate("server", "maxRequests", 4, tolerance=0)]


def play(stage):
    apache.serve(stage, "MaxKeepAliveRequests 3\nKeepAliveTimeout 5", files={"page": 30})
    python.requests(
        stage, *(connection(*(get(f"/page?{n}-{turn}", after=0.15 + n * 0.07) for turn in range(9))) for n in range(2))
    )


def shows(frames):
    return len(wire.streams(frames)) == 6 and wire.count(wire.server_fin, frames) >= 4
