"""What a scenario has at hand: a captured network, servers, clients, and a record.

A scenario is a module in `scenarios/` with a docstring (its story), `TITLE`, `NEEDS`
(programs), `FORMAT`, `EXPECT` and `play(stage)`. It may have `shows(wire)`: what the
capture of each end must show for the run to count; a race is not won every time.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from network import SERVER_ADDRESS, Host, Network, stop

HERE = Path(__file__).parent

NGINX = """
daemon off; master_process off; worker_processes 1; user root;
pid {folder}/nginx.pid; error_log {folder}/error.log info;
events {{ worker_connections 256; }}
http {{
  log_format line '$request_method $request_uri $status';
  access_log {folder}/access.log line;
  client_body_temp_path {folder}/body;
  default_type text/plain;
  server {{ listen 80 reuseport; root {folder}/www; {directives} }}
}}
"""

# The proxy stands on the client's side of the link; its users reach it by loopback.
PROXY_ADDRESS = "127.0.0.1"
PROXY = """
daemon off; master_process off; worker_processes 1; user root;
pid {folder}/proxy.pid; error_log {folder}/proxy-error.log info;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/proxy-body;
  proxy_temp_path {folder}/proxy-temp;
  upstream application {{ server {server}:80 max_fails=0; {directives} }}
  server {{
    listen {proxy}:80;
    location / {{
      proxy_pass http://application;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"""

APACHE = """
ServerRoot {folder}
ServerName lab
PidFile {folder}/apache.pid
Listen 80
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
User www-data
Group www-data
StartServers 1
MinSpareThreads 1
MaxSpareThreads 25
ThreadsPerChild 25
ErrorLog {folder}/error.log
LogFormat "%m %U%q %>s" line
CustomLog {folder}/access.log line
DocumentRoot {folder}/www
{directives}
"""

# What every Node server here begins with: the application's own log of requests.
NODE_PRELUDE = """
const log = (request) => console.log(request.method, request.url);
"""

# An ordinary server. `/name?size=N&wait=MS` chooses the answer.
NODE_SERVER = """
import http from "node:http";
const server = http.createServer((request, response) => {
  log(request);
  const query = new URL(request.url, "http://lab").searchParams;
  const answer = () => response.end("x".repeat(Number(query.get("size") ?? 20)) );
  request.resume().on("end", () => setTimeout(answer, Number(query.get("wait") ?? 0)));
});
server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT;
server.listen(80);
"""


def get(target: str, **more) -> dict:
    """A request of a plan. `after`: seconds of silence before it, `retry`: once, on
    another connection; `timeout`; `blocked`: seconds for which the client looks at
    nothing before it (Node only)."""
    return {"method": "GET", "target": target, **more}


def post(target: str, body: int, **more) -> dict:
    return {"method": "POST", "target": target, "body": body, **more}


def connection(*requests: dict, **more) -> dict:
    """A connection of a plan. `start`: seconds after the client's start; `holdFor`:
    seconds for which the client keeps it after the last response, then closes."""
    return {"requests": list(requests), **more}


@dataclass(frozen=True)
class Expectation:
    """What an analyzer owes this capture, from the design of the scenario."""

    must: list[dict] = field(default_factory=list)
    may: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)


def finding(rule: str, count: int, severity: str, **more) -> dict:
    return {"rule": rule, "count": count, "severity": severity, **more}


CLEAN = Expectation(never=["*"])


class Stage:
    def __init__(self, network: Network):
        self.network = network
        self.systems: list[dict] = []
        self.requests: list[dict] = []
        self.logs: list[Path] = []
        self._folder = tempfile.TemporaryDirectory(prefix="finrace-")
        self.folder = Path(self._folder.name)
        self.folder.chmod(0o755)
        self.programs: list[subprocess.Popen] = []
        network.stack.callback(self._stop)

    # Servers

    def nginx(self, directives: str, files: dict[str, int] | None = None) -> None:
        """nginx with these directives in its `server` block, serving `files` of so many
        bytes; every other target is answered with a short text."""
        self._files(files)
        config = self.folder / "nginx.conf"
        fallback = "location / { try_files $uri @hello; } location @hello { return 200 'hello from nginx\\n'; }"
        config.write_text(NGINX.format(folder=self.folder, directives=directives + fallback))
        self._serve(["nginx", "-c", str(config), "-p", str(self.folder)])
        self._log(self.folder / "access.log")
        self._system("nginx", version("nginx", "-v"), "server")

    def apache(self, directives: str, files: dict[str, int] | None = None) -> None:
        self._files(files or {})
        config = self.folder / "apache.conf"
        config.write_text(APACHE.format(folder=self.folder, directives=directives))
        self._serve(["apache2", "-f", str(config), "-DFOREGROUND"])
        self._log(self.folder / "access.log")
        self._system("Apache httpd", version("apache2", "-v"), "server")

    def node(self, keep_alive_timeout: int) -> None:
        """Node's ordinary http server, `keepAliveTimeout` in milliseconds."""
        self.node_program(NODE_SERVER.replace("KEEP_ALIVE_TIMEOUT", str(keep_alive_timeout)))

    def node_program(self, source: str) -> None:
        program = self.folder / "server.mjs"
        program.write_text(NODE_PRELUDE + source)
        self._serve(["node", str(program)])
        self._system("Node.js", version("node", "--version"), "server")

    def python_program(self, source: str) -> None:
        program = self.folder / "server.py"
        program.write_text(source)
        self._serve([sys.executable, "-u", str(program)])
        self._system("Python", version(sys.executable, "--version"), "server")

    # Clients

    def node_client(self, *connections: dict) -> None:
        self._system("Node.js http.Agent", version("node", "--version"), "client")
        self._play(["node", str(HERE / "clients/agent.mjs")], connections)

    def nginx_proxy(self, directives: str) -> None:
        """nginx in the client's place, with these directives in its `upstream` block."""
        config = self.folder / "proxy.conf"
        config.write_text(
            PROXY.format(folder=self.folder, directives=directives, server=SERVER_ADDRESS, proxy=PROXY_ADDRESS)
        )
        self._serve(["nginx", "-c", str(config), "-p", str(self.folder)], self.network.client)
        self._system("nginx (reverse proxy)", version("nginx", "-v"), "client")

    def requests_client(self, *connections: dict, through_proxy: bool = False) -> None:
        found = version(sys.executable, "-c", "import requests, urllib3; print(requests.__version__)")
        self._system("Python requests", found, "the proxy's user" if through_proxy else "client")
        self._play([sys.executable, str(HERE / "clients/python_client.py"), "requests"], connections, through_proxy)

    def http_client(self, *connections: dict) -> None:
        self._system("Python http.client", version(sys.executable, "--version"), "client")
        self._play([sys.executable, str(HERE / "clients/python_client.py"), "http.client"], connections)

    # The record

    def truth(self) -> list[dict]:
        """The requests with what either application says of them."""
        logged = Counter(line for log in self.logs if log.exists() for line in entries(log))
        ordered = []
        for saw in map(self._as_the_proxy_tells, self.requests):
            line = {key: saw[key] for key in ("method", "target", "clientSaw", "retried")}
            # Of a retried request the first copy is meant: the retry has its own entry.
            retries = 1 if "retrySaw" in saw else 0
            line["serverLogged"] = logged[saw["method"], saw["target"]] > retries
            ordered.append(line | {key: saw[key] for key in ("code", "retrySaw", "userSaw") if key in saw})
        return ordered

    def _as_the_proxy_tells(self, saw: dict) -> dict:
        """Behind a proxy the client on the link is the proxy: its error log says what it
        met, and what its user saw is another matter."""
        log = self.folder / "proxy-error.log"
        if not log.exists():
            return saw
        request = re.escape(f'request: "{saw["method"]} {saw["target"]} ')
        error = re.search(rf"^.*\[error\] \S+ \*\d+ (.*?), client: .*{request}", log.read_text(), re.MULTILINE)
        if error is None:
            return saw | {"userSaw": saw["clientSaw"]}
        passed_on = saw["clientSaw"] == "ok 200"
        told = saw | {"clientSaw": error[1], "userSaw": saw["clientSaw"], "retried": passed_on}
        return told | ({"retrySaw": saw["clientSaw"]} if passed_on else {})

    # Backstage

    def _files(self, files: dict[str, int] | None) -> None:
        folder = self.folder / "www"
        folder.mkdir()
        for name, size in (files or {}).items():
            (folder / name).write_text("x" * size)

    def _serve(self, command: list[str], host: Host | None = None) -> None:
        host = host or self.network.server
        log = self.folder / f"server-{len(self.programs)}.log"
        with log.open("w") as output:
            process = host.start(command, stdout=output, stderr=output)
        self.programs.append(process)
        self._log(log)
        # Listening is read from /proc: a connection made to find out would be in the log.
        for _ in range(100):
            if host.listens(80):
                return
            if process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"{command[0]} does not listen:\n{log.read_text()}")

    def _play(self, command: list[str], connections: tuple[dict, ...], through_proxy: bool = False) -> None:
        base = f"http://{PROXY_ADDRESS if through_proxy else SERVER_ADDRESS}"
        plan = json.dumps({"base": base, "connections": connections})
        client = self.network.client.start([*command, plan], stdout=subprocess.PIPE, text=True)
        self.programs.append(client)
        output, _ = client.communicate(timeout=60)
        self.requests += sorted(map(json.loads, output.splitlines()), key=lambda line: line["connection"])

    def _log(self, path: Path) -> None:
        self.logs.append(path)

    def _system(self, name: str, found: str, role: str) -> None:
        system = {"name": name, "version": found, "role": role}
        if system not in self.systems:
            self.systems.append(system)

    def _stop(self) -> None:
        for program in reversed(self.programs):
            stop(program)
        self._folder.cleanup()


def entries(log: Path) -> list[tuple[str, str]]:
    """Method and target of every request that a server's log tells of."""
    return [(m[1], m[2]) for m in re.finditer(r"^([A-Z]+) (/\S*)", log.read_text(), re.MULTILINE)]


def version(*command: str) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", finished.stdout + finished.stderr)
    return found[0] if found else "unknown"
