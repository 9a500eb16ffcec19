"""An upload of 150,000 bytes to a servlet on Tomcat that answers 413 without reading. Tomcat
says Connection: close, reads and drops maxSwallowSize (here 20,000) bytes of the body and
closes: the FIN goes out at once, but Java closes the descriptor only when its selector next
comes by, up to a second later. Until then the upload is acknowledged and piles up unread,
then a RST+ACK ends it. Python's http.client was still sending.
"""

from network import PCAP_NANO
from plan import connection, get, post
from systems import java, python
from truth import Expectation, finding
import wire

TITLE = "413 before the upload is read, Tomcat swallows a part"
NEEDS = ["java:tomcat-embed-core"]
FORMAT = PCAP_NANO
EXPECT = Expectation(
    must=[finding("reset-destroys-response", 1, "error", confidence="likely", executed="yes")],
    may=["undelayed-close"],
    never=["truncated-response", "reset-mid-response", "reset-instead-of-response", "client-gave-up"],
)


def play(stage):
    java.tomcat(stage, maxSwallowSize=20_000)
    # The first request is for the JVM: what it does for the first time it does slowly.
    python.http_client(stage, connection(get("/warm")), connection(post("/early", 150_000), start=1))


def shows(frames):
    return wire.count(lambda stream: any(f.reset and f.has_ack and not f.from_client for f in stream), frames) == 1
