"""Envoy in front of a Node server that closes after 3 s (keepAliveTimeout 2000 and a second
of its own), with an upstream idle_timeout of 60 s: it would keep the connections longer.
Both its legs are in the capture. A user's POST and later a GET reach Envoy in time to be
passed on while Node's FIN is under way. The users get 503, "upstream connect error or
disconnect/reset before headers. reset reason: connection termination". It retries on
connect-failure,reset-before-request, which does not help: the request was sent.
"""

from network import PCAPNG
from plan import connection, get, post
from systems import envoy, node, python
from truth import Expectation, finding
import wire

TITLE = "Envoy's requests cross the application's FIN, and its users get 503"
NEEDS = ["envoy:envoy", "node", "python:requests"]
FORMAT = PCAPNG
TIMEOUT = 3.0
ONE_WAY = 0.040
EXPECT = Expectation(
    must=[finding("fin-crosses-request", 2, "error", confidence="proven", executed="no")],
    may=["idle-timeout-mismatch"],
    never=["request-after-fin", "reset-instead-of-response", "unsafe-retry", "unannounced-close", "client-gave-up"],
)
RETRY = {"retry_policy": {"retry_on": "connect-failure,reset-before-request", "num_retries": 1}}


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=2000, at=stage.at("client", 8080))
    upstream = {"common_http_protocol_options": {"idle_timeout": "60s"}}
    envoy.proxy(stage, upstream, RETRY, at=stage.at("server"), to=backend)
    # The user has the response two ways after Node sent it, and Envoy has the next request
    # one way later, when it is to be as long before the FIN's arrival as after its start.
    race = TIMEOUT - 3 * ONE_WAY
    python.requests(stage, connection(get("/first"), post("/order", 40, after=race)))
    python.requests(stage, connection(get("/second"), get("/list", after=race)))


def shows(frames):
    return wire.count(wire.crossed, wire.leg(frames, 8080)) == 2
