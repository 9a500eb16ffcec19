"""Python: clients (client.py), servers (gunicorn, waitress, uvicorn, hypercorn, aiohttp),
and a scenario's own servers. All but the standard library comes with `--install python`.
"""

from __future__ import annotations

import json
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


def gunicorn(stage: Stage, *options: str, at: Place | None = None) -> Place:
    """gunicorn with one worker, of class sync unless told otherwise, over wsgi.py."""
    at = at or stage.at("server")
    # Its control socket would lie in root's home.
    control = f"--control-socket={stage.new_folder('gunicorn')}/control"
    arguments = ["-m", "gunicorn", "--bind", at.authority, "--workers=1", control, *options, "wsgi:app"]
    return _serve(stage, "gunicorn", arguments, at)


def uvicorn(stage: Stage, *options: str, at: Place | None = None) -> Place:
    """uvicorn over asgi.py."""
    at = at or stage.at("server")
    listen = [f"--host={at.address}", f"--port={at.port}", "--no-access-log"]
    return _serve(stage, "uvicorn", ["-m", "uvicorn", *listen, *options, "asgi:app"], at)


def hypercorn(stage: Stage, settings: str, at: Place | None = None) -> Place:
    """hypercorn over asgi.py, with these lines in its configuration (TOML)."""
    at = at or stage.at("server")
    config = stage.new_folder("hypercorn") / "hypercorn.toml"
    config.write_text(settings)
    arguments = ["-m", "hypercorn", f"--config={config}", f"--bind={at.authority}", "asgi:app"]
    return _serve(stage, "hypercorn", arguments, at)


def waitress(stage: Stage, *options: str, at: Place | None = None) -> Place:
    """waitress over wsgi.py."""
    at = at or stage.at("server")
    return _serve(stage, "waitress", ["-m", "waitress", f"--listen={at.authority}", *options, "wsgi:app"], at)


def aiohttp_server(stage: Stage, at: Place | None = None, **options) -> Place:
    """aiohttp's server; options as in aiohttp_server.py."""
    at = at or stage.at("server")
    arguments = [str(HERE / "aiohttp_server.py"), at.address, str(at.port), json.dumps(options)]
    return _serve(stage, "aiohttp", arguments, at)


def _serve(stage: Stage, name: str, arguments: list[str], at: Place) -> Place:
    environment = {"PYTHONPATH": str(HERE), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    stage.log(stage.start([str(INTERPRETER), *arguments], at, environment))
    stage.server(name, package_version(name), at)
    return at


def http_client(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    stage.client("Python http.client", version(sys.executable, "--version"), to)
    stage.play([sys.executable, str(HERE / "client.py"), "http.client"], connections, to)


def sockets(stage: Stage, source: str, to: Place | None = None) -> None:
    """A scenario's own client of bare sockets; raw.py says what its source has at hand."""
    stage.client("Python sockets", version(sys.executable, "--version"), to)
    stage.play([sys.executable, str(HERE / "raw.py"), source], (), to)


def bare(stage: Stage, *connections: dict) -> None:
    """A bare socket, which keeps its connection whatever the server says."""
    stage.client("Python socket", version(sys.executable, "--version"))
    stage.play([sys.executable, str(HERE / "client.py"), "socket"], connections)


def requests(stage: Stage, *connections: dict, library: str = "requests", to: Place | None = None) -> None:
    """`library`: also "requests-retry" (idempotent methods) and "requests-retry-all"."""
    stage.client(library.replace("requests", "Python requests", 1), package_version("requests"), to)
    play(stage, library, connections, to)


def httpx(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    stage.client("Python httpx", package_version("httpx"), to)
    play(stage, "httpx", connections, to)


def aiohttp(stage: Stage, *connections: dict, to: Place | None = None) -> None:
    stage.client("Python aiohttp", package_version("aiohttp"), to)
    play(stage, "aiohttp", connections, to)


def play(stage: Stage, library: str, connections: tuple[dict, ...], to: Place | None = None) -> None:
    """One of the LIBRARIES in client.py."""
    stage.play([str(INTERPRETER), str(HERE / "client.py"), library], connections, to)


def package_version(name: str) -> str:
    return version(INTERPRETER, "-c", f"import importlib.metadata; print(importlib.metadata.version('{name}'))")
