"""curl uploads with Expect: 100-continue. Node and Apache say 100 Continue and then read
the body, and curl reuses the connection. nginx (client_max_body_size 1k) says 413 with
Connection: close instead; curl never sends the body and closes: a final response to a
request that was never complete, and all is well.
"""

from network import PCAP
from plan import connection, post
from systems import apache, curl, nginx, node
from truth import CLEAN
import wire

TITLE = "Expect: 100-continue, granted and refused"
NEEDS = ["nginx", "apache2", "node", "curl"]
FORMAT = PCAP
EXPECT = CLEAN
EXPECTED = {"headers": ["Expect: 100-continue"]}


def play(stage):
    nginx.serve(stage, "client_max_body_size 1k;")
    apache.serve(stage, "KeepAliveTimeout 5", files={"form": 300}, at=stage.at("server", 81))
    node.serve(stage, keep_alive_timeout=5000, at=stage.at("server", 82))
    for port in (80, 81, 82):
        uploads = connection(post("/form", 6000, **EXPECTED), post("/form", 4000, **EXPECTED))
        curl.transfers(stage, uploads, to=stage.at("server", port))


def shows(frames):
    granted = wire.leg(frames, 81) + wire.leg(frames, 82)
    return all(wire.first_closer(stream) == "client" for stream in wire.streams(granted))
