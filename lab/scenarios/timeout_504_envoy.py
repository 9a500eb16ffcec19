"""Envoy in front of a Node server that needs 1.5 s for an answer, with a per_try_timeout of
0.5 s and one retry. Both tries end with Envoy's FIN on its upstream connection, after
0.5 s each; the user gets 504 after a second, on a connection that lives on and is used
again. Both legs are in the capture.
"""

from network import PCAPNG
from plan import connection, get
from systems import envoy, node, python
from truth import Expectation, estimate, finding

TITLE = "Envoy gives up twice and tells its user 504"
NEEDS = ["envoy:envoy", "node", "python:requests"]
FORMAT = PCAPNG
EXPECT = Expectation(
    must=[finding("client-gave-up", 2, "warning")],
    never=[
        "request-dropped-at-close", "reset-instead-of-response", "truncated-response", "unsafe-retry",
        "unannounced-close", "idle-timeout-mismatch",
    ],
)  # fmt: skip
ESTIMATES = [estimate("client", "responseTimeout", 0.5, server="10.99.0.1:8080")]
RETRY = {"retry_policy": {"retry_on": "5xx", "num_retries": 1, "per_try_timeout": "0.5s"}}


def play(stage):
    backend = node.serve(stage, keep_alive_timeout=2000, at=stage.at("client", 8080))
    upstream = {"common_http_protocol_options": {"idle_timeout": "1s"}}
    envoy.proxy(stage, upstream, RETRY, at=stage.at("server"), to=backend)
    python.requests(stage, connection(get("/quick"), get("/slow?wait=1500", after=0.2), get("/again", after=0.2)))
