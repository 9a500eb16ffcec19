"""Apache is told to restart gracefully (USR1) while five connections are idle, for 1.1 to
1.5 s by then; it closes them at once. Node's http.Agent sees the FINs, closes too and
goes on over new connections, which are idle for 2 s at the end and left alone.
KeepAliveTimeout is 30 s: the idle times lie close together, but what they have in common
is the moment of their end.
"""

import signal
import threading

from network import PCAP
from plan import connection, get
from systems import apache, node
from truth import Expectation
import wire

TITLE = "Apache restarts gracefully while connections are idle"
NEEDS = ["apache2", "node"]
FORMAT = PCAP
EXPECT = Expectation(never=["*", "idle-timeout-mismatch", "unannounced-close"])


def play(stage):
    apache.serve(stage, "KeepAliveTimeout 30", files={"page": 300})
    restart = threading.Timer(1.8, stage.programs[-1].send_signal, [signal.SIGUSR1])
    restart.start()
    node.agent(
        stage,
        *(
            connection(get("/page"), get("/page", after=3 - 0.1 * n), start=0.1 * n, holdFor=2)
            for n in range(5)
        ),
    )
    restart.join()


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    return closers == ["server"] * 5 + ["client"] * 5
