"""TLS to nginx: one connection with three requests, closed by the client with close_notify
first; three that nginx closes after its keepalive_timeout of 1 s, with close_notify and
FIN, and whose client answers with a close_notify behind that, which a RST answers. What
is inside is nobody's to see, so there is nothing to report.
"""

import subprocess

from network import PCAP
from systems import nginx, python
from truth import CLEAN

TITLE = "Encrypted keep-alive, and close_notify after the FIN"
NEEDS = ["nginx", "openssl"]
FORMAT = PCAP
EXPECT = CLEAN
DIRECTIVES = """
keepalive_timeout 1s; listen {listen} ssl; ssl_certificate {folder}/certificate; ssl_certificate_key {folder}/key;
"""
CLIENT = """
def idle(n):
    sleep(n * 0.1)
    with Connection(443) as connection:
        connection.encrypt()
        connection.ask(get(f"/idle/{n}"))
        sleep(1.3)
        connection.end_encryption()

with Connection(443) as connection:
    connection.encrypt()
    for n in range(3):
        connection.ask(get(f"/{n}"))
        sleep(0.3)
    connection.end_encryption()
at_once(*(functools.partial(idle, n) for n in range(3)))
"""


def play(stage):
    folder, secure = stage.new_folder("tls"), stage.at("server", 443)
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=lab", "-keyout", folder / "key", "-out", folder / "certificate",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    nginx.serve(stage, DIRECTIVES.format(listen=secure.authority, folder=folder))
    python.sockets(stage, CLIENT)
