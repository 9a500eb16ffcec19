"""The same race as in race-envoy-upstream, and an Envoy that retries on
reset,connect-failure: a user's POST and a GET cross Node's FIN on their first try, and
Envoy passes both on again over a new connection 25 to 50 ms later. The users get 200 and
notice nothing. That it repeats the POST too is safe here: a bare RST shows that no socket
was left which could have read the first copy. But Envoy cannot know that yet.
"""

from network import PCAPNG
from plan import connection, get, post
from systems import envoy, node, python
from truth import Expectation, finding
import wire

TITLE = "Envoy retries the requests that crossed the application's FIN"
NEEDS = ["envoy:envoy", "node", "python:requests"]
FORMAT = PCAPNG
TIMEOUT = 3.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close", "client-gave-up"],
)
RETRY = {"retry_policy": {"retry_on": "reset,connect-failure", "num_retries": 1}}


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=2000, at=stage.at("client", 8080))
    upstream = {"common_http_protocol_options": {"idle_timeout": "60s"}}
    envoy.proxy(stage, upstream, RETRY, at=stage.at("server"), to=backend)
    race = TIMEOUT - 3 * ONE_WAY
    python.requests(stage, connection(get("/first"), post("/order", 40, after=race)))
    python.requests(stage, connection(get("/second"), get("/list", after=race)))


def shows(frames):
    return wire.count(wire.crossed, wire.leg(frames, 8080)) == 2
