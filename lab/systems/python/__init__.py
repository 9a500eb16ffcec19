"""Python: http.client of the standard library, requests, and a scenario's own servers.
All but the standard library comes with `--install python`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from install import INSTALLED
from stage import Place, Stage, version

HERE = Path(__file__).parent
# With the packages of requirements.txt.
INTERPRETER = INSTALLED / "python" / "bin" / "python"


def program(stage: Stage, source: str, at: Place | None = None) -> Place:
    """A scenario's own server. It listens on port 80 or where `at` says, and prints the
    method and target of each request it has read."""
    at = at or stage.at("server")
    path = stage.new_folder("python") / "server.py"
    path.write_text(source)
    stage.log(stage.start([sys.executable, "-u", str(path)], at))
    stage.server("Python", version(sys.executable, "--version"), at)
    return at


def http_client(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    stage.client("Python http.client", version(sys.executable, "--version"), to)
    stage.play([sys.executable, str(HERE / "client.py"), "http.client"], connections, to)


def requests(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    stage.client("Python requests", package_version("requests"), to)
    play(stage, "requests", connections, to)


def play(stage: Stage, library: str, connections: tuple[dict, ...], to: Place | None = None) -> None:
    """One of the LIBRARIES in client.py."""
    stage.play([str(INTERPRETER), str(HERE / "client.py"), library], connections, to)


def package_version(name: str) -> str:
    return version(INTERPRETER, "-c", f"import importlib.metadata; print(importlib.metadata.version('{name}'))")
