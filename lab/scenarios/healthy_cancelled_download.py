"""Users who cancel a download: nginx sends 60,000 bytes at 20,000 a second, and after the
first 20,000 the clients close, one with nothing unread (a FIN, and nginx stops and closes
too), one with bytes unread in its buffer (RST+ACK). Whether a user changed his mind or a
timer fired, the wire does not tell: a client gave up is what can be said. Nothing was
truncated or reset by the server, and keep-alive has no part in it.
"""

from network import PCAP
from systems import nginx, python
from truth import Expectation
import wire

TITLE = "A download cancelled by its user"
NEEDS = ["nginx"]
FORMAT = PCAP
EXPECT = Expectation(
    may=["client-gave-up"],
    never=["*", "truncated-response", "reset-mid-response", "reset-destroys-response", "request-dropped-at-close"],
)
CLIENT = """
def cancelled(target, wanted):
    with Connection() as connection:
        connection.ask(get("/hello"))
        connection.send(get(target))
        connection.socket.settimeout(0.3)
        got = 0
        with contextlib.suppress(TimeoutError):
            while got < wanted:
                got += len(connection.socket.recv(4096))
        sleep(0.2)
        connection.tell(connection.asked.pop(), f"cancelled after {got} bytes")

cancelled("/film", 60_000)
cancelled("/song", 5_000)
"""


def play(stage):
    nginx.serve(stage, "limit_rate 20k;", files={"film": 60_000, "song": 60_000})
    python.sockets(stage, CLIENT)


def shows(frames):
    streams = wire.streams(frames)
    resets = [any(f.reset and f.from_client for f in stream) for stream in streams]
    return resets == [False, True] and all(wire.first_closer(stream) == "client" for stream in streams)
