"""What a scenario has at hand: two hosts with a captured link between them, a way to
start programs on either, and a record. What is particular to nginx or Node stands in
`systems/`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from network import Host, Network, stop

# How a request stands in a log: at the beginning of a line, unless the system says
# otherwise (two groups: method and target).
REQUEST_LINE = r"^([A-Z]+) (/\S*)"
# A JVM on a busy machine takes seconds to begin.
START_SECONDS = 30


@dataclass(frozen=True)
class Place:
    """Where a program listens: on the link, or on its host's loopback."""

    host: Host
    port: int
    loopback: bool

    @property
    def address(self) -> str:
        return "127.0.0.1" if self.loopback else self.host.address

    @property
    def authority(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{address}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}".removesuffix(":80")


@dataclass(frozen=True)
class Proxy:
    place: Place
    # What its log says went wrong with a request: of method and target.
    error: Callable[[str, str], str | None]


class Stage:
    def __init__(self, network: Network):
        self.network = network
        self.systems: list[dict] = []
        self.requests: list[tuple[dict, Place]] = []
        self.logs: list[tuple[Path, str]] = []
        self.proxies: list[Proxy] = []
        self.programs: list[subprocess.Popen] = []
        self._folder = tempfile.TemporaryDirectory(prefix="finrace-")
        self.folder = Path(self._folder.name)
        self.folder.chmod(0o755)
        network.stack.callback(self._stop)

    # Where

    def at(self, host: str, port: int = 80, loopback: bool = False) -> Place:
        """`stage.at("server")` is where servers listen and clients go unless told otherwise.
        Only what crosses the link is captured; what uses `loopback` is not."""
        return Place({"client": self.network.client, "server": self.network.server}[host], port, loopback)

    def new_folder(self, name: str) -> Path:
        """An empty folder for one program, gone when the scenario is over."""
        folder = self.folder / f"{name}-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        return folder

    # Programs

    def start(self, command: list[str], at: Place, environment: dict[str, str] | None = None) -> Path:
        """Starts a server program and waits until it listens there. Returns the file with
        all that it prints."""
        output_path = self.new_folder("program") / "output"
        with output_path.open("w") as output:
            process = at.host.start(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=output_path.parent,
                env={**os.environ, **(environment or {})}, start_new_session=True,
            )  # fmt: skip
        self.programs.append(process)
        end = time.monotonic() + START_SECONDS
        # Listening is read from /proc: a connection made to find out would be in the log.
        while time.monotonic() < end and process.poll() is None:
            if at.host.listens(at.port):
                return output_path
            time.sleep(0.05)
        raise RuntimeError(f"{command[0]} does not listen on {at.authority}:\n{output_path.read_text()}")

    def play(
        self,
        command: list[str],
        connections: tuple[dict, ...],
        to: Place | None = None,
        on: str = "client",
        environment: dict[str, str] | None = None,
    ) -> None:
        """Runs a client program to its end with this plan as its last argument and keeps
        what it saw (see plan.py)."""
        to = to or self.at("server")
        plan = json.dumps({"base": to.url, "connections": connections})
        client = self.at(on).host.start(
            [*command, plan], stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})}, start_new_session=True,
        )  # fmt: skip
        self.programs.append(client)
        output, _ = client.communicate(timeout=90)
        if client.returncode != 0:
            raise RuntimeError(f"{command} ended with {client.returncode}")
        saw = sorted(map(json.loads, output.splitlines()), key=lambda line: line["connection"])
        self.requests += [(line, to) for line in saw]

    # The record

    def log(self, path: Path, pattern: str = REQUEST_LINE) -> None:
        """A file in which a server notes each request that it has read."""
        self.logs.append((path, pattern))

    def server(self, name: str, version: str, at: Place) -> None:
        self.system(name, version, "the proxy's backend" if at.loopback else "server")

    def client(self, name: str, version: str, to: Place | None = None) -> None:
        self.system(name, version, "the proxy's user" if to and to.loopback else "client")

    def proxy(self, name: str, version: str, at: Place, to: Place, error: Callable[[str, str], str | None]) -> None:
        """A proxy that users reach by loopback is the client on the link; one that reaches
        its backend by loopback is the server there; else both its legs are captured."""
        self.system(name, version, "client" if at.loopback else "server" if to.loopback else "proxy")
        self.proxies.append(Proxy(at, error))

    def system(self, name: str, version: str, role: str) -> None:
        system = {"name": name, "version": version, "role": role}
        if system not in self.systems:
            self.systems.append(system)

    def truth(self) -> list[dict]:
        """The requests with what the applications say of them."""
        logged = Counter(entry for log, pattern in self.logs for entry in entries(log, pattern))
        ordered = []
        for saw in (self._as_the_proxy_tells(*request) for request in self.requests):
            line = {key: saw[key] for key in ("method", "target", "clientSaw", "retried")}
            # Of a retried request the first copy is meant: the retry has its own entry.
            retries = 1 if "retrySaw" in saw else 0
            line["serverLogged"] = logged[saw["method"], saw["target"]] > retries if self.logs else None
            more = ("code", "retrySaw", "userSaw", "proxyLogged")
            ordered.append(line | {key: saw[key] for key in more if key in saw})
        return ordered

    def _as_the_proxy_tells(self, saw: dict, to: Place) -> dict:
        """Where the client on the link is a proxy, its error log says what it met, and what
        its user saw is another matter."""
        proxy = next((proxy for proxy in self.proxies if proxy.place == to), None)
        if proxy is None:
            return saw
        error = proxy.error(saw["method"], saw["target"])
        if not proxy.place.loopback:
            return saw if error is None else saw | {"proxyLogged": error}
        if error is None:
            return saw | {"userSaw": saw["clientSaw"]}
        passed_on = saw["clientSaw"] == "ok 200"
        told = saw | {"clientSaw": error, "userSaw": saw["clientSaw"], "retried": passed_on}
        return told | ({"retrySaw": saw["clientSaw"]} if passed_on else {})

    def _stop(self) -> None:
        for program in reversed(self.programs):
            stop(program)
            # Workers that outlive their master.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
        self._folder.cleanup()


def entries(log: Path, pattern: str) -> list[tuple[str, str]]:
    """Method and target of every request that a server's log tells of."""
    if not log.exists():
        return []
    return [(m[1], m[2]) for m in re.finditer(pattern, log.read_text(errors="replace"), re.MULTILINE)]


def www(folder: Path, files: dict[str, int] | None) -> Path:
    """A document root with files of so many bytes."""
    root = folder / "www"
    root.mkdir()
    for name, size in (files or {}).items():
        (root / name).write_text("x" * size)
    return root


def version(*command: str | Path) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", finished.stdout + finished.stderr)
    return found[0] if found else "unknown"
