"""Health checks: one HAProxy looks every 0.3 s whether nginx takes a connection, and ends
it with a RST before a byte is sent; another asks every 0.3 s with OPTIONS in HTTP/1.0, is
answered with Connection: close and a FIN; a third does the same with a GET of HTTP/1.1
to Node. Between the checks the first passes on a few requests of a user. One connection
per check is what a check is.
"""

from network import PCAP
from plan import connection, get
from systems import haproxy, nginx, node, python
from truth import CLEAN

TITLE = "A load balancer's health checks"
NEEDS = ["nginx", "node", "haproxy", "python:requests"]
FORMAT = PCAP
EXPECT = CLEAN


def play(stage):
    nginx.serve(stage, "keepalive_timeout 5s;")
    backend = node.serve(stage, keep_alive_timeout=5000, at=stage.at("server", 81))
    proxy = haproxy.proxy(stage, "", server="check inter 300ms")
    haproxy.proxy(stage, "", "option httpchk", "check inter 300ms", at=stage.at("client", 8081, loopback=True))
    check = "option httpchk; http-check send meth GET uri /health ver HTTP/1.1 hdr Host lab"
    haproxy.proxy(stage, "", check, "check inter 300ms", at=stage.at("client", 8082, loopback=True), to=backend)
    python.requests(stage, connection(*(get(f"/{n}", after=0.8) for n in range(4)), holdFor=0.5), to=proxy)
