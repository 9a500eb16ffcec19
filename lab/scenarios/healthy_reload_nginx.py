"""nginx is told to reload (HUP) while seven connections are idle, for 0.2 to 1.6 s by then;
its old worker closes them all at once. Node's http.Agent sees the FINs, closes too and
goes on over new connections to the new worker. Seven idle times of which none is a
timeout: keepalive_timeout is 75 s.
"""

import signal
import threading
import time

from network import PCAP_NANO
from plan import connection, get
from stage import version
from systems import node
from truth import Expectation
import wire

TITLE = "nginx reloads while connections are idle"
NEEDS = ["nginx", "node"]
FORMAT = PCAP_NANO
EXPECT = Expectation(never=["*", "idle-timeout-mismatch", "unannounced-close"])
CONFIG = """
daemon off; worker_processes 1; user root;
pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 100; }}
http {{
  log_format line '$request_method $request_uri $status';
  access_log {folder}/access.log line;
  server {{
    listen {listen};
    return 200 'hello from nginx\\n';
  }}
}}
"""


def play(stage):
    at, folder = stage.at("server"), stage.new_folder("nginx")
    (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, listen=at.authority))
    stage.start(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], at)
    stage.log(folder / "access.log")
    stage.server("nginx", version("nginx", "-v"), at)
    reload = threading.Timer(2.4, stage.programs[-1].send_signal, [signal.SIGHUP])
    reload.start()
    node.agent(
        stage,
        *(
            connection(get(f"/{n}"), get(f"/{n}/after", after=3.2 - 0.22 * n), start=0.2 * n, holdFor=0.2)
            for n in range(7)
        ),
    )
    reload.join()
    time.sleep(0.2)


def shows(frames):
    closers = [wire.first_closer(stream) for stream in wire.streams(frames)]
    fins = [wire.server_fin(stream).time for stream in wire.streams(frames) if wire.first_closer(stream) == "server"]
    return closers == ["server"] * 7 + ["client"] * 7 and max(fins) - min(fins) < 0.1
